"""Texts as they appear on a phone: the local time, and the words in a bubble."""

from datetime import datetime
from zoneinfo import ZoneInfo

from rich.box import ROUNDED
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from notifier.cli.console import say, show

WIDTH = 46  # about what a phone shows in a line
OWN_SIDE = 26  # where the patient's own texts begin


def show_day(instant: datetime, zone: ZoneInfo) -> None:
    """Print the date on which the following texts arrive."""
    say(f"{instant.astimezone(zone):%A %Y-%m-%d}", "bold underline")


def show_bubble(instant: datetime, zone: ZoneInfo, heading: str, text: str, *, is_own: bool = False) -> None:
    """Print a text with the patient's local time and a heading; the patient's own stands on the other side."""
    at, indent = instant.astimezone(zone), OWN_SIDE if is_own else 2
    say(Text(f"{'':<{indent}}{at:%a %H:%M} {at.tzname()}  ", "bold") + Text(heading, "dim"))
    panel = Panel(Text(text), box=ROUNDED, width=WIDTH + 4, border_style="cyan" if is_own else "")
    show(Padding(panel, (0, 0, 1, indent + 2), expand=False))
