"""What a daemon takes of its machine as months pass, and whether that stays the same."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_KB = 1_000
_LONG = 16  # samples that make a life long enough to be judged by itself
_YOUNG = 4  # of a life, one in so many samples is of its youth: it fills its pools and caches then


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at the daemon while it is at rest."""

    month: int  # from 0
    life: int
    rss: float  # MB
    files: int  # descriptors that are open, but for connections
    connections: int  # sockets
    threads: int
    messages: int  # ever
    ledger: int  # bytes, with its journal

    @property
    def per_message(self) -> float:
        """Bytes of the ledger for each message ever."""
        return self.ledger / self.messages


@dataclass(frozen=True, slots=True)
class Rule:
    """How much more a thing may be in the last third of a time than in the first, and still count as the same."""

    name: str
    of: Callable[[Sample], float]
    share: float
    slack: float
    is_of_a_life: bool = True  # it begins anew with each process


RULES = (
    Rule("resident memory, MB", lambda sample: sample.rss, 0.04, 2),
    Rule("open files", lambda sample: sample.files, 0, 2),
    # They come and go: after a burst each that sent is kept for a while, and is closed where nothing follows.
    Rule("connections", lambda sample: sample.connections, 0, 16),
    Rule("threads", lambda sample: sample.threads, 0, 1),
    Rule("ledger bytes a message", lambda sample: sample.per_message, 0.04, 0, is_of_a_life=False),
)


def take_sample(pid: int, ledger: Path, *, month: int, life: int, messages: int) -> Sample:
    """Return how a process and its ledger stand; raises OSError where it has ended."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines())
    files = [*ledger.parent.glob(f"{ledger.name}*")]
    opened = [_what_is(descriptor) for descriptor in Path(f"/proc/{pid}/fd").iterdir()]
    connections = sum(what.startswith("socket:") for what in opened)
    return Sample(
        month,
        life,
        int(status["VmRSS"].split()[0]) * 1024 / 1_000_000,
        len(opened) - connections,
        connections,
        int(status["Threads"]),
        messages,
        sum(file.stat().st_size for file in files if file.name in (ledger.name, f"{ledger.name}-wal")),
    )


def _what_is(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return ""  # it was open when they were listed


def growths(samples: Sequence[Sample]) -> Iterator[str]:
    """Yield what is not flat: over all of the time, and within each life that is long enough.

    Compared are the medians of the first and the last third, without the youth of each life.
    """
    lives = [_grown_up([sample for sample in samples if sample.life == life]) for life in _lives(samples)]
    whole = [sample for life in lives for sample in life]
    for rule in RULES:
        yield from _growth(rule, whole, "from first to last third")
        if rule.is_of_a_life:
            for number, life in enumerate(lives):
                if len(life) >= _LONG:
                    yield from _growth(rule, life, f"in life {number + 1}")


def _lives(samples: Sequence[Sample]) -> list[int]:
    return sorted({sample.life for sample in samples})


def _grown_up(life: Sequence[Sample]) -> Sequence[Sample]:
    return life[len(life) // _YOUNG :]


def _growth(rule: Rule, samples: Sequence[Sample], when: str) -> Iterator[str]:
    third = len(samples) // 3
    if not third:
        return
    values = [rule.of(sample) for sample in samples]
    first, last = median(values[:third]), median(values[-third:])
    if last > first * (1 + rule.share) + rule.slack:
        yield f"{rule.name}: {first:,.1f} became {last:,.1f} {when}"


def table(samples: Sequence[Sample], lateness: Sequence[float]) -> Iterator[str]:
    """Yield the lines of a table by month; `lateness`: seconds from due to begun, of nearly all texts of each month."""
    heads = {"messages": 10, "rss MB": 8, "files": 7, "connections": 13, "threads": 9, "bytes/msg": 11}
    heads |= {"late s": 8, "lives": 7}
    yield "month" + "".join(f"{head:>{width}}" for head, width in heads.items())
    for month in sorted({sample.month for sample in samples}):
        found = [sample for sample in samples if sample.month == month]
        yield (
            f"{month + 1:>5}{found[-1].messages:>10,}{median(one.rss for one in found):>8.1f}"
            f"{median(one.files for one in found):>7.0f}"
            f"{median(one.connections for one in found):>13.0f}{median(one.threads for one in found):>9.0f}"
            f"{median(one.per_message for one in found):>11,.0f}"
            f"{lateness[month] if month < len(lateness) else 0:>8.2f}{len(_lives(found)):>7}"
        )


def slowness(lateness: Sequence[float]) -> Iterator[str]:
    """Yield it where texts of the last third of the months began much later after they were due than of the first.

    Much is twice as much and half a second: the machine may be busy.
    """
    third = len(lateness) // 3
    if third:
        first, last = median(lateness[:third]), median(lateness[-third:])
        if last > 2 * first + 0.5:
            yield f"95 of 100 texts within {first:.2f} s became within {last:.2f} s"
