"""The timeline picture: what each patient is sent and when, drawn for a person to look at."""

from notifier.cli.picture.page import timeline_page, timeline_svg

__all__ = ["timeline_page", "timeline_svg"]
