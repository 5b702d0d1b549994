"""The picture as PNG: what is drawn, and what is said where drawing is not possible."""

import struct
import sys
from types import ModuleType

import pytest

from notifier.cli.picture import timeline_svg
from notifier.cli.picture.bitmap import SHARP, BitmapError, bitmap
from notifier.cli.picture.paper import WIDTH
from notifier.core.planning import plan
from tests.core.clinics import a_patient, local, schedules
from tests.core.mild import MILD

FILES = schedules(MILD, a_patient())
SVG = timeline_svg(FILES, plan(FILES, local("2026-11-22 09:00")), "P-1042")


def test_the_picture_is_drawn_twice_as_sharp_as_a_screen_needs() -> None:
    png = bitmap(SVG)
    width, height = struct.unpack(">II", png[16:24])
    assert png.startswith(b"\x89PNG")
    assert width == WIDTH * SHARP
    assert height > width / 2


class Painter(ModuleType):
    """Stands in for the library, and keeps what it was to draw."""

    def __init__(self, *, has_fonts: bool) -> None:
        super().__init__("resvg_py")
        self.has_fonts = has_fonts
        self.drawn = ""

    def svg_to_bytes(self, *, svg_string: str, zoom: int = 1) -> bytes:
        self.drawn = svg_string
        return svg_string.encode() if self.has_fonts else b"blank" * zoom


def test_every_colour_is_one_that_the_library_can_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    painter = Painter(has_fonts=True)
    monkeypatch.setitem(sys.modules, "resvg_py", painter)
    bitmap(SVG)
    assert "var(" in SVG
    assert "var(" not in painter.drawn
    assert ".planned{color:#0b7a75}" in painter.drawn


def test_a_machine_without_fonts_would_draw_no_words_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", Painter(has_fonts=False))
    with pytest.raises(BitmapError, match="this machine has none: install one"):
        bitmap(SVG)


def test_where_the_extra_is_not_installed_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(BitmapError, match="pip install 'notifier\\[png\\]'"):
        bitmap(SVG)
