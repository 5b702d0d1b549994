"""Examine this host: whether the ledger is whole and has room, who can read what, and how old things are."""

import platform
import shutil
import sqlite3
import zoneinfo
from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

from notifier.core.examination import (
    Finding,
    error,
    fine,
    judge_disk,
    judge_readers,
    judge_settings_file,
    judge_sqlite,
    judge_zone_data,
    warning,
)
from notifier.ledger.copying import BACKUP_PREFIX
from notifier.ledger.engine import read_url, sqlite_file
from notifier.ledger.errors import LedgerError, NoLedgerError
from notifier.ledger.lock import lock_holder
from notifier.ledger.opening import find_schema, require_ledger
from notifier.ledger.schema import HEAD
from notifier.ledger.sqlite_file import find_damage

_ALL_READ, _ALL_WRITE = 0o004, 0o002
_A_ZONE = Path("America") / "Denver"


def examine_host(schedules: Path, ledger: str, now: datetime) -> list[Finding]:
    """Return how this machine stands: versions, zone data, ledger, disk, service, permissions."""
    return [
        fine("versions", f"notifier {_version()}, Python {platform.python_version()}, ledger schema {HEAD}."),
        judge_sqlite(sqlite3.sqlite_version_info),
        judge_zone_data(zone_data_version(), now.date()),
        *_examine_ledger(ledger),
        _examine_files(schedules, sqlite_file(read_url(ledger))),
    ]


def examine_settings_file(file: Path, secrets: Iterable[str]) -> Finding:
    """Return whether everybody on this machine can read one of the secrets in the settings file.

    Raises OSError where it cannot be read.
    """
    content = file.read_text(encoding="utf-8-sig")
    return judge_settings_file(
        str(file),
        is_readable=bool(file.stat().st_mode & _ALL_READ),
        has_secrets=any(secret in content for secret in secrets if secret),
    )


def zone_data_version() -> str | None:
    """Return the version of the rules of time zones in use, such as 2026a; None where they do not say.

    Python takes the system's, and the package tzdata's only where the system has none.
    """
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / _A_ZONE).is_file():
            return _version_in(folder / "tzdata.zi")
    return _version_in(Path(str(files("tzdata"))) / "zoneinfo" / "tzdata.zi")


def _version_in(rules: Path) -> str | None:
    """Return what stands in the first line of the rules: `# version 2026a`."""
    try:
        with rules.open(encoding="ascii") as lines:
            words = lines.readline().split()
    except OSError:
        return None
    return words[2] if words[:2] == ["#", "version"] and len(words) > 2 else None  # noqa: PLR2004 - the third is it


def _version() -> str:
    try:
        return version("notifier")
    except PackageNotFoundError:
        return "from a checkout"


def _examine_ledger(url: str) -> Iterator[Finding]:
    """Yield how the ledger stands; where it cannot be used, that alone."""
    try:
        file = sqlite_file(read_url(url))
        try:
            require_ledger(url)
        except NoLedgerError as none:
            yield warning("ledger", str(none), "Start the service: it makes one.")
            return
        yield _examine_schema(find_schema(url))
        if file is not None:
            yield _examine_integrity(file)
            yield judge_disk(shutil.disk_usage(file.parent).free, str(file.parent))
            yield _examine_service(file)
    except LedgerError as unusable:
        yield error("ledger", str(unusable), "Until it can be used nothing is sent.")


def _examine_schema(schema: str | None) -> Finding:
    if schema == HEAD:
        return fine("schema", f"The ledger is at schema {HEAD}, as this version needs it.")
    return warning(
        "schema",
        f"The ledger is at schema {schema}, and this version needs {HEAD}.",
        "Restart the service, or “notifier db upgrade”: both keep a copy from before.",
    )


def _examine_integrity(file: Path) -> Finding:
    damage = find_damage(file)
    if not damage:
        return fine("ledger", f"{file} is whole.")
    return error(
        "ledger",
        f"{file} is damaged: {'; '.join(' '.join(one.split()) for one in damage)}.",
        "Stop the service, and put the newest good backup in its place: “notifier db restore BACKUP”.",
    )


def _examine_service(file: Path) -> Finding:
    holder = lock_holder(file)
    if holder is None:
        return warning("service", "No service is at work on the ledger.", "systemctl start notifier")
    return fine("service", f"Process {holder} is at work on the ledger.")


def _examine_files(schedules: Path, ledger: Path | None) -> Finding:
    """Look who can read the files with patients' data, and who can write any that patients' texts come from."""
    ours = [] if ledger is None else [path for path in _ledger_files(ledger) if path.is_file()]
    written = [path for path in schedules.rglob("*") if path.suffix in {".yaml", ".csv"}]
    private = [path for path in written if "patients" in path.relative_to(schedules).parts[:-1]]
    readable = _with_right([*private, *(path for path in ours if not path.name.endswith(".lock"))], _ALL_READ)
    return judge_readers(list(readable), list(_with_right([*written, *ours], _ALL_WRITE)))


def _ledger_files(ledger: Path) -> Iterator[Path]:
    """Yield the ledger, its journal and its copies, also those that the nightly backup puts into a folder below."""
    yield from ledger.parent.glob(f"*{ledger.name}*")
    for folder in (".", "*"):
        yield from ledger.parent.glob(f"{folder}/{BACKUP_PREFIX}*.db")


def _with_right(paths: Iterable[Path], right: int) -> Iterator[str]:
    for path in sorted(paths):
        try:
            if path.stat().st_mode & right:
                yield str(path)
        except FileNotFoundError:  # SQLite's journal comes and goes
            continue
