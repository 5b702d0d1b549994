"""The schema of a file of patients in YAML."""

from notifier.core.model import PatientStatus
from notifier.intake.forms import REQUIRED
from notifier.intake.patients_yaml import KEYS
from notifier.intake.schema.allow import allow
from notifier.intake.schema.clinic import zone
from notifier.intake.schema.words import (
    DATE,
    DATE_TIME,
    DURATION_OR_NONE,
    ID,
    KEY,
    LANGUAGE,
    MOBILE,
    NO_TEXT,
    PERSON,
    Schema,
    any_of,
    group,
    labelled,
    like,
    named,
    or_blank,
    written,
)

_ENTRY = {
    "id": "P-1042",
    "name": "Maria",
    "phone": "+1 720 555 0134",
    "consent": "2026-11-20",
    "protocol": "mild",
    "procedure": "2026-12-03 07:30",
}


def patients_schema() -> Schema:
    """Return the schema of a YAML file in `patients/`."""
    entry = labelled(group(KEYS, _fields(), REQUIRED), "Patient", "One person's one procedure.", _ENTRY)
    entries = labelled(
        {"type": ["array", "null"], "items": or_blank(entry)}, "Patients", "One entry for one booking.", [_ENTRY]
    )
    return {
        "title": "Patients",
        "description": "Whose procedures are ahead: one entry for one booking, in files named and cut as you like.",
        **group(("patients",), {"patients": entries}, ("patients",)),
    }


def _fields() -> dict[str, Schema]:
    statuses = [status.value for status in PatientStatus]
    return {
        "allow": allow(),
        "id": written(
            like(ID, *NO_TEXT),
            "Id",
            "The booking's number. It stands only once in all files, and stays when the procedure moves.",
            "P-1042",
        ),
        "name": written(like(PERSON, *NO_TEXT), "Name", "How the texts address the person.", "Maria", "Ms. O'Dell"),
        "phone": written(
            like(MOBILE, "integer"),
            "Phone",
            "A mobile phone, with + and the country's code, or as it is dialled in the clinic's country.",
            "+1 720 555 0134",
            "720-555-0134",
        ),
        "language": written(like(LANGUAGE), "Language", "If left out: the first that clinic.yaml lists.", "es"),
        "time_zone": zone("Time zone", "Only if the patient lives by another clock than the clinic."),
        "consent": written(
            like(DATE),
            "Consent",
            "The day on which the patient agreed to texts. Without it nothing is sent.",
            "2026-11-20",
        ),
        "protocol": written(like(KEY), "Protocol", "Which protocol's texts the patient gets.", "mild"),
        "procedure": written(
            like(DATE_TIME),
            "Procedure",
            "Date and time on the 24-hour clock, by the clinic's clock.",
            "2026-12-03 07:30",
        ),
        "arrival": written(
            like(DATE_TIME),
            "Arrival",
            "When the patient should be there: up to 6 hours before the procedure. If left out: its time.",
            "2026-12-03 06:30",
        ),
        "status": written(
            like(any_of([*statuses, "canceled"])), "Status", "Where the booking stands. If left out: booked.", *statuses
        ),
        "orders": _orders(),
        "skip": _skip(),
    }


def _orders() -> Schema:
    order = written(
        like(DURATION_OR_NONE), "Order", "A length of time that the protocol allows.", "24 hours", "3 days", "none"
    )
    return labelled(
        named(or_blank(order)),
        "Orders",
        "What a clinician ordered for this patient: only what differs from the protocol.",
        {"lifting": "24 hours"},
    )


def _skip() -> Schema:
    step = like(KEY)
    return labelled(
        {"anyOf": [{"type": "array", "items": step}, step]},
        "Skip",
        "Steps of the protocol that this patient must not get.",
        ["night-before-wash"],
    )
