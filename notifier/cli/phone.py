"""Texts as they appear on a phone: the local time, and the words in a bubble."""

from datetime import datetime
from zoneinfo import ZoneInfo

from rich.box import ROUNDED
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from notifier.cli.console import say, show

WIDTH = 46  # about what a phone shows in a line


def show_day(instant: datetime, zone: ZoneInfo) -> None:
    """Print the date on which the following texts arrive."""
    say(f"{instant.astimezone(zone):%A %Y-%m-%d}", "bold underline")


def show_bubble(instant: datetime, zone: ZoneInfo, heading: str, text: str) -> None:
    """Print a text with the patient's local time and a heading."""
    at = instant.astimezone(zone)
    say(Text(f"  {at:%a %H:%M} {at.tzname()}  ", "bold") + Text(heading, "dim"))
    show(Padding(Panel(Text(text), box=ROUNDED, width=WIDTH + 4), (0, 0, 1, 4), expand=False))
