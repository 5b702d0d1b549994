"""The measures of the picture: where on paper a minute of a day stands, and how times are written."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from notifier.cli.picture.days import Timeline
from notifier.core.wording import write_instant

WIDTH = 1000
MARGIN = 16
CHART, HOUR = 344, 26  # where midnight stands, and how wide an hour is
CHART_END = CHART + 24 * HOUR
NORMAL, SMALL = 12, 11  # font sizes
LANGUAGE = "en"  # of the picture; the texts in it are in the patients' own


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of the chart, from left to right."""

    left: float
    right: float

    def touches(self, other: "Band") -> bool:
        """The two have something in common."""
        return self.left < other.right and other.left < self.right


def x_of(minute: int) -> float:
    """Return where a minute of a local day stands."""
    return CHART + minute * HOUR / 60


def write_when(instant: datetime, timeline: Timeline, part: str | None = None) -> str:
    """Write an instant by the patient's clock, or only its "time" or "date"."""
    return write_instant(instant, timeline.patient.time_zone, LANGUAGE, timeline.clinic.country, part=part)


def write_wall(minute: int, country: str) -> str:
    """Write a minute of a day as clocks show it, whatever the zone."""
    instant = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    return write_instant(instant, ZoneInfo("UTC"), LANGUAGE, country, part="time")
