"""Reading single values that admins write: names, phones, zones, languages, dates, statuses.

Each reader takes the text as it stands in the file and raises WordingError.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import phonenumbers
from babel import Locale, UnknownLocaleError
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

from notifier.core.expressions import is_name, parse_time
from notifier.core.model import DailyHours, Duration, PatientStatus
from notifier.core.problems import WordingError
from notifier.intake.nearest import did_you_mean, nearest

LONGEST_ID = 64
LONGEST_NAME = 100
# What copying brings along unseen: zero-width spaces, and marks that would turn the rest of a text around.
_UNSEEN = dict.fromkeys(
    [0xAD, 0x61C, 0x200B, 0x2060, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
)
NONE = "none"

_CAN_BE_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_KINDS = {
    PhoneNumberType.FIXED_LINE: "a landline",
    PhoneNumberType.TOLL_FREE: "a toll-free number",
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.VOIP: "an internet telephone",
    PhoneNumberType.PAGER: "a pager",
}
BY_EXCEL = re.compile(r"\+?\d(?:[.,]\d+)?[Ee]\+?\d+|\d+[.,]0+")
# The plain ways to write a number of the North American plan, whose kind its first digits decide: parsing every
# one of ten thousand takes a second and a half.
_PLAIN_NANP = re.compile(
    r"\s*(?P<plus>\+1[ .-]?)?\(?(?P<area>[2-9][0-9]{2})\)?[ .-]?(?P<exchange>[0-9]{3})[ .-]?(?P<line>[0-9]{4})\s*"
)
_DECIDING = 7  # digits
NOT_IN_PHONES = re.compile(r"[A-Za-z@,;:]")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DATE_BY_EXCEL = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
_DATE_TIME = re.compile(
    rf"(?P<date>\S+?)(?:[Tt]|\s+){_CLOCK}\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<offset>[Zz]|[+-]\d.*)?"
)
YEARS = range(2000, 2101)
_DATE_HINT = "Write year, month and day, such as “2026-11-20”."
_DATE_TIME_HINT = "Write year, month, day and the time on the 24-hour clock, such as “2026-12-03 07:30”."


def read_name(text: str) -> str:
    """Return the name of a person or a clinic: stripped and in Unicode's composed form (NFC)."""
    name = unicodedata.normalize("NFC", text).translate(_UNSEEN).strip()
    _refuse_controls(name, "name", "name")
    if len(name) > LONGEST_NAME:
        hint = "Write the name alone; how the text should address the person is enough."
        raise WordingError("name", f"This name is longer than {LONGEST_NAME} characters.", hint)
    return name


def _refuse_controls(text: str, what: str, code: str) -> None:
    if not text.isprintable() and any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in text):
        message = f"There is a line break, a tab or a character that nobody sees in this {what}."
        raise WordingError(code, message, "Type it again, on one line.")


def read_id(text: str) -> str:
    """Return the id of a booking: no white space, no slash, at most 64 characters."""
    booking = text.strip()
    hint = "Use the booking's number, such as “P-1042”."
    if len(booking) > LONGEST_ID:
        raise WordingError("id", f"This id is longer than {LONGEST_ID} characters.", hint)
    has_odd = not booking.isprintable() and any(c.isspace() or unicodedata.category(c) in ("Cc", "Cf") for c in booking)
    if "/" in booking or " " in booking or has_odd:
        raise WordingError("id", "An id has no spaces, slashes or invisible characters in it.", hint)
    return booking


def read_key(text: str) -> str:
    """Return the name of a protocol, an order, a moment or a step."""
    if not is_name(text):
        hint = "Use the letters a to z, digits and hyphens, beginning with a letter, such as “last-meal”."
        raise WordingError("key-name", f"“{text}” cannot be a name here.", hint)
    return text


def read_country(text: str) -> str:
    """Return an ISO 3166 country code in capitals."""
    country = text.strip().upper()
    if country not in phonenumbers.SUPPORTED_REGIONS:
        hint = "Write the code of two letters, such as “US”."
        raise WordingError("unknown-country", f"“{text.strip()}” is not a country's code.", hint)
    return country


@lru_cache(maxsize=256)
def read_language(text: str) -> str:
    """Return a language's code, such as `en`."""
    language = text.strip()
    hint = "Write the code of a language, such as “en” or “es”."
    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        known = None
    else:  # the country is the clinic's
        known = f"{locale.language}_{locale.script}" if locale.script else locale.language
    if known == language:
        return language
    if known:
        hint = f"Write it as “{known}”."
    raise WordingError("unknown-language", f"“{language}” is not a language's code.", hint)


@lru_cache(maxsize=1024)
def read_zone(text: str) -> ZoneInfo:
    """Return a time zone of the IANA database."""
    name = text.strip()
    # ZoneInfo alone would also take `localtime`, which is whatever this machine has, and zones that count leap seconds.
    if name not in zones():
        raise WordingError("unknown-time-zone", f"“{name}” is not a time zone.", _zone_hint(name))
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    """Return the names of the IANA database: the same on every machine, whatever else its system knows."""
    return frozenset((files("tzdata") / "zones").read_text(encoding="utf-8").split()) - {"Factory"}


_SURELY = 0.8  # among 600 names something is a little like anything


def _zone_hint(name: str) -> str:
    by_area = sorted(zone for zone in zones() if "/" in zone)
    by_city = {zone.rpartition("/")[2]: zone for zone in by_area}
    near = nearest(name.replace(" ", "_"), by_area, likeness=_SURELY)
    if near is None and (city := nearest(name.replace(" ", "_"), by_city, likeness=_SURELY)) is not None:
        near = by_city[city]
    return f"Did you mean “{near}”?" if near else "Write area and city, such as “America/Denver”."


def read_clinic_phone(text: str, country: str) -> str:
    """Return the clinic's phone as it is written, if it could be a number."""
    number = _parse_phone(text, country)
    if not phonenumbers.is_possible_number(number):
        raise WordingError("phone", "This is too long or too short for a phone number.", _phone_hint(country))
    return text.strip()


def read_patient_phone(text: str, country: str) -> str:
    """Return a patient's phone in E.164, if it is a valid number that can be a mobile phone's."""
    plain = _PLAIN_NANP.fullmatch(text)
    if plain is not None and (plain["plus"] or country == "US"):
        digits = plain["area"] + plain["exchange"] + plain["line"]
        if _nanp_kind(digits[:_DECIDING]) in _CAN_BE_MOBILE:
            return f"+1{digits}"
    number = _parse_phone(text, country)
    if number.extension:
        raise WordingError("phone-extension", "A text cannot reach an extension.", "Give the patient's mobile number.")
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.UNKNOWN:
        raise WordingError("phone-invalid", _invalid_phone(number), _phone_hint(country))
    if kind not in _CAN_BE_MOBILE:
        message = f"This is {_KINDS.get(kind, 'a special number')} and cannot receive texts."
        raise WordingError("phone-not-mobile", message, "Give the patient's mobile number.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)  # thousands of patients share some hundreds of exchanges
def _nanp_kind(prefix: str) -> int:
    """Return the kind of all numbers of the North American plan that begin with these digits."""
    kind: int = phonenumbers.number_type(PhoneNumber(country_code=1, national_number=int(prefix.ljust(10, "0"))))
    return kind


def _parse_phone(text: str, country: str) -> PhoneNumber:
    words = text.strip()
    if BY_EXCEL.fullmatch(words):
        hint = "Excel has turned it into a number: format the column as Text, and type the phone again."
        raise WordingError("phone-excel", "This phone has lost digits.", hint)
    if NOT_IN_PHONES.search(re.sub(r"(?i)\b(?:ext|x)\.?\s*\d+$", "", words)):
        raise WordingError("phone", "This is not a phone number.", _phone_hint(country))
    try:
        return phonenumbers.parse(words, country)
    except NumberParseException:
        raise WordingError("phone", "This is not a phone number.", _phone_hint(country)) from None


def _invalid_phone(number: PhoneNumber) -> str:
    if phonenumbers.is_possible_number(number):
        return "No phone can have this number."
    return "This is too long or too short for a phone number."


def _phone_hint(country: str) -> str:
    example = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    written = "+1 720 555 0134"
    if country != "US" and example is not None:
        written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return f"Write it with + and the country's code, such as “{written}”, or as it is dialled within {country}."


def read_status(text: str) -> PatientStatus:
    """Return where a booking stands, whatever its capitals; `canceled` is read too."""
    word = text.strip().casefold()
    if word in _STATUSES:
        return _STATUSES[word]
    message = f"“{text.strip()}” is not a status."
    raise WordingError("unknown-status", message, did_you_mean(word, list(PatientStatus)))


_STATUSES: Mapping[str, PatientStatus] = {
    **{status.value: status for status in PatientStatus},
    "canceled": PatientStatus.CANCELLED,
}


def read_truth(text: str) -> bool:
    """Return whether `true` or `false` is written."""
    word = text.strip().casefold()
    if word not in ("true", "false"):
        raise WordingError("true-or-false", f"“{text.strip()}” is neither true nor false.", "Write “true” or “false”.")
    return word == "true"


@lru_cache(maxsize=4096)  # many patients agree on one day
def read_date(text: str, *, month_first: bool = False) -> date:
    """Return the day that `2026-11-20` is; if `month_first`, `11/20/2026` too."""
    words = text.strip()
    return _day(words, _DATE_HINT, "date", month_first=month_first)


def _day(words: str, hint: str, code: str, *, month_first: bool) -> date:
    by_year, by_month = _DATE.fullmatch(words), _DATE_BY_EXCEL.fullmatch(words)
    if by_year is not None:
        year, month, day = map(int, by_year.groups())
    elif by_month is not None and month_first:
        month, day, year = map(int, by_month.groups())
    else:
        raise WordingError(code, f"“{words}” is not a date that this program can read.", hint)
    try:
        found = date(year, month, day)
    except ValueError:
        raise WordingError(code, f"There is no such day as “{words}”.", hint) from None
    if year not in YEARS:
        raise WordingError(code, f"The year {year} is not between {YEARS[0]} and {YEARS[-1]}.", hint)
    return found


def read_date_time(text: str, *, month_first: bool = False) -> datetime:
    """Return the naive wall time that `2026-12-03 07:30` is, with a space or a `T`.

    If `month_first`, what Excel makes of it is read too: `12/3/2026 7:30 AM`.
    """
    words = text.strip()
    match = _DATE_TIME.fullmatch(words)
    if match is None:
        _day(words, _DATE_TIME_HINT, "date-time", month_first=month_first)
        raise WordingError("date-time", "The time of day is missing.", _DATE_TIME_HINT)
    if match["offset"]:
        hint = "Write the time that clocks at the clinic show, and nothing after it."
        raise WordingError("date-time", "A time at the clinic needs no zone or offset.", hint)
    day = _day(match["date"], _DATE_TIME_HINT, "date-time", month_first=month_first)
    if match["second"] not in (None, "00"):
        raise WordingError("date-time", "Times are whole minutes.", "Leave the seconds out.")
    half = (match["half"] or "").replace(".", "").lower()
    if half and not (month_first and _DATE_BY_EXCEL.fullmatch(match["date"])):
        raise WordingError("date-time", "AM and PM are not read here.", _DATE_TIME_HINT)
    clock = f"{_hour(int(match['hour']), half)}:{match['minute']}"
    return datetime.combine(day, parse_time(clock))


def _hour(hour: int, half: str) -> int:
    """Return the hour on the 24-hour clock."""
    if not half:
        return hour
    if hour not in range(1, 13):
        raise WordingError("date-time", "There is no such hour on a 12-hour clock.", _DATE_TIME_HINT)
    return hour % 12 + (12 if half == "pm" else 0)


def write_hours(hours: DailyHours) -> str:
    """Return hours of a day as files write them: `21:00 to 08:00`."""
    return f"{hours.start:%H:%M} to {hours.end:%H:%M}"


def write_duration(duration: Duration) -> str:
    """Return a duration as files write it: `1 hour`, `8 hours`."""
    unit = duration.unit.value.removesuffix("s") if duration.count == 1 else duration.unit.value
    return f"{duration.count} {unit}"
