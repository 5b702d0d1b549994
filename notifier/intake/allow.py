"""What an `allow` says: codes of warnings that are right where they stand, each with its reason."""

import re
from collections.abc import Iterator

from notifier.core.allowing import ALLOWABLE, Allow
from notifier.intake.nearest import did_you_mean
from notifier.intake.section import Section, is_blank
from notifier.intake.source import Findings, Source
from notifier.intake.yaml_tree import Map, Scalar

ALLOW = "allow"
Words = tuple[tuple[str, int], ...]  # codes, and the index of each in its source
_PART = re.compile(r"\s*(?P<code>[^\s:;]+)\s*(?::(?P<why>[^;]*))?(?:;|$)")


def read_allow(section: Section) -> Words:
    """Return the codes that a group of lines allows, and note those that nobody knows or explains.

    Written as `allow: { weekend: we operate on Saturdays }`, or as a list of codes with the reason in a remark
    on the same line.
    """
    value, findings = section.given(ALLOW), section.findings
    if isinstance(value, Map):
        words = [(key, isinstance(why, Scalar) and not is_blank(why)) for key, why in value.entries]
    else:
        words = [(word, _has_remark(word, findings.source)) for word in section.words(ALLOW)]
    return tuple(_checked(word.text.strip(), word.start, findings, has_reason=reason) for word, reason in words)


def _has_remark(word: Scalar, source: Source) -> bool:
    _, sign, remark = source.text[word.end :].partition("\n")[0].partition("#")
    return bool(sign and remark.strip())


def read_allow_cell(text: str, start: int, findings: Findings) -> Words:
    """Return the codes that a cell of a table allows, as `weekend: a Saturday list; shared-phone: his wife's`."""
    return tuple(
        _checked(part["code"], start + part.start("code"), findings, has_reason=bool((part["why"] or "").strip()))
        for part in _PART.finditer(text)
    )


def _checked(code: str, at: int, findings: Findings, *, has_reason: bool) -> tuple[str, int]:
    if code not in ALLOWABLE:
        findings.warning(at, "allow-unknown", f"There is no warning “{code}” to allow.", did_you_mean(code, _CODES))
    elif not has_reason:
        hint = f"Write why this is right, as “allow: {{ {code}: a reason }}”; in a table as “{code}: a reason”."
        findings.warning(at, "allow-reason", f"It does not say why “{code}” is allowed here.", hint)
    return code, at


_CODES = sorted(ALLOWABLE)


def placed(words: Words, source: Source, start: int, end: int) -> Iterator[Allow]:
    """Yield what is allowed in the lines of a source from the index `start` to `end`."""
    for code, at in words:
        if code in ALLOWABLE:
            lines = range(source.spot(start).line, source.spot(end).line + 1)
            yield Allow(code, source.spot(at), lines)


def allowed_in(section: Section, start: int | None = None) -> Iterator[Allow]:
    """Yield what a group of lines allows in itself, from the index `start` on if that is given."""
    if section.given(ALLOW) is not None:
        words = read_allow(section)
        yield from placed(words, section.findings.source, section.start if start is None else start, section.end)
