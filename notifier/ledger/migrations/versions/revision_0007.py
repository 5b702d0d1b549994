"""Which texts wait for another try is found without looking at all that are planned."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add an index of few rows."""
    waits = sa.text("state = 'planned' AND due_at > send_at")
    op.create_index("messages_put_off", "messages", ["due_at"], sqlite_where=waits, postgresql_where=waits)
