"""The schema of the clinic's file."""

import phonenumbers

from notifier.intake.clinic import KEYS, QUIET_KEYS, REQUIRED
from notifier.intake.schema.words import (
    DURATION_OF,
    HOURS,
    LANGUAGE,
    PERSON,
    PHONE,
    Schema,
    any_of,
    group,
    labelled,
    like,
    written,
)
from notifier.intake.values import zones


def clinic_schema() -> Schema:
    """Return the schema of `clinic.yaml`."""
    clinic = labelled(
        group(KEYS, _fields(), REQUIRED),
        "The clinic",
        "Who texts, from where, and when not.",
        {"name": "Anchor Healthcare", "phone": "303-555-0100", "time_zone": "America/Denver"},
    )
    whole = group(("clinic",), {"clinic": clinic}, ("clinic",))
    return {"title": "The clinic's file", "description": "clinic.yaml: who we are and when we text.", **whole}


def zone(title: str, description: str) -> Schema:
    """Return the schema of a time zone; an editor offers them all."""
    # `errorMessage` is no standard either: without it editors would show all six hundred.
    zone: Schema = {"enum": sorted(zones()), "errorMessage": "Write area and city, such as “America/Denver”."}
    return labelled(zone, title, description, "America/Denver", "America/Phoenix")


def _fields() -> dict[str, Schema]:
    return {
        "name": written(
            like(PERSON, "number", "boolean"), "Name", "The clinic's name, as texts give it.", "Anchor Healthcare"
        ),
        "phone": written(
            like(PHONE, "integer"),
            "Phone",
            "Where patients call. Texts print it just as it stands here.",
            "303-555-0100",
            "+1 303 555 0100",
        ),
        "time_zone": zone("Time zone", "Where the procedures take place, by its name in the IANA database."),
        "country": written(
            like(any_of(sorted(phonenumbers.SUPPORTED_REGIONS))),
            "Country",
            "Of phone numbers that are written without +. If left out: US.",
            "US",
            "CA",
        ),
        "languages": _languages(),
        "quiet_hours": _quiet_hours(),
        "resend_after": written(
            like(DURATION_OF),
            "Resend after",
            "A time in a text that was sent has to move by this much to be texted again. If left out: 15 minutes.",
            "15 minutes",
            "1 hour",
        ),
    }


def _languages() -> Schema:
    code = like(LANGUAGE)
    several = {"type": "array", "items": code, "minItems": 1, "uniqueItems": True}
    return labelled(
        {"anyOf": [several, code]},
        "Languages",
        "In which the clinic texts. The first is for patients whose entry names none, and stands in where a text "
        "lacks another. If left out: en.",
        ["en", "es"],
    )


def _quiet_hours() -> Schema:
    hours = {
        "every_day": written(
            like(HOURS),
            "Every day",
            "When nobody is texted, by the patient's clock: 21:00 is quiet, 08:00 is not. If left out: 21:00 to 08:00.",
            "21:00 to 08:00",
        ),
        "procedure_day": written(
            like(HOURS),
            "Day of the procedure",
            "The same on the day itself, when texts must come early. If left out: 21:00 to 05:00.",
            "21:00 to 05:00",
        ),
    }
    return labelled(
        group(QUIET_KEYS, hours, ()),
        "Quiet hours",
        "When patients sleep. Only a critical text that has no other minute goes out in them.",
        {"every_day": "21:00 to 08:00", "procedure_day": "21:00 to 05:00"},
    )
