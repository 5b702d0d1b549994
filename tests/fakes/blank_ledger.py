"""New ledgers, copied from one: making one takes longer than most that tests do with a ledger."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from notifier.ledger.engine import make_file, url_of
from notifier.ledger.opening import open_ledger


def have_ledger(file: Path) -> str:
    """Return the URL of the ledger in a file: where there is none, of a new one, as `open_ledger` makes it."""
    if not file.exists():
        make_file(file)
        file.write_bytes(_blank_ledger())
    return url_of(file)


@cache
def _blank_ledger() -> bytes:
    with TemporaryDirectory(prefix="notifier-") as folder:
        file = Path(folder) / "ledger.db"
        open_ledger(url_of(file)).close()
        return file.read_bytes()
