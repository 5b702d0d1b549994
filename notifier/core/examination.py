"""What is well with a host and what is not: how much of each thing is enough, and what to do about too little."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_MB = 1_000_000  # bytes
CLOCK_WARNING, CLOCK_ERROR = 2.0, 60.0  # seconds; texts are placed by the minute
DISK_ERROR, DISK_WARNING = 100 * _MB, 1_000 * _MB
_SECRETS = "secrets"
SQLITE_NEEDED = (3, 35, 0)  # the first with RETURNING, by which a claim learns what it has taken


class Level(StrEnum):
    """How a thing stands."""

    FINE = "fine"
    WARNING = "warning"  # it will not do for long, or not for everything
    ERROR = "error"  # texts do not go, go wrong, or are read by others


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing stands, and what to do about it where it is not fine."""

    about: str
    level: Level
    said: str  # a sentence for ops, without patient data or secrets
    remedy: str | None = None


def fine(about: str, said: str) -> Finding:
    """Return that a thing is well."""
    return Finding(about, Level.FINE, said)


def warning(about: str, said: str, remedy: str) -> Finding:
    """Return that a thing will not do for long, or not for everything."""
    return Finding(about, Level.WARNING, said, remedy)


def error(about: str, said: str, remedy: str) -> Finding:
    """Return that a thing has to be mended now."""
    return Finding(about, Level.ERROR, said, remedy)


def worst(findings: Sequence[Finding]) -> Level:
    """Return the worst level among findings."""
    return max((finding.level for finding in findings), key=list(Level).index, default=Level.FINE)


def judge_clock(ahead: float) -> Finding:
    """Judge this machine's clock by how many seconds it is ahead of the provider's, known to about a second."""
    said = f"This machine's clock is {abs(ahead):,.0f} seconds {'ahead of' if ahead > 0 else 'behind'} Twilio's."
    remedy = "Switch time synchronisation on (timedatectl set-ntp true), and see that it reaches its servers."
    if abs(ahead) > CLOCK_ERROR:
        return error("time", f"{said} Texts go out at the wrong minute.", remedy)
    if abs(ahead) > CLOCK_WARNING:
        return warning("time", said, remedy)
    return fine("time", "This machine's clock agrees with Twilio's.")


def judge_zone_data(version: str | None, today: date) -> Finding:
    """Judge the rules of time zones by their version, such as 2026a; governments change them every year."""
    remedy = "Update the system's tzdata (apt-get install tzdata), and restart the service."
    if version is None or not version[:4].isdecimal():
        return warning("time zones", "Nobody can tell how old the rules of time zones are.", remedy)
    said = f"The rules of time zones are of version {version}"
    if int(version[:4]) < today.year - 1:
        return warning("time zones", f"{said}: a clock change since then is not known.", remedy)
    return fine("time zones", f"{said}.")


def judge_disk(free: int, folder: str) -> Finding:
    """Judge the bytes that are free where the ledger is: without room it cannot note a text, and none is sent."""
    said = f"{free // _MB:,} MB are free in {folder}."
    remedy = "Make room, or move the ledger; old backups beside it may go elsewhere."
    if free < DISK_ERROR:
        return error("disk", said, remedy)
    return warning("disk", said, remedy) if free < DISK_WARNING else fine("disk", said)


def judge_readers(readable: Sequence[str], writable: Sequence[str]) -> Finding:
    """Judge files with patients' data by those that everybody on this machine may read, or may write."""
    if writable:
        return error(
            "permissions",
            f"Everybody on this machine can change what patients are told: {_some(writable)}.",
            "Take the right away: chmod o-w FILE.",
        )
    if readable:
        return error(
            "permissions",
            f"Everybody on this machine can read names and phones: {_some(readable)}.",
            "Take the right away: chmod o-r FILE; the service's user and its group need it only.",
        )
    return fine("permissions", "Only their owners and groups can read files with patients' data.")


def judge_settings_file(file: str, *, is_readable: bool, has_secrets: bool) -> Finding:
    """Judge the settings file by whether everybody on this machine may read it, and whether it holds a secret."""
    if is_readable and has_secrets:
        return error(
            _SECRETS,
            f"Everybody on this machine can read {file}, and it holds a secret.",
            "Move it into a credential file (README.md beside it), and have its issuer change it: others may know it.",
        )
    said = "Nobody else can read it." if has_secrets else "It holds no secret."
    return fine(_SECRETS, f"{file}: {said}")


def judge_sqlite(version: tuple[int, ...]) -> Finding:
    """Judge SQLite's version."""
    said = f"SQLite is {'.'.join(map(str, version))}."
    needed = ".".join(map(str, SQLITE_NEEDED))
    if version < SQLITE_NEEDED:
        return error("SQLite", said, f"The ledger needs {needed}: install a Python that is built with it.")
    return fine("SQLite", said)


def judge_hooks(signed: int | None, unsigned: int | None, address: str) -> Finding:
    """Judge the webhooks by what a call signed as Twilio's gets, and what an unsigned one gets; None is no answer."""
    if signed is None:
        return error(
            "webhooks",
            f"{address} does not answer: receipts are only asked for, and no reply comes in.",
            "Start the service, and see that the TLS proxy of hooks.public_url passes this path to hooks.listen.",
        )
    if unsigned is not None and unsigned < 400:  # noqa: PLR2004 - the first status of a refusal
        return error(
            "webhooks",
            f"{address} takes a call that Twilio has not signed: somebody else answers there.",
            "Have the proxy pass this path, and nothing else, to hooks.listen.",
        )
    if signed >= 300:  # noqa: PLR2004 - the first status that is no success
        return error(
            "webhooks",
            f"{address} refuses a call that is signed as Twilio signs it (HTTP {signed}).",
            "hooks.public_url must be the very address that Twilio calls, and the proxy must leave path and query as "
            "they are; twilio.auth_token must be the account's present one, also in the running service.",
        )
    return fine("webhooks", f"{address} takes what Twilio signs, and refuses what it does not.")


def _some(names: Sequence[str]) -> str:
    return f"{', '.join(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''}"  # noqa: PLR2004 - enough to find the others by
