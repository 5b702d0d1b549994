"""Bringing a database to this program's schema, with the migrations that the package carries."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def settings(connection: Connection) -> Config:
    """Return alembic's settings for a connection that is in a transaction: all of it, or none, happens there."""
    config = Config()
    config.set_main_option("script_location", "notifier.ledger:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Run the migrations that the database has not seen."""
    command.upgrade(settings(connection), "head")
