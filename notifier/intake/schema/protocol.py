"""The schema of a protocol's file."""

from notifier.core.expressions import RESERVED
from notifier.intake.protocol import (
    KEYS,
    NOTICE_KEYS,
    NOTICE_REQUIRED,
    NOTICES,
    ORDER_KEYS,
    REQUIRED,
    STEP_KEYS,
    STEP_REQUIRED,
)
from notifier.intake.schema.allow import allow
from notifier.intake.schema.words import (
    DURATION_OF,
    DURATION_OR_NONE,
    KEY,
    LANGUAGE,
    NO_TEXT,
    PERSON,
    RANGE,
    WHEN,
    WORDING,
    Schema,
    any_of,
    group,
    labelled,
    like,
    named,
    written,
)

_PLACEHOLDERS = (
    "Texts may print {clinic}, {phone}, {name}, {procedure}, {arrival} and every moment; {procedure:date} and "
    "{procedure:time} are parts of one. Put a text in double quotes, or below “>-”."
)
_BRACES = "Braces hold one name, such as “{name}” or “{procedure:date}”; for braces in the text write “{{” and “}}”."
_TEXT = {
    "en": "{clinic}: {name}, finish eating by {last-meal}. Questions? {phone}.",
    "es": "{clinic}: {name}, deje de comer el {last-meal}. ¿Dudas? {phone}",
}
_STEP = {"send": "10 hours before last-meal", "latest": "90 minutes before last-meal", "critical": True, "text": _TEXT}
_ORDER = {"default": "8 hours", "allowed": "8 hours to 12 hours"}
_STOP_LINE = {"en": "Reply STOP to end texts, HELP for help.", "es": "Responda STOP para salir, HELP para ayuda."}


def protocol_schema() -> Schema:
    """Return the schema of a file in `protocols/`."""
    return {
        "title": "A protocol",
        "description": "What one kind of procedure asks of every patient, when, and in which words.",
        **group(KEYS, _fields(), REQUIRED),
    }


def _fields() -> dict[str, Schema]:
    return {
        "allow": allow(),
        "protocol": written(
            {"type": "string", "pattern": f"^{KEY}$"}, "Protocol", "Its name, as patients' entries give it.", "mild"
        ),
        "title": written(like(PERSON, *NO_TEXT), "Title", "For the staff; no patient reads it.", "Colonoscopy"),
        "duration": written(
            like(DURATION_OF), "Duration", "“procedure end” is the procedure plus this.", "1 hour", "90 minutes"
        ),
        "orders": _orders(),
        "moments": _moments(),
        "steps": _steps(),
        "notices": _notices(),
        "stop-line": _texts("Stop-line", "Added to the first text that a phone gets, whichever it is.", _STOP_LINE),
    }


def _orders() -> Schema:
    fields = {
        "default": written(
            like(DURATION_OR_NONE),
            "Default",
            "For everybody else; “none” where only some patients have it.",
            "8 hours",
            "none",
        ),
        "allowed": written(
            like(RANGE), "Allowed", "From the least to the most that may be ordered.", "8 hours to 12 hours"
        ),
    }
    order = labelled(
        group(ORDER_KEYS, fields, ORDER_KEYS),
        "Order",
        "A length of time that a clinician may set for a patient.",
        _ORDER,
    )
    return labelled(
        named(order),
        "Orders",
        "What a clinician may set for one patient, each with its default and what is allowed.",
        {"fasting": _ORDER},
    )


def _moments() -> Schema:
    moment = _when("Moment", "A time that texts may print in braces, worked out anew for each patient.")
    return labelled(
        named(moment, reserved=RESERVED),
        "Moments",
        "Times that texts name. They count from the procedure, its end, the arrival or each other.",
        {"last-meal": "fasting before procedure"},
    )


def _when(title: str, description: str) -> Schema:
    return written(
        like(WHEN), title, description, "2 days before procedure at 10:00", "8 hours after procedure end", "last-meal"
    )


def _steps() -> Schema:
    fields = {
        "send": _when("Send", "The best time; the text goes out then, or as near to it as the window allows."),
        "earliest": _when("Earliest", "From here on the text is true and useful. If left out: as “send”."),
        "latest": _when("Latest", "It never goes out after this. If left out: 4 hours after “send”."),
        "critical": written(
            like(any_of(("true", "false")), "boolean"),
            "Critical",
            "Whether it must arrive: in quiet hours if need be, and else by a person's call. If left out: false.",
            "true",
            "false",
        ),
        "text": _texts("Text", "What the patient reads.", _TEXT),
        "allow": allow(),
    }
    step = labelled(
        group(STEP_KEYS, fields, STEP_REQUIRED), "Step", "One text: when it goes out, and its words.", _STEP
    )
    return labelled(
        named(step, reserved=NOTICES),
        "Steps",
        "The texts, in about the order in which a patient gets them.",
        {"last-meal": _STEP},
    )


def _notices() -> Schema:
    described = {
        "procedure-moved": "The procedure has a new time, or was booked again.",
        "procedure-moved-call": "The same, where it is too late for a critical text: a person will telephone.",
        "procedure-cancelled": "The procedure is called off.",
    }
    example = {"text": {"en": "{clinic}: {name}, your new time is {procedure}. Questions? {phone}."}}
    notices = {}
    for name in NOTICES:
        fields = {"text": _texts("Text", "What the patient reads.", example["text"]), "allow": allow()}
        notices[name] = labelled(group(NOTICE_KEYS, fields, NOTICE_REQUIRED), name, described[name], example)
    return labelled(
        {**group(NOTICES, notices, NOTICES), "required": []},
        "Notices",
        "Texts that a change calls for.",
        {"procedure-moved": example},
    )


def _texts(title: str, description: str, example: dict[str, str]) -> Schema:
    """Return the schema of a text in each of its languages."""
    shape: Schema = {**like(WORDING, *NO_TEXT), "patternErrorMessage": _BRACES}
    text = written(shape, "Text in one language", _PLACEHOLDERS, *example.values())
    return labelled({**named(text, LANGUAGE), "minProperties": 1}, title, f"{description} By language.", example)
