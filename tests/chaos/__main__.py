"""`python -m tests.chaos`: storms over real daemons, and a table that says whether any promise was broken."""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import SystemRandom

from tests.chaos.counting import BROKEN, Tally
from tests.chaos.life import FLAWS
from tests.chaos.round import Plan, run_round

STORM, KILLS = 38.0, 200  # seconds and kills in each round
_MOST_STORIES = 20


def main() -> int:
    """Run rounds until the time is over or enough messages were planned; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="begin rounds for so long (a round takes about 60)")
    parser.add_argument("--messages", type=int, default=0, help="and until so many messages were planned")
    parser.add_argument("--seed", type=int, default=None, help="the first round's; each further round adds one")
    parser.add_argument("--kills", type=int, default=KILLS, help="at least so many in each round")
    parser.add_argument("--keep", action="store_true", help="keep the files of all rounds, not only of those that fail")
    parser.add_argument("--break", dest="flaw", choices=FLAWS, help="break the daemon on purpose: this must fail")
    given = parser.parse_args()
    seed = SystemRandom().randrange(1_000_000) if given.seed is None else given.seed
    try:
        return _run(given, seed)
    except KeyboardInterrupt:
        print("interrupted; everything is stopped", file=sys.stderr)
        return 130


def _run(given: argparse.Namespace, seed: int) -> int:
    begin, whole, rounds = time.monotonic(), Tally(), 0
    print(f"from seed {seed}", flush=True)
    while not rounds or time.monotonic() - begin < given.seconds - 30 or _planned(whole) < given.messages:
        plan = Plan(seed + rounds, STORM, given.kills, flaw=given.flaw)
        whole.add(play(plan, keep=given.keep))
        rounds += 1
    print("\n".join(table(whole, f"{rounds} rounds in {time.monotonic() - begin:.0f} s, from seed {seed}")))
    return 0 if whole.is_kept else 1


def _planned(tally: Tally) -> int:
    return tally.numbers["messages planned"]


def play(plan: Plan, *, keep: bool = False) -> Tally:
    """Run a round in a folder of its own, which is kept where a promise was broken; return its numbers."""
    home = Path(tempfile.mkdtemp(prefix=f"chaos-{plan.seed}-"))
    begin = time.monotonic()
    try:
        tally = asyncio.run(run_round(plan, home))
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    verdict = "kept" if tally.is_kept else "BROKEN"
    kills = tally.numbers["kills"]
    print(f"seed {plan.seed}: {kills} kills in {time.monotonic() - begin:.0f} s, promises {verdict}", flush=True)
    if keep or (not tally.is_kept and plan.flaw is None):
        print(f"  files: {home}; again: python -m tests.chaos --seed {plan.seed} --seconds 60")
    else:
        shutil.rmtree(home)
    return tally


def table(tally: Tally, title: str) -> Iterator[str]:
    """Yield the lines of the table."""
    yield title
    rest = {name: number for name, number in tally.numbers.items() if name not in BROKEN}
    yield from _section("what happened", rest)
    yield from _section("must be 0", {name: tally.numbers[name] for name in BROKEN})
    yield from _section("faults", dict(sorted(tally.faults.items())))
    yield from tally.stories[:_MOST_STORIES]


def _section(title: str, numbers: Mapping[str, int]) -> Iterator[str]:
    yield f"{title:-<58}"
    for name, number in numbers.items():
        yield f"  {name:<46}{number:>10,}"


if __name__ == "__main__":
    sys.exit(main())
