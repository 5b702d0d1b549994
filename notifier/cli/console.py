"""What commands print with: tables and local times for people, JSON for programs."""

import json
import shutil
import sys
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

Row = Sequence[str | Text]

NARROWEST = 100
COLUMNS = 80  # of what is to be read, not searched: any terminal, e-mail or sheet of paper has as many
WIDE = 200  # where no terminal tells its width, so that a pipe gets whole lines

# Colour only on a terminal, and never the only sign: every status is also a word.
STYLES = {
    "planned": "green",
    "late": "yellow",
    "held": "yellow",
    "off": "dim",
    "skipped": "dim",
    "no-window": "red",
    "too-late": "red",
    "new": "green",
    "updated": "cyan",
    "released": "green",
    "withdrawn": "yellow",
    "expired": "red",
    "delivered": "green",
    "accepted": "green",
    "sent": "green",
    "claimed": "cyan",
    "in-doubt": "red",
    "undelivered": "red",
    "failed": "red",
    "refused": "red",
    "unconfirmed": "yellow",
    "undecided": "bold red",
    "error": "bold red",
    "warning": "yellow",
}


@lru_cache(maxsize=2)
def console(*, stderr: bool = False) -> Console:
    """Return the console for results, or the one for progress and asides."""
    stream = sys.stderr if stderr else sys.stdout
    is_terminal = stream is not None and stream.isatty()
    # Narrower, a table would hide columns; a terminal breaks long lines better than that.
    width = max(shutil.get_terminal_size().columns, NARROWEST) if is_terminal else WIDE
    return Console(stderr=stderr, width=width, highlight=False, emoji=False, markup=False)


def say(text: str | Text = "", style: str = "") -> None:
    """Print a line or several."""
    console().print(text, style=style, soft_wrap=True)


def word(status: str) -> Text:
    """Return a status in its colour."""
    return Text(status, STYLES.get(status, ""))


def show_table(
    headings: Sequence[str], rows: Iterable[Row], *, folding: Collection[str] = (), width: int | None = None
) -> None:
    """Print an aligned table; only columns whose headings are in `folding` may be broken into lines."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")
    for heading in headings:
        table.add_column(heading, no_wrap=heading not in folding, overflow="fold" if heading in folding else "ellipsis")
    for row in rows:
        table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    show(table, width)


def show(renderable: RenderableType, width: int | None = None) -> None:
    """Print anything that rich can draw, without the blanks that it fills lines up with; no wider than `width`."""
    with console().capture() as capture:
        console().print(renderable, width=width)
    click.echo("\n".join(line.rstrip() for line in capture.get().splitlines()))


def local(instant: datetime | None, zone: ZoneInfo) -> str:
    """Return an instant as `Wed 2026-12-02 13:30` by the clocks of `zone`; a dash for none."""
    return "-" if instant is None else f"{instant.astimezone(zone):%a %Y-%m-%d %H:%M}"


def iso(instant: datetime | None, zone: ZoneInfo) -> str | None:
    """Return an instant with the offset of `zone`, as JSON has it."""
    return None if instant is None else instant.astimezone(zone).isoformat()


def print_json(value: object) -> None:
    """Print a value as JSON, readable; in plain ASCII where the output takes no UTF-8."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    click.echo(json.dumps(value, ensure_ascii=encoding != "utf8", indent=2))


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Return `1 text` or `2 texts`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
