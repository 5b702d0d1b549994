"""`python -m tests.soak`: many months of a clinic in half an hour, and whether anything grew, was lost or doubled."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import SystemRandom

from tests.soak.counting import doubled, lateness, lost, miscounted
from tests.soak.measuring import growths, slowness, table
from tests.soak.soak import LIFE, Outcome, Plan, run_soak

_MOST_STORIES = 20


def main() -> int:
    """Soak; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800, help="have days pass for so long")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--life", type=int, default=LIFE, help="days until the daemon is ended and started anew")
    parser.add_argument("--leak", action="store_true", help="have the daemon leak on purpose: this must fail")
    given = parser.parse_args()
    seed = SystemRandom().randrange(1_000_000) if given.seed is None else given.seed
    print(f"from seed {seed}", flush=True)
    try:
        lines, stories = play(Plan(seed, given.seconds, given.life, given.leak))
    except KeyboardInterrupt:
        print("interrupted; everything is stopped", file=sys.stderr)
        return 130
    print("\n".join(lines))
    return 1 if stories else 0


def play(plan: Plan) -> tuple[Sequence[str], Sequence[str]]:
    """Soak in a folder of its own, kept where something was wrong; return the table's lines, and what was wrong."""
    home = Path(tempfile.mkdtemp(prefix=f"soak-{plan.seed}-"))
    try:
        outcome = asyncio.run(run_soak(plan, home))
        stories = [*wrongs(outcome)]
        lines = [*report(outcome, stories)]
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    if stories and not plan.is_leaky:
        lines.insert(0, f"files: {home}")
    else:
        shutil.rmtree(home)
    return lines, stories


def wrongs(outcome: Outcome) -> Iterator[str]:
    """Yield what was lost, doubled or has grown, and what nothing explains."""
    yield from (f"lost: {one}" for one in lost(outcome.ledger, outcome.end))
    yield from (f"lost or doubled: {one}" for one in miscounted(outcome.gone, outcome.taken))
    yield from (f"doubled: {one}" for one in doubled(outcome.taken))
    yield from (f"grown: {one}" for one in growths(outcome.samples))
    yield from (f"slower: {one}" for one in slowness(lateness(outcome.ledger, outcome.begin)))
    yield from (f"surprise: {one}" for one in outcome.surprises)


def report(outcome: Outcome, stories: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the table, and below it what was wrong."""
    yield f"from {outcome.begin:%Y-%m-%d} to {outcome.end:%Y-%m-%d}"
    yield from table(outcome.samples, lateness(outcome.ledger, outcome.begin))
    yield ", ".join(f"{number:,} {name}" for name, number in sorted(outcome.did.items()))
    followed = sum(one.is_plain for one in outcome.gone)
    yield f"{len(outcome.taken):,} texts taken by the provider; {followed:,} patients followed from first to last"
    yield from stories[:_MOST_STORIES]
    yield f"{len(stories)} things wrong" if stories else "flat; nothing lost, nothing doubled"


if __name__ == "__main__":
    sys.exit(main())
