"""A protocol's file: orders, moments, steps and notices, checked against each other."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from notifier.core.allowing import Allow
from notifier.core.expressions import ANCHORS, RESERVED, parse_duration, parse_range, parse_when
from notifier.core.model import Clinic, Duration, Order, Protocol, Step, When
from notifier.core.moments import find_circle
from notifier.core.problems import Problem, Spot, WordingError
from notifier.intake.allow import ALLOW, allowed_in
from notifier.intake.nearest import did_you_mean
from notifier.intake.section import Section, read_word, top_section
from notifier.intake.source import Findings, Source
from notifier.intake.values import NONE, read_key, read_name, read_truth, write_duration
from notifier.intake.wordings import ALWAYS_PRINTABLE, Printable, Wording, check_wording, read_wording
from notifier.intake.yaml_tree import Scalar, compose, place_in

NOTICES = ("procedure-moved", "procedure-moved-call", "procedure-cancelled")
KEYS = ("protocol", "title", "duration", "orders", "moments", "steps", "notices", "stop-line", ALLOW)
REQUIRED = ("protocol", "title", "duration", "steps", "stop-line")
ORDER_KEYS = ("default", "allowed")  # both are required
STEP_KEYS = ("send", "earliest", "latest", "critical", "text", ALLOW)
STEP_REQUIRED = ("send", "text")
NOTICE_KEYS = ("text", ALLOW)
NOTICE_REQUIRED = ("text",)
_ASKS_FOR_A_NAME = frozenset({"unknown-order", "unknown-moment", "unknown-placeholder"})


@dataclass(frozen=True, eq=False)
class ProtocolFile:
    """What a protocol's file says, whatever the clinic."""

    source: Source
    name: Scalar | None  # None where it cannot be read
    protocol: Protocol | None  # None where the file has errors
    orders: Mapping[str, Order | None]  # all that it names; None for those that cannot be read
    steps: AbstractSet[str]  # all that it names
    wordings: tuple[Wording, ...]
    places: Mapping[tuple[str, ...], Spot]
    problems: tuple[Problem, ...]
    allows: tuple[Allow, ...] = ()

    def check(self, clinic: Clinic) -> tuple[Problem, ...]:
        """Return what is wrong with the protocol's texts at this clinic."""
        title = self.protocol.title if self.protocol else ""
        return tuple(
            problem for wording in self.wordings for problem in check_wording(wording, clinic, self.source, title)
        )


def read_protocol(source: Source) -> ProtocolFile:
    """Return the protocol that a file describes, and every mistake in it (contract, section 2)."""
    findings = Findings(source)
    root = compose(source)
    if isinstance(root, Problem):
        return _unreadable(source, root)
    top = top_section(root, findings, "The protocol", KEYS)
    if top is None:
        return _unreadable(source, *findings.problems)
    return _Reader(top).read()


def _unreadable(source: Source, *problems: Problem) -> ProtocolFile:
    return ProtocolFile(source, None, None, {}, frozenset(), (), {}, problems)


class _Reader:
    """Reads one protocol; what stands further down refers to what stands further up."""

    def __init__(self, top: Section) -> None:
        self._top = top
        self._findings = top.findings
        self._name = ""
        self._orders: dict[str, Order | None] = {}
        self._moments: dict[str, When | None] = {}
        self._printable = Printable(ALWAYS_PRINTABLE, frozenset())
        self._wordings: list[Wording] = []
        self._places: dict[tuple[str, ...], Spot] = {}
        self._allows: list[Allow] = []

    def read(self) -> ProtocolFile:
        """Return all that the file says."""
        top = self._top
        top.require(REQUIRED)
        name, title = top.read("protocol", read_key), top.read("title", read_name)
        duration = top.read("duration", parse_duration)
        self._name = name or ""
        self._read_orders()
        self._read_moments()
        steps = self._read_steps()
        notices = self._read_notices()
        self._allows += allowed_in(top, 0)
        stop_line = self._read_text(top, "stop-line", "The stop-line", ("stop-line", self._name), may_skip=False)
        self._tell_unused()
        protocol = None
        if not (self._findings.has_errors or name is None or title is None or duration is None or stop_line is None):
            protocol = Protocol(
                name=name,
                title=title,
                duration=duration,
                orders={order: value for order, value in self._orders.items() if value},
                moments={moment: when for moment, when in self._moments.items() if when},
                steps=tuple(step for step in steps.values() if step),
                notices={notice: wording.templates for notice, wording in notices.items()},
                stop_line=stop_line.templates,
            )
        return ProtocolFile(
            source=self._findings.source,
            name=top.word("protocol") if name else None,
            protocol=protocol,
            orders=self._orders,
            steps=steps.keys(),
            wordings=tuple(self._wordings),
            places=self._places,
            problems=tuple(self._findings.problems),
            allows=tuple(self._allows),
        )

    def _tell_unused(self) -> None:
        """Note the orders and moments that nothing uses and that a hint has just named.

        One of the two names is misspelt, and it may be the definition.
        """
        asked = [problem for problem in self._findings.problems if problem.code in _ASKS_FOR_A_NAME]
        for group in ("orders", "moments") if asked else ():
            section = self._top.section(group, f"“{group}”")
            for name, key in section.keys.items() if section else ():
                asking = next((problem for problem in asked if f"“{name}”" in problem.hint), None)
                uses = re.findall(rf"(?<![\w-]){re.escape(name)}(?![\w-])", self._findings.source.text)
                if asking is not None and len(uses) == 1:
                    message = f"Nothing uses “{name}”, unless line {asking.spot.line} means it."
                    self._findings.warning(key.start, "unused-name", message, "Check how it is spelt.")

    def _read_orders(self) -> None:
        section = self._top.section("orders", "“orders”")
        if section is None:
            return
        self._orders = dict.fromkeys(section.keys)  # known by name, even where they cannot be read
        for key, order in section.sections("The order", ORDER_KEYS):
            read_word(key, read_key, self._findings)
            self._orders[key.text] = self._read_order(order)

    def _read_order(self, section: Section) -> Order | None:
        section.require(ORDER_KEYS)
        allowed = section.read("allowed", parse_range)
        is_none = section.read("default", lambda text: text.strip().casefold() == NONE)
        default = None if is_none else section.read("default", parse_duration)
        if allowed is None or (default is None and not is_none):
            return None
        order = Order(default, *allowed)
        if default is not None and not is_within(default, order):
            message = f"The default {write_duration(default)} is not in the allowed range."
            hint = "Widen the range, or choose a default in it."
            self._findings.error(section.place_of("default"), "order-range", message, hint)
        return order

    def _read_moments(self) -> None:
        section = self._top.section("moments", "“moments”")
        if section is None:
            return
        section.require(section.keys)
        self._moments = dict.fromkeys(section.keys)  # known by name, before any of them is looked at
        for name, key in section.keys.items():
            read_word(key, _moment_name, self._findings)
            self._moments[name] = self._read_when(section, name)
        self._refuse_circles(section)
        self._printable = Printable(ALWAYS_PRINTABLE | self._moments.keys(), self._unsure())

    def _refuse_circles(self, section: Section) -> None:
        moments = {name: when for name, when in self._moments.items() if when}
        while circle := find_circle(moments):
            path = " → ".join(f"“{name}”" for name in (*circle, circle[0]))
            message = f"These moments are defined by each other: {path}."
            hint = "Let one of them count from “procedure”, “procedure end” or “arrival”."
            self._findings.error(section.keys[circle[0]].start, "circle", message, hint)
            moments = {name: when for name, when in moments.items() if name not in circle}

    def _unsure(self) -> frozenset[str]:
        """Return the moments that do not exist for some patients: an order that they need may be `none`."""
        by_default = {name for name, order in self._orders.items() if order and order.default is None}
        unsure = {
            name
            for name, when in self._moments.items()
            if when and when.offset and isinstance(when.offset.duration, str) and when.offset.duration in by_default
        }
        while more := {n for n, when in self._moments.items() if when and when.anchor in unsure} - unsure:
            unsure |= more
        return frozenset(unsure)

    def _read_when(self, section: Section, key: str) -> When | None:
        """Return the time that stands at a key, if its anchor and its order exist."""
        word = section.word(key)
        when = None if word is None else read_word(word, parse_when, self._findings)
        if word is None or when is None:
            return None
        order = when.offset.duration if when.offset else None
        anchors = (*ANCHORS, *self._moments)
        is_known = True
        if isinstance(order, str) and order not in self._orders:
            hint = did_you_mean(order, self._orders) if self._orders else "Write a length of time, such as “8 hours”."
            at = place_in(word, word.text.index(order), self._findings.source)
            self._findings.error(at, "unknown-order", f"There is no order “{order}”.", hint)
            is_known = False
        if when.anchor not in anchors:
            at = place_in(word, word.text.rindex(when.anchor), self._findings.source)
            message = f"There is no moment “{when.anchor}”."
            self._findings.error(at, "unknown-moment", message, did_you_mean(when.anchor, anchors))
            is_known = False
        return when if is_known else None

    def _read_steps(self) -> dict[str, Step | None]:
        section = self._top.section("steps", "“steps”")
        if section is None:
            return {}
        steps: dict[str, Step | None] = dict.fromkeys(section.keys)
        for key, step in section.sections("The step", STEP_KEYS):
            read_word(key, _step_name, self._findings)
            self._places["step", self._name, key.text] = self._findings.source.spot(key.start)
            steps[key.text] = self._read_step(key.text, step)
            self._allows += allowed_in(step, key.start)
        return steps

    def _read_step(self, name: str, section: Section) -> Step | None:
        section.require(STEP_REQUIRED)
        title = f"The text of “{name}”"
        wording = self._read_text(section, "text", title, ("text", self._name, name), may_skip=True)
        send = self._read_when(section, "send")
        earliest, latest = self._read_when(section, "earliest"), self._read_when(section, "latest")
        critical = section.read("critical", read_truth) or False
        last = next((key for key in ("latest", "earliest") if section.given(key) is not None), "send")
        self._places["latest", self._name, name] = self._findings.source.spot(section.place_of(last))
        if send is None or wording is None:
            return None
        return Step(name, send, earliest, latest, critical, wording.templates)

    def _read_notices(self) -> dict[str, Wording]:
        notices: dict[str, Wording] = {}
        section = self._top.section("notices", "“notices”", NOTICES)
        if section is None:
            return notices
        for key, notice in section.sections("The notice", NOTICE_KEYS):
            self._allows += allowed_in(notice, key.start)
            notice.require(NOTICE_REQUIRED)
            title, path = f"The text of “{key.text}”", ("notice", self._name, key.text)
            wording = self._read_text(notice, "text", title, path, may_skip=False)
            if wording is not None:
                notices[key.text] = wording
        return notices

    def _read_text(
        self, section: Section, key: str, title: str, path: tuple[str, ...], *, may_skip: bool
    ) -> Wording | None:
        value = section.given(key)
        if isinstance(value, Scalar):
            section.wrong_type(
                key, "given in each language", f"Write below it “en: …”, indented, with {title.lower()}."
            )
            return None
        texts = section.section(key, title)
        if texts is None:
            return None
        wording = read_wording(texts, path, self._printable, may_skip=may_skip)
        self._wordings.append(wording)
        for language, word in wording.written.items():
            self._places[(*path, language)] = self._findings.source.spot(word.start)
        return wording


def is_within(duration: Duration, order: Order) -> bool:
    """Say whether a duration lies in an order's allowed range; a day counts as 24 hours."""
    return order.lowest.minutes <= duration.minutes <= order.highest.minutes


def _moment_name(text: str) -> str:
    if text in RESERVED:
        raise WordingError("reserved-name", f"“{text}” already means something in texts.", "Choose another name.")
    return read_key(text)


def _step_name(text: str) -> str:
    if text in NOTICES:
        raise WordingError("reserved-name", f"“{text}” is the name of a notice.", "Choose another name.")
    return read_key(text)
