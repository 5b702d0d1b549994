"""What a benchmark has measured, as a table: printed, and kept in RESULTS.md under its own heading."""

import os
import platform
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from notifier.clock import SystemClock

RESULTS = Path(__file__).with_name("RESULTS.md")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table whose columns also line up in a terminal; numbers to the right."""
    lines = [tuple(heads), *map(tuple, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        return "| " + " | ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]) + " |"

    rule = "|".join(["", "-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:]), ""])
    return "\n".join([line(lines[0]), rule, *map(line, lines[1:])])


def machine() -> str:
    """Return what it was measured on, and how busy that was."""
    text = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*:\s*(.*)", text)
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return (
        f"{SystemClock().now():%Y-%m-%d %H:%M} UTC, {cores} cores ({model[1] if model else platform.machine()}), "
        f"Python {platform.python_version()}, load {load:.1f} before it began."
    )


def publish(heading: str, *paragraphs: str) -> None:
    """Print what was measured, and put it in the place of what stood under that heading."""
    print(f"\n{heading}\n", *paragraphs, sep="\n", flush=True)
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else "# What was measured\n\nBy `make bench`.\n"
    sections = [each for each in re.split(r"(?m)^(?=## )", text) if not each.startswith(f"## {heading}\n")]
    section = "\n\n".join((f"## {heading}", *paragraphs))
    RESULTS.write_text("".join(sections).rstrip() + f"\n\n{section}\n", encoding="utf-8")
