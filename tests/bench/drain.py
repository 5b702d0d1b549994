"""How fast texts that fall due at one instant go out: `python -m tests.bench.drain [--quick | --full]`.

Side by side with the twilio library alone, which is the limit, and with what else somebody might take; every contender
is given the same line, sends with the same library to the same stand-in, and is counted there. Rounds are interleaved;
a ratio is that of two runs of one round.
"""

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.arena import LIBRARY, NOTIFIER, OTHERS, Contender, Drained, drain
from tests.bench.results import machine, publish, table

HEADS = ("sends", "texts/s", "of the library", "CPU ms each", "of the library", "lost", "doubled")


@dataclass(frozen=True)
class Case:
    """One line of texts, and who drains it how often."""

    texts: int
    latency: float  # seconds until the stand-in answers
    concurrency: int
    rounds: int
    others: int  # rounds in which the others take part

    @property
    def heading(self) -> str:
        """What it is, in words."""
        return (
            f"A drain of {self.texts:,} texts, answers after {self.latency * 1000:.0f} ms, "
            f"{self.concurrency} requests at once"
        )


USUAL = (Case(2_000, 0, 64, 3, 1), Case(20_000, 0, 64, 1, 0), Case(2_000, 0.1, 256, 3, 1), Case(20_000, 0.1, 256, 1, 0))
QUICK = (Case(2_000, 0, 64, 1, 0), Case(2_000, 0.1, 256, 1, 0))
FULL = tuple(Case(case.texts, case.latency, case.concurrency, case.rounds, case.rounds) for case in USUAL)


def rounds_of(case: Case) -> dict[Contender, list[Drained]]:
    """Return what came of each round, by contender."""
    runs: dict[Contender, list[Drained]] = {}
    for number in range(case.rounds):
        for contender in (LIBRARY, NOTIFIER, *(OTHERS if number < case.others else ())):
            runs.setdefault(contender, []).append(drain(contender, case.texts, case.latency, case.concurrency))
    return runs


def row(contender: Contender, runs: Sequence[Drained], library: Sequence[Drained]) -> tuple[str, ...]:
    """Return the medians of a contender's rounds."""
    rates = [run.rate for run in runs]
    shares = [run.rate / limit.rate for run, limit in zip(runs, library, strict=False)]
    costs = [run.cpu / run.texts * 1000 for run in runs]
    ratios = [run.cpu / limit.cpu for run, limit in zip(runs, library, strict=False)]
    return (
        contender.name,
        f"{statistics.median(rates):,.0f}",
        f"{statistics.median(shares):.2f}",
        f"{statistics.median(costs):.2f}",
        f"{statistics.median(ratios):.2f}",
        str(sum(run.lost for run in runs)),
        str(sum(run.doubled for run in runs)),
    )


def main() -> None:
    """Measure every case, and publish a table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="notifier and the library alone, 2,000 texts, once")
    parser.add_argument("--full", action="store_true", help="the others in every case and round: half an hour")
    given = parser.parse_args()
    for case in QUICK if given.quick else FULL if given.full else USUAL:
        where = machine()
        runs = rounds_of(case)
        rows = [row(contender, runs[contender], runs[LIBRARY]) for contender in runs]
        rounds = f"Medians of {case.rounds} rounds (the others: {case.others})."
        publish(case.heading, table(HEADS, rows), f"{rounds} {where}")


if __name__ == "__main__":
    main()
