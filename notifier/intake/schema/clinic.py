"""The schema of the clinic's file."""

import phonenumbers

from notifier.intake.clinic import (
    DEFAULT_COUNTRY,
    DEFAULT_LANGUAGES,
    DEFAULT_QUIET,
    DEFAULT_RESEND_AFTER,
    KEYS,
    QUIET_KEYS,
    REQUIRED,
)
from notifier.intake.schema.allow import allow
from notifier.intake.schema.words import (
    DURATION_OF,
    HOURS,
    LANGUAGE,
    NO_TEXT,
    PERSON,
    PHONE,
    Schema,
    any_of,
    group,
    labelled,
    like,
    written,
)
from notifier.intake.values import write_duration, write_hours, zones


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
    shape: Schema = {"enum": sorted(zones()), "errorMessage": "Write area and city, such as “America/Denver”."}
    return labelled(shape, title, description, "America/Denver", "America/Phoenix")


def _fields() -> dict[str, Schema]:
    return {
        "allow": allow(),
        "name": written(like(PERSON, *NO_TEXT), "Name", "The clinic's name, as texts give it.", "Anchor Healthcare"),
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
            f"Of phone numbers that are written without +. If left out: {DEFAULT_COUNTRY}.",
            "US",
            "CA",
        ),
        "languages": _languages(),
        "quiet_hours": _quiet_hours(),
        "resend_after": written(
            like(DURATION_OF),
            "Resend after",
            "A time in a text that was sent has to move by this much to be texted again. If left out: "
            f"{write_duration(DEFAULT_RESEND_AFTER)}.",
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
        f"lacks another. If left out: {', '.join(DEFAULT_LANGUAGES)}.",
        ["en", "es"],
    )


def _quiet_hours() -> Schema:
    every_day, procedure_day = write_hours(DEFAULT_QUIET.every_day), write_hours(DEFAULT_QUIET.procedure_day)
    hours = {
        "every_day": written(
            like(HOURS),
            "Every day",
            "When nobody is texted, by the patient's clock. The first minute is quiet, the last one is not. "
            f"If left out: {every_day}.",
            every_day,
        ),
        "procedure_day": written(
            like(HOURS),
            "Day of the procedure",
            f"The same on the day itself, when texts must come early. If left out: {procedure_day}.",
            procedure_day,
        ),
    }
    return labelled(
        group(QUIET_KEYS, hours, ()),
        "Quiet hours",
        "When patients sleep. Only a critical text that has no other minute goes out in them.",
        {"every_day": every_day, "procedure_day": procedure_day},
    )
