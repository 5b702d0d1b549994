"""The clinic's file: `clinic.yaml`."""

from dataclasses import dataclass, replace
from functools import partial
from zoneinfo import ZoneInfo

from notifier.core.allowing import Allow
from notifier.core.expressions import parse_daily_hours, parse_duration
from notifier.core.model import Clinic, Duration, QuietHours, Unit
from notifier.core.problems import Problem
from notifier.intake.allow import ALLOW, allowed_in
from notifier.intake.section import Section, read_word, top_section
from notifier.intake.source import Findings, Source, has_errors
from notifier.intake.values import read_clinic_phone, read_country, read_language, read_name, read_zone
from notifier.intake.versions import Version
from notifier.intake.yaml_tree import Seq, compose

KEYS = ("name", "phone", "time_zone", "country", "languages", "quiet_hours", "resend_after", ALLOW)
REQUIRED = ("name", "phone", "time_zone")
QUIET_KEYS = ("every_day", "procedure_day")

DEFAULT_COUNTRY = "US"
DEFAULT_LANGUAGES = ("en",)
DEFAULT_QUIET = QuietHours(parse_daily_hours("21:00 to 08:00"), parse_daily_hours("21:00 to 05:00"))
DEFAULT_RESEND_AFTER = Duration(15, Unit.MINUTES)

# What others are checked against while the clinic's file cannot be used. Nothing may seem wrong on its account: it
# knows no language, so none is missing; its clock never changes, and is ahead of all others, so no day lies after its.
STAND_IN = Clinic(
    name="",
    phone="",
    time_zone=ZoneInfo("Etc/GMT-14"),
    country=DEFAULT_COUNTRY,
    languages=(),
    quiet_hours=DEFAULT_QUIET,
    resend_after=DEFAULT_RESEND_AFTER,
)


@dataclass(frozen=True, slots=True)
class ClinicFile:
    """What the clinic's file says."""

    clinic: Clinic  # as far as it can be read; the rest is the stand-in's
    problems: tuple[Problem, ...]
    allows: tuple[Allow, ...] = ()  # of the whole folder

    @property
    def allowed(self) -> frozenset[str]:
        """The codes that are allowed for all files."""
        return frozenset(allow.code for allow in self.allows)

    @property
    def is_usable(self) -> bool:
        """Say whether texts can be planned with it."""
        return not has_errors(self.problems)


@dataclass(frozen=True, slots=True)
class ClinicInForce:
    """The clinic by which texts are planned, and what is written of it."""

    clinic: Clinic  # where no version can be used, as far as the present one can be read
    written: Clinic  # the present one, as far as it can be read; where nothing of it can, the one in force
    version: Version | None  # None where none can be used


def choose_clinic(present: ClinicFile, last_good: ClinicFile | None) -> ClinicInForce:
    """Return which clinic is in force: the last good one while the present one has an error (contract, section 5)."""
    if present.is_usable:
        return ClinicInForce(present.clinic, present.clinic, Version.CURRENT)
    if last_good is None or not last_good.is_usable:
        return ClinicInForce(present.clinic, present.clinic, None)
    written = last_good.clinic if present.clinic is STAND_IN else present.clinic
    return ClinicInForce(last_good.clinic, written, Version.LAST_GOOD)


def read_clinic(source: Source) -> ClinicFile:
    """Return the clinic that a file describes, and every mistake in it (contract, section 2)."""
    findings = Findings(source)
    root = compose(source)
    if isinstance(root, Problem):
        return ClinicFile(STAND_IN, (root,))
    top = top_section(root, findings, "This file", ("clinic",))
    section = top and top.section("clinic", "The clinic", KEYS)
    if top is not None:
        top.require(("clinic",))
    clinic = STAND_IN if section is None else _read(section)
    allows = () if section is None else tuple(replace(allow, lines=None) for allow in allowed_in(section))
    return ClinicFile(clinic, tuple(findings.problems), allows)


def _read(section: Section) -> Clinic:
    section.require(REQUIRED)
    country = section.read("country", read_country) or DEFAULT_COUNTRY
    return Clinic(
        name=section.read("name", read_name) or STAND_IN.name,
        phone=section.read("phone", partial(read_clinic_phone, country=country)) or STAND_IN.phone,
        time_zone=section.read("time_zone", read_zone) or STAND_IN.time_zone,
        country=country,
        languages=_languages(section),
        quiet_hours=_quiet_hours(section),
        resend_after=section.read("resend_after", parse_duration) or DEFAULT_RESEND_AFTER,
    )


def _languages(section: Section) -> tuple[str, ...]:
    """Return the clinic's languages; none where they are given and cannot be read."""
    given = section.given("languages")
    if given is None:
        return DEFAULT_LANGUAGES
    words = section.words("languages")
    languages: list[str] = []
    for word in words:
        language = read_word(word, read_language, section.findings)
        if language in languages:
            message = f"“{language}” is listed twice."
            section.findings.error(word.start, "duplicate-language", message, "Delete one of the two.")
        elif language is not None:
            languages.append(language)
    if isinstance(given, Seq) and not given.items:
        section.wrong_type("languages", "a list of languages", "Write it as “languages: [en, es]”.")
    return tuple(languages) if len(languages) == len(words) else ()


def _quiet_hours(section: Section) -> QuietHours:
    quiet = section.section("quiet_hours", "“quiet_hours”", QUIET_KEYS)
    if quiet is None:
        return DEFAULT_QUIET
    return QuietHours(
        every_day=quiet.read("every_day", parse_daily_hours) or DEFAULT_QUIET.every_day,
        procedure_day=quiet.read("procedure_day", parse_daily_hours) or DEFAULT_QUIET.procedure_day,
    )
