"""Files of schedules, good and bad, of which an editor and `check` should think alike."""

from dataclasses import dataclass

from tests.intake.desk import CLINIC, PATIENTS, PROTOCOL

GOOD_FILES = {"clinic": CLINIC, "protocol": PROTOCOL, "patients": PATIENTS}
FILE_OF = {"clinic": "clinic.yaml", "protocol": "protocols/mild.yaml", "patients": "patients/a.yaml"}

# Why a schema has to leave a mistake to `check`.
NAMED_ELSEWHERE = "a schema knows no names that are given elsewhere, in this file or another"
COMPARED = "a schema does not compare one value with another"
CALENDAR = "a schema has no calendar, no clock and no arithmetic"
LOOKED_UP = "what there is changes with the year and the library: no list of it is shipped"
PARSED = "an editor's reader of YAML has decided before a schema is asked"


@dataclass(frozen=True)
class Change:
    """What is changed in a good file; the whole of it where there is nothing to put it for."""

    kind: str
    old: str
    new: str

    @property
    def text(self) -> str:
        """The file with the change in it."""
        good = GOOD_FILES[self.kind]
        assert good.count(self.old) == 1 or not self.old, f"{self.old!r} stands {good.count(self.old)} times"
        return good.replace(self.old, self.new) if self.old else self.new

    def __str__(self) -> str:
        return f"{self.kind}: {self.new or 'without ' + self.old}"


ZONE, LANGUAGES = "  time_zone: America/Denver\n", "  languages: [en, es]\n"
MEAL = "last-meal: fasting before procedure\n"
TEXT = '"{clinic}: {name}, finish your last meal by {last-meal}. {phone}"'
STEPS, STOP = "steps:\n", "stop-line:\n"
PROCEDURE, CONSENT, PHONE = "procedure: 2026-12-03 07:30\n", "    consent: 2026-11-20\n", "phone: +1 720 555 0134"


def _after(line: str, more: str) -> tuple[str, str]:
    return line, f"{line}{more}\n"


def _booking(line: str) -> tuple[str, str, str]:
    return ("patients", *_after(PROCEDURE, f"    {line}"))


GOOD = [
    Change(*change)
    for change in (
        ("clinic", "name: Anchor Healthcare", "name: 42"),
        ("clinic", "name: Anchor Healthcare", "name: no"),
        ("clinic", "+1 303 555 0100", "303-555-0100 ext. 12"),
        ("clinic", "+1 303 555 0100", "3035550100"),
        ("clinic", "+1 303 555 0100", "(303) 555.0100"),
        ("clinic", "[en, es]", "en"),
        ("clinic", *_after(LANGUAGES, "  country: us")),
        ("clinic", *_after(LANGUAGES, "  country:")),
        ("clinic", *_after(LANGUAGES, "  quiet_hours: {}")),
        ("clinic", *_after(LANGUAGES, "  quiet_hours: { every_day: 22:00 to 7:00 }")),
        ("clinic", *_after(LANGUAGES, "  quiet_hours: { procedure_day: }")),
        ("clinic", *_after(LANGUAGES, "  resend_after: 1 Hour")),
        ("protocol", "title: A small operation", "title: 2026"),
        ("protocol", "duration: 1 hour", "duration: 90minutes"),
        ("protocol", "default: none", "default: None"),
        ("protocol", "default: 8 hours, allowed: 8 hours", "default: 9 hours, allowed: 1 hour"),
        ("protocol", MEAL, "last-meal: 8 hours before procedure  end at 7:30\n"),
        ("protocol", MEAL, "last-meal: arrival\n"),
        ("protocol", "critical: true", "critical: TRUE"),
        ("protocol", "critical: true", 'critical: "false"'),
        ("protocol", "critical: true", "critical:"),
        ("protocol", TEXT, '"{{ {name} }}"'),
        ("protocol", TEXT, ">-\n        {clinic}: {name},\n        eat by {last-meal:time}. {phone}"),
        ("protocol", TEXT, "2026"),
        ("protocol", STOP, f"notices:\n  procedure-moved: {{ text: {{ en: x, es: y }} }}\n{STOP}"),
        ("protocol", STOP, f"notices:\n{STOP}"),
        ("patients", "", "patients:\n"),
        ("patients", "", "patients: []\n"),
        ("patients", "id: P-1", "id: 1042"),
        ("patients", PHONE, "phone: +17205550134"),
        ("patients", PHONE, "phone: (720) 555-0134"),
        ("patients", CONSENT, ""),
        ("patients", CONSENT, "    consent:\n"),
        ("patients", "2026-12-03 07:30", "2026-12-03T7:30"),
        ("patients", "2026-12-03 07:30", "2026-12-03 07:30:00"),
        ("patients", "2026-12-03 07:30", '" 2026-12-3  07:30 "'),
        _booking("arrival: 2026-12-03 06:30"),
        _booking("status: Canceled"),
        _booking("status:"),
        _booking("language: es"),
        _booking("time_zone: America/Phoenix"),
        _booking("orders: { fasting: 9 hours, thinner: none }"),
        _booking("orders: { fasting: }"),
        _booking("skip: last-meal"),
        _booking("skip: [last-meal, thinner]"),
        _booking("skip: []"),
    )
]

# (kind, what stands there, what stands there instead, the code of `check`)
BAD = [
    (Change(kind, old, new), code)
    for kind, old, new, code in (
        ("clinic", "", "clinic:\n", "missing-key"),
        ("clinic", "", "clinic: Anchor Healthcare\n", "wrong-type"),
        ("clinic", "", "- clinic\n", "wrong-type"),
        ("clinic", "", f"{CLINIC}clinics: 2\n", "unknown-key"),
        ("clinic", "name: Anchor Healthcare", "name:", "missing-key"),
        ("clinic", "name: Anchor Healthcare", "name: [Anchor, Healthcare]", "wrong-type"),
        ("clinic", "name: Anchor Healthcare", f"name: {'Anchor ' * 20}", "name"),
        ("clinic", "name: Anchor Healthcare", r'name: "Anchor\tHealthcare"', "name"),
        ("clinic", "+1 303 555 0100", "call us", "phone"),
        ("clinic", ZONE, "", "missing-key"),
        ("clinic", "America/Denver", "America/Denvr", "unknown-time-zone"),
        ("clinic", "America/Denver", "MST7MDT8", "unknown-time-zone"),
        ("clinic", "[en, es]", "[en, en]", "duplicate-language"),
        ("clinic", "[en, es]", "[]", "wrong-type"),
        ("clinic", "[en, es]", "{ en: es }", "wrong-type"),
        ("clinic", "[en, es]", "english", "unknown-language"),
        ("clinic", "[en, es]", "[en-US]", "unknown-language"),
        ("clinic", *_after(LANGUAGES, "  country: USA"), "unknown-country"),
        ("clinic", *_after(LANGUAGES, "  country: XX"), "unknown-country"),
        ("clinic", *_after(LANGUAGES, "  quiet_hours: 21:00 to 08:00"), "wrong-type"),
        ("clinic", *_after(LANGUAGES, "  quiet_hours: { every_day: 9pm to 8am }"), "time"),
        ("clinic", *_after(LANGUAGES, "  quiet_hours: { every_day: 21:00-08:00 }"), "hours"),
        ("clinic", *_after(LANGUAGES, "  quiet_hours: { every_day: 21:00 to 24:00 }"), "time"),
        ("clinic", *_after(LANGUAGES, "  quiet_hours: { at_night: 21:00 to 08:00 }"), "unknown-key"),
        ("clinic", *_after(LANGUAGES, "  resend_after: 15"), "duration"),
        ("clinic", *_after(LANGUAGES, "  resend_after: 1.5 hours"), "duration"),
        ("clinic", *_after(LANGUAGES, "  resned_after: 1 hour"), "unknown-key"),
        ("protocol", "protocol: mild\n", "", "missing-key"),
        ("protocol", "protocol: mild", "protocol: my protocol", "key-name"),
        ("protocol", "protocol: mild", "protocol: 1st", "key-name"),
        ("protocol", "title: A small operation", "title:", "missing-key"),
        ("protocol", "duration: 1 hour", "duration: an hour", "duration"),
        ("protocol", "duration: 1 hour", "durations: 1 hour", "unknown-key"),
        ("protocol", "default: 8 hours, ", "", "missing-key"),
        ("protocol", "default: none", "default: never", "duration"),
        ("protocol", "8 hours to 12 hours", "8 hours - 12 hours", "range"),
        ("protocol", "{ default: 8 hours, allowed: 8 hours to 12 hours }", "8 hours", "wrong-type"),
        ("protocol", "{ default: 8 hours, allowed: 8 hours to 12 hours }", "", "missing-key"),
        ("protocol", MEAL, "last-meal: fasting prior to procedure\n", "when"),
        ("protocol", MEAL, "last-meal: 8 hrs before procedure\n", "duration"),
        ("protocol", MEAL, "last-meal: 1 day before procedure at 7pm\n", "time"),
        ("protocol", MEAL, f"{MEAL}  then:\n", "missing-key"),
        ("protocol", MEAL, f"{MEAL}  name: procedure\n", "reserved-name"),
        ("protocol", MEAL, f"{MEAL}  one more: procedure\n", "key-name"),
        ("protocol", "send: 10 hours before last-meal", "send:", "missing-key"),
        ("protocol", "    send: 10 hours before last-meal\n", "", "missing-key"),
        ("protocol", "latest: 90", "latst: 90", "unknown-key"),
        ("protocol", "90 minutes", "90 minuts", "duration"),
        ("protocol", "critical: true", "critical: yes", "true-or-false"),
        ("protocol", "critical: true", "critical: 1", "true-or-false"),
        ("protocol", TEXT, '""', "empty-text"),
        ("protocol", TEXT, "", "empty-text"),
        ("protocol", TEXT, "[one, two]", "wrong-type"),
        ("protocol", TEXT, "{name}", "wrong-type"),
        ("protocol", TEXT, '"Eat by {last-meal"', "placeholder"),
        ("protocol", TEXT, '"Eat by last-meal}"', "placeholder"),
        ("protocol", TEXT, '"{name:date}"', "placeholder"),
        ("protocol", TEXT, '"{last-meal:day}"', "placeholder"),
        ("protocol", TEXT, '"{procedure end}"', "placeholder"),
        ("protocol", 'es: "{clinic}: {name}, termine', 'EN: "{clinic}: {name}, termine', "unknown-language"),
        ("protocol", STEPS, f"{STEPS}  procedure-moved: {{ send: procedure, text: {{ en: x }} }}\n", "reserved-name"),
        ("protocol", STEPS, f"{STEPS}  empty:\n", "missing-key"),
        ("protocol", STEPS, f"{STEPS}  hello: world\n", "wrong-type"),
        ("protocol", STEPS, f"{STEPS}  hello: {{ send: procedure, text: Hello }}\n", "wrong-type"),
        ("protocol", STEPS, f"{STEPS}  hello: {{ send: procedure, text: {{}} }}\n", "missing-translation"),
        ("protocol", STOP, f"notices: [procedure-moved]\n{STOP}", "wrong-type"),
        ("protocol", STOP, f"notices:\n  moved: {{ text: {{ en: x }} }}\n{STOP}", "unknown-key"),
        ("protocol", STOP, f"notices:\n  procedure-moved: {{}}\n{STOP}", "missing-key"),
        ("protocol", STOP, f"notices:\n  procedure-moved:\n{STOP}", "missing-key"),
        ("patients", "", "patients: none\n", "wrong-type"),
        ("patients", "", "patients: { id: P-1 }\n", "wrong-type"),
        ("patients", "", "bookings: []\n", "missing-key"),
        ("patients", "", "patients: [Maria]\n", "wrong-type"),
        ("patients", "id: P-1", "id:", "missing-key"),
        ("patients", "id: P-1", "id: P 1", "id"),
        ("patients", "id: P-1", "id: a/b", "id"),
        ("patients", "id: P-1", f"id: {'P' * 65}", "id"),
        ("patients", "    name: Maria\n", "", "missing-key"),
        ("patients", "name: Maria", f"name: {'Maria ' * 20}", "name"),
        ("patients", PHONE, "phone: Maria's", "phone"),
        ("patients", PHONE, "phone: maria@example.com", "phone"),
        ("patients", PHONE, 'phone: "1.72E+10"', "phone-excel"),
        ("patients", PHONE, "phone: 720 555 0134 x5", "phone-extension"),
        ("patients", "consent: 2026-11-20", "consent: yes", "date"),
        ("patients", "consent: 2026-11-20", "consent: 11/20/2026", "date"),
        ("patients", "consent: 2026-11-20", "consent: 2026-13-01", "date"),
        ("patients", "consent: 2026-11-20", "consent: 1926-11-20", "date"),
        ("patients", "protocol: mild", "protocol: [mild]", "wrong-type"),
        ("patients", "2026-12-03 07:30", "2026-12-03", "date-time"),
        ("patients", "2026-12-03 07:30", "07:30", "date-time"),
        ("patients", "2026-12-03 07:30", "2026-12-03 7:30 AM", "date-time"),
        ("patients", "2026-12-03 07:30", "2026-12-03 07:30:15", "date-time"),
        ("patients", "2026-12-03 07:30", "2026-12-03T07:30Z", "date-time"),
        ("patients", "2026-12-03 07:30", "2026-12-32 07:30", "date-time"),
        ("patients", "2026-12-03 07:30", "2026-12-03 25:30", "time"),
        (*_booking("arrival: 6:30"), "date-time"),
        (*_booking("status: bokked"), "unknown-status"),
        (*_booking("status: [booked]"), "wrong-type"),
        (*_booking("statsu: booked"), "unknown-key"),
        (*_booking("language: english"), "unknown-language"),
        (*_booking("time_zone: Denver"), "unknown-time-zone"),
        (*_booking("orders: fasting"), "wrong-type"),
        (*_booking("orders: { fasting: 8h }"), "duration"),
        (*_booking("orders: { fasting: [8] }"), "wrong-type"),
        (*_booking("orders: { last meal: 8 hours }"), "unknown-order"),
        (*_booking("skip: [[a]]"), "wrong-type"),
        (*_booking("skip: { a: b }"), "wrong-type"),
        (*_booking('skip: [last-meal, ""]'), "wrong-type"),
    )
]

# The same, and why an editor cannot know.
LEFT_TO_CHECK = [
    (Change(kind, old, new), code, why)
    for kind, old, new, code, why in (
        ("clinic", "+1 303 555 0100", "555", "phone", LOOKED_UP),
        ("clinic", "[en, es]", "[en, xx]", "unknown-language", LOOKED_UP),
        ("clinic", "[en, es]", "[fr, en, es]", "missing-translation", NAMED_ELSEWHERE),
        ("clinic", *_after(LANGUAGES, "  quiet_hours: { every_day: 7:00 to 07:00 }"), "hours", COMPARED),
        ("clinic", *_after(LANGUAGES, "  resend_after: 11 weeks\n  resend_after: 1 day"), "duplicate-key", PARSED),
        ("clinic", *_after(LANGUAGES, "  resend_after: 600 weeks"), "duration", CALENDAR),
        ("protocol", "default: 8 hours", "default: 7 hours", "order-range", COMPARED),
        ("protocol", "8 hours to 12 hours", "12 hours to 8 hours", "range", COMPARED),
        ("protocol", MEAL, "last-meal: fastin before procedure\n", "unknown-order", NAMED_ELSEWHERE),
        ("protocol", MEAL, "last-meal: last-mael\n", "unknown-moment", NAMED_ELSEWHERE),
        ("protocol", MEAL, "last-meal: last-meal\n", "circle", NAMED_ELSEWHERE),
        ("protocol", TEXT, '"Eat by {last-mael}"', "unknown-placeholder", NAMED_ELSEWHERE),
        ("protocol", TEXT, f'"{"word " * 100}"', "too-long", CALENDAR),
        ("protocol", f"      en: {TEXT}\n", "", "missing-translation", NAMED_ELSEWHERE),
        ("protocol", "Reply STOP", "{thinner-stops} Reply STOP", "unsure-placeholder", NAMED_ELSEWHERE),
        ("patients", PHONE, "phone: 720555013", "phone-invalid", LOOKED_UP),
        ("patients", PHONE, "phone: +1 555 555 0134", "phone-invalid", LOOKED_UP),
        ("patients", PHONE, "phone: 1.72E+10", "phone-excel", PARSED),
        ("patients", "consent: 2026-11-20", "consent: 2026-11-23", "future-consent", CALENDAR),
        ("patients", "consent: 2026-11-20", "consent: 2026-02-30", "date", CALENDAR),
        ("patients", "protocol: mild", "protocol: milt", "unknown-protocol", NAMED_ELSEWHERE),
        ("patients", "2026-12-03 07:30", "2026-11-01 01:30", "clock-change", CALENDAR),
        (*_booking("arrival: 2026-12-03 07:31"), "arrival", COMPARED),
        (*_booking("language: fr"), "unknown-language", NAMED_ELSEWHERE),
        (*_booking("orders: { fasting: 13 hours }"), "order-range", COMPARED),
        (*_booking("orders: { fasting: none }"), "order-none", NAMED_ELSEWHERE),
        (*_booking("orders: { fastin: 8 hours }"), "unknown-order", NAMED_ELSEWHERE),
        (*_booking("skip: [last-mael]"), "unknown-step", NAMED_ELSEWHERE),
        (*_booking("name: Other"), "duplicate-key", PARSED),
    )
]
