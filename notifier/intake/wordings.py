"""The texts of a protocol in each language: their placeholders, translations and lengths."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from notifier.core.expressions import ARRIVAL, PROCEDURE
from notifier.core.model import Clinic, Patient, PatientStatus, Template
from notifier.core.problems import Problem
from notifier.core.segments import Encoding, measure, outside_gsm7
from notifier.core.style import SAMPLE_NAME, Remark, as_written, review_text
from notifier.core.wording import PERSONAL, fill_in, parse_template, placeholders
from notifier.intake.nearest import did_you_mean
from notifier.intake.section import Section, read_word
from notifier.intake.source import Findings, Source
from notifier.intake.values import read_language
from notifier.intake.yaml_tree import Scalar, place_in

MOST_SEGMENTS = 3
_UNITS = {Encoding.GSM_7: 459, Encoding.UCS_2: 201}  # of three segments
_SAMPLE_INSTANT = datetime(2026, 12, 30, 19, 30, tzinfo=UTC)  # as long as dates and times get


@dataclass(frozen=True, slots=True)
class Wording:
    """One text as a file gives it: in one language, or in several."""

    path: tuple[str, ...]  # ("text", protocol, step), ("notice", protocol, name) or ("stop-line", protocol)
    title: str  # names it at the head of a sentence
    start: int
    templates: Mapping[str, Template]  # by language; only those that can be read
    written: Mapping[str, Scalar]  # by language; all of them


@dataclass(frozen=True, slots=True)
class Printable:
    """What a text may print."""

    names: AbstractSet[str]  # every instant
    unsure: AbstractSet[str]  # those that do not exist for every patient


def read_wording(section: Section, path: tuple[str, ...], printable: Printable, *, may_skip: bool) -> Wording:
    """Return a text in all its languages, and note what is wrong in each.

    Only a text that `may_skip` a patient can print a moment that hangs on an order that is `none`.
    """
    findings = section.findings
    written: dict[str, Scalar] = {}
    templates: dict[str, Template] = {}
    for key in section.keys.values():
        language = read_word(key, read_language, findings)
        word = section.word(key.text)
        if section.given(key.text) is None:
            message = f"{section.title} is empty in “{key.text}”."
            findings.error(section.place_of(key.text), "empty-text", message, "Write the text, in double quotes.")
        if language is None:
            continue
        written[language] = word or key
        if word is None:
            continue
        _warn_of_comment(word, findings)
        template = read_word(word, parse_template, findings)
        if template is not None and _check_names(template, word, printable, findings, may_skip=may_skip):
            templates[language] = template
    return Wording(path, section.title, section.start, templates, written)


def _warn_of_comment(word: Scalar, findings: Findings) -> None:
    rest = findings.source.text[word.end :].partition("\n")[0]
    if word.is_plain and rest.lstrip().startswith("#"):
        hint = "Put the whole text in double quotes if it should go on after the “#”."
        at = findings.source.text.index("#", word.end)
        findings.warning(at, "comment-in-text", "From “#” on this is a remark, and not part of the text.", hint)


def _check_names(template: Template, word: Scalar, printable: Printable, findings: Findings, *, may_skip: bool) -> bool:
    """Say whether a text prints only what there is, for every patient that gets it."""
    found = len(findings.problems)
    seen = 0
    for placeholder in placeholders(template):
        written = as_written((placeholder,))
        offset = word.text.index(written, seen)
        seen = offset + len(written)
        at = place_in(word, offset, findings.source)
        name = placeholder.name
        if name not in PERSONAL | printable.names:
            hint = did_you_mean(name, sorted(PERSONAL | printable.names))
            findings.error(at, "unknown-placeholder", f"There is nothing called “{written}”.", hint)
        elif name in printable.unsure and not may_skip:
            message = (
                f"“{written}” does not exist for a patient whose order is “none”, but every patient gets this text."
            )
            findings.error(at, "unsure-placeholder", message, "Leave it out here; “{procedure}” always exists.")
    return len(findings.problems) == found


def check_wording(wording: Wording, clinic: Clinic, source: Source, title: str = "") -> tuple[Problem, ...]:
    """Return what is wrong with a text at this clinic: languages that it lacks, its length, its style.

    `title`: the protocol's, which no patient should read.
    """
    findings = Findings(source)
    for language in clinic.languages:
        if language not in wording.written:
            _lacking(wording, language, clinic, findings)
    for language, word in wording.written.items():
        if clinic.languages and language not in clinic.languages:
            message = f"The clinic does not list the language “{language}”, so nobody gets this text."
            hint = "Add the language to “languages” in clinic.yaml, or delete this text."
            findings.warning(word.start, "unused-language", message, hint)
    for language, template in wording.templates.items():
        sample = _fill_in_samples(template, language, clinic)
        word = wording.written[language]
        if measure(sample).segments > MOST_SEGMENTS:
            _too_long(sample, word, findings)
            continue  # it will have to be written anew
        is_stop_line = wording.path[0] == "stop-line"
        for remark in _remarks(template, language, clinic, sample, title=title, is_stop_line=is_stop_line):
            findings.warning(place_in(word, remark.offset, source), remark.code, remark.message, remark.hint)
    return tuple(findings.problems)


@lru_cache(maxsize=1024)  # after an edit all texts of a file but one are as they were
def _remarks(
    template: Template, language: str, clinic: Clinic, sample: str, *, title: str, is_stop_line: bool
) -> tuple[Remark, ...]:
    return tuple(review_text(template, language, clinic, sample, title=title, is_stop_line=is_stop_line))


def _lacking(wording: Wording, language: str, clinic: Clinic, findings: Findings) -> None:
    message = f"{wording.title} is not given in “{language}”."
    if language == clinic.languages[0]:
        hint = f"Write it as “{language}: …”: the clinic's first language is what others fall back to."
        findings.error(wording.start, "missing-translation", message, hint)
    else:
        hint = f"Until it is, those patients get it in “{clinic.languages[0]}”."
        findings.warning(wording.start, "missing-translation", message, hint)


def _too_long(sample: str, word: Scalar, findings: Findings) -> None:
    size = measure(sample)
    message = f"This text costs {size.segments} segments; {MOST_SEGMENTS} are the most."
    hint = f"Shorten it by about {size.units - _UNITS[size.encoding]} characters."
    if size.encoding is Encoding.UCS_2:
        hint += f" Characters such as “{outside_gsm7(sample)[0]}” make every text cost more than twice as much."
    findings.error(word.start, "too-long", message, hint)


def _fill_in_samples(template: Template, language: str, clinic: Clinic) -> str:
    """Fill in a text with sample names and times, without a stop-line."""
    instants = {placeholder.name: _SAMPLE_INSTANT for placeholder in placeholders(template)}
    return fill_in(template, language, instants, _sample_patient(clinic, language), clinic).body


def _sample_patient(clinic: Clinic, language: str) -> Patient:
    return Patient(
        id="",
        name=SAMPLE_NAME,
        phone="",
        language=language,
        time_zone=clinic.time_zone,
        consent=date(2026, 1, 1),
        protocol="",
        procedure=_SAMPLE_INSTANT,
        arrival=_SAMPLE_INSTANT,
        status=PatientStatus.BOOKED,
        orders={},
        skip=frozenset(),
    )


ALWAYS_PRINTABLE = frozenset({PROCEDURE, ARRIVAL})
