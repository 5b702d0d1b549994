"""From expressions to instants: when each moment of a patient's care is."""

from collections.abc import Mapping
from datetime import datetime

from notifier.core.calendar import at_wall, shift
from notifier.core.expressions import ANCHORS, ARRIVAL, PROCEDURE, PROCEDURE_END
from notifier.core.model import Duration, Patient, Protocol, When

Instants = Mapping[str, datetime | None]  # UTC; None where a moment's order is `none`


def resolve_moments(protocol: Protocol, patient: Patient) -> Instants:
    """Return the instant of every anchor and moment; the moments must not run in a circle."""
    instants: dict[str, datetime | None] = {
        PROCEDURE: patient.procedure,
        PROCEDURE_END: shift(patient.procedure, protocol.duration, patient.time_zone, is_after=True),
        ARRIVAL: patient.arrival,
    }

    for moment in protocol.moments:
        # What a moment rests on comes first; a loop, since a chain may be longer than Python's stack.
        chain = [moment]
        while (anchor := protocol.moments[chain[-1]].anchor) not in instants and chain[-1] not in instants:
            chain.append(anchor)
        for name in reversed(chain):
            if name not in instants:
                instants[name] = resolve_when(protocol.moments[name], protocol, patient, instants)
    return instants


def resolve_when(when: When, protocol: Protocol, patient: Patient, instants: Instants) -> datetime | None:
    """Return the instant that `when` means for a patient; None where it needs an order that is `none`.

    `at` applies last: that wall time on the patient's local date reached so far.
    """
    instant = instants[when.anchor]
    if instant is None:
        return None
    zone = patient.time_zone
    if when.offset is not None:
        duration = _length(when.offset.duration, protocol, patient)
        if duration is None:
            return None
        instant = shift(instant, duration, zone, is_after=when.offset.is_after)
    if when.at is not None:
        instant = at_wall(instant.astimezone(zone).date(), when.at, zone)
    return instant


def _length(duration: Duration | str, protocol: Protocol, patient: Patient) -> Duration | None:
    if isinstance(duration, Duration):
        return duration
    return patient.orders.get(duration, protocol.orders[duration].default)


def find_circle(moments: Mapping[str, When]) -> tuple[str, ...]:
    """Return the names of moments that are defined by each other, in order; empty where there are none."""
    for start in moments:
        path = [start]
        while (anchor := moments[path[-1]].anchor) not in ANCHORS and anchor in moments:
            if anchor in path:
                return tuple(path[path.index(anchor) :])
            path.append(anchor)
    return ()
