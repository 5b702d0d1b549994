"""How a text should be written: what section 4 of the contract asks of its wording, as warnings."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from notifier.core.model import Clinic, Placeholder, Template
from notifier.core.segments import Encoding, measure, outside_gsm7
from notifier.core.style_words import (
    CARRIER_WORDS,
    CLOSING_QUOTES,
    EASY_LONG_WORDS,
    MEDICAL_NAMES,
    OPENING_QUOTES,
    PLAIN_TITLES,
    PLAIN_WORDS,
    RELATIVE_TIMES,
    REPLY_FILLERS,
    REPLY_VERBS,
    SMALL_WORDS,
    TWINS,
)

MOST_WORDS = 20  # of a sentence; a placeholder counts as one
MOST_SYLLABLES = 3  # of an English word that is not known to be easy
LETTERS = 160  # of one GSM-7 segment
SAMPLE_NAME = "Rosalinda"  # as long as a usual name gets
ROOM = 2  # letters that a text should leave for a longer name
SURELY = 3  # small words of another language

_JOINERS = frozenset("\u200c\u200d")  # some languages' words need them
_HIDDEN = "\ufffc"  # stands for each character of what is no word of the text
_LINK = r"\S*(?:://|@|www\.)\S*|\S+\.(?:com|org|net|edu|gov|health|us|example)(?!\w)\S*"
_SENTENCE = re.compile(rf"\S.*?(?:[.!?;][{CLOSING_QUOTES})]*(?=\s|$)|$)", re.MULTILINE)
_WORD = re.compile(rf"\S*[\w{_HIDDEN}]\S*")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(
    r"(?<=[^aeiouy])e(?=(?:ly|ful|fully|less|ment|ments|ness|some|thing|times|where)$)"
    r"|(?<=[^aeiouyl])es?$|(?<=[aeiouy]l)es?$|(?<=[^aeiouytd])ed$",
)


@dataclass(frozen=True, slots=True)
class Remark:
    """What an admin should know of a text's wording; it never keeps the text from being sent."""

    code: str  # stable: for programs, and for `allow`
    message: str
    hint: str
    offset: int  # in the text as its file has it, braces and all; in characters from 0


def review_text(
    template: Template, language: str, clinic: Clinic, sample: str, *, title: str = "", is_stop_line: bool = False
) -> list[Remark]:
    """Return where a text breaks the wording rules of section 4, in reading order.

    `sample` is the text filled in for a usual patient; `title` is the protocol's, which no patient
    should read. A stop-line need not name anybody, and may ask for STOP.
    """
    written = as_written(template)
    words = _hide(written, clinic)
    remarks = [
        *_avoidable_segments(written, sample),
        *_unseen(written),
        *_long_sentences(written, words),
        *_other_language(words, language),
    ]
    if not is_stop_line:
        remarks += [*_missing(template, written, clinic), *_near_border(template, sample)]
    for rule in _rules(language, title, is_stop_line=is_stop_line):
        for found in rule.pattern.finditer(words):
            start, end = found.span(found.lastgroup or 0)
            if rule.is_broken_by(written[start:end]):
                quoted = " ".join(written[start:end].split())
                remarks.append(Remark(rule.code, rule.message.format(quoted), rule.hint(found), start))
                words = _hidden(words, start, end)  # told once, and not again by the rules that follow
    return sorted(remarks, key=lambda remark: remark.offset)


def as_written(template: Template) -> str:
    """Return a text as its file has it: what `parse_template` read, character by character."""
    parts = (
        _braces(part) if isinstance(part, Placeholder) else re.sub("[{}]", r"\g<0>\g<0>", part) for part in template
    )
    return "".join(parts)


def _braces(placeholder: Placeholder) -> str:
    return f"{{{placeholder.name}:{placeholder.part}}}" if placeholder.part else f"{{{placeholder.name}}}"


def _hide(written: str, clinic: Clinic) -> str:
    """Hide what is no word of the text: placeholders, links, and the clinic's name where it is written out."""
    text = written
    for found in re.finditer(rf"\{{\{{|\}}\}}|(?P<hide>\{{[^{{}}]*\}}|{re.escape(clinic.name)}|{_LINK})", written):
        if found["hide"]:
            text = _hidden(text, *found.span())
    return text


def _hidden(text: str, start: int, end: int) -> str:
    return text[:start] + _HIDDEN * (end - start) + text[end:]


def _missing(template: Template, written: str, clinic: Clinic) -> Iterator[Remark]:
    """Find out whether a text says who writes, whom to call and who is meant."""
    said = {
        "clinic": ("the clinic's name", clinic.name in written),
        "phone": ("the clinic's phone number", clinic.phone in written),
        "name": ("the patient's name", False),
    }
    for name, (what, is_written_out) in said.items():
        if Placeholder(name) not in template and not is_written_out:
            yield Remark(f"missing-{name}", f"This text does not give {what}.", f"Write “{{{name}}}” in it.", 0)


def _avoidable_segments(written: str, sample: str) -> Iterator[Remark]:
    """Find what makes a text cost more than one segment, if its language does not need it.

    Letters and accents outside GSM-7 are needed; signs such as curly quotes are not.
    """
    signs = [sign for sign in outside_gsm7(written) if unicodedata.category(sign)[0] not in "LM"]
    plain = measure(sample.translate({ord(sign): TWINS.get(sign, "") for sign in signs}))
    segments = measure(sample).segments
    if segments == 1 or plain.encoding is Encoding.UCS_2:
        return
    message = f"This text takes {segments} segments where one could do."
    hints = [_without(sign) for sign in signs]
    if signs:
        message = f"“{''.join(signs)}” makes this text take {segments} segments."
    if plain.units > LETTERS:
        hints.append(f"shorten it from {plain.units} letters to {LETTERS}")
    hint = ", ".join(hints)
    yield Remark("two-segments", message, f"{hint[0].upper()}{hint[1:]}.", written.index(signs[0]) if signs else 0)


def _unseen(written: str) -> Iterator[Remark]:
    """Find what copying from web pages brings along: it makes a text dearer, or turns the rest of it around."""
    for sign in sorted(set(written) - _JOINERS):
        if unicodedata.category(sign) == "Cf":
            message = f"A character that nobody sees stands in this text ({unicodedata.name(sign, 'format').lower()})."
            hint = "Delete it: put the cursor after it and press Backspace, or type the words around it anew."
            yield Remark("unseen-character", message, hint, written.index(sign))


def _near_border(template: Template, sample: str) -> Iterator[Remark]:
    """Find a text that the next longer name makes one segment longer."""
    segments = measure(sample).segments
    if Placeholder("name") in template and measure(sample + "." * ROOM).segments > segments:
        longer = f"{ROOM} letters longer than “{SAMPLE_NAME}”"
        message = f"A name that is only {longer} makes this text take {segments + 1} segments."
        yield Remark("near-border", message, f"Shorten the text by {ROOM} letters or more.", 0)


def _other_language(words: str, language: str) -> Iterator[Remark]:
    """Find a text that stands in another language's slot: the small words of a language are seldom another's."""
    found = Counter(word.casefold() for word in re.findall(r"[^\W\d_]+", words))
    score = {known: sum(found[word] for word in small) for known, small in SMALL_WORDS.items()}
    likeliest = max(score, key=lambda known: score[known])
    if language in score and score[likeliest] >= SURELY and score[likeliest] > 2 * score[language]:
        message = f"This text seems to be in “{likeliest}”, and stands under “{language}”."
        yield Remark("other-language", message, f"Write it in “{language}”.", 0)


def _without(sign: str) -> str:
    named = f"“{sign}” ({unicodedata.name(sign, 'a control character').lower()})"
    twin = TWINS.get(sign)
    return f"write “{twin}” for {named}" if twin else f"leave out {named}"


def _long_sentences(written: str, words: str) -> Iterator[Remark]:
    """Find sentences that are too long to be read at a glance."""
    for sentence in _SENTENCE.finditer(words):
        length = len(_WORD.findall(sentence[0]))
        if length > MOST_WORDS:
            start, end = sentence.span()
            opening = " ".join(written[start:end].split()[:4])
            message = f"The sentence “{opening} …” has {length} words; {MOST_WORDS} are the most."
            yield Remark("hard-words", message, "Make two sentences of it.", start)


@dataclass(frozen=True, slots=True)
class _Rule:
    """Words that should not be in a text; where the pattern has a named group, that is the word."""

    code: str
    pattern: re.Pattern[str]
    message: str  # {} is the word
    hint: Callable[[re.Match[str]], str]
    is_broken_by: Callable[[str], bool] = bool


@lru_cache(maxsize=64)
def _rules(language: str, title: str, *, is_stop_line: bool) -> tuple[_Rule, ...]:
    """Return what may not be in a text, the most telling first."""
    rules = [_medical_names()]
    if title and title.casefold() not in PLAIN_TITLES:
        rules.insert(0, _protocol_title(title))
    if not is_stop_line:
        rules.append(_carrier_words())
    if language in RELATIVE_TIMES:
        rules += [_relative_times(language), _jargon(language)]
    if language == "en":
        rules.append(_long_words())
    return tuple(rules)


def _protocol_title(title: str) -> _Rule:
    """A title of one word is looked for as it is written: “MILD” is a name, and “mild” is not."""
    words = " ".join(re.escape(word) for word in title.split())
    return _Rule(
        code="medical-name",
        pattern=_pattern(words if " " in words else f"(?-i:{words})"),
        message="“{}” is the protocol's title, which is for the staff.",
        hint=lambda _: "Write “your procedure”: the patient knows which.",
    )


def _medical_names() -> _Rule:
    return _Rule(
        code="medical-name",
        pattern=_pattern(rf"(?:{'|'.join(MEDICAL_NAMES)})(?: (?:{'|'.join(MEDICAL_NAMES)}))*"),
        message="“{}” tells whoever sees the phone what the patient has, takes or is treated for.",
        hint=lambda _: "Write “your procedure” or “your medicine”: the patient knows which.",
    )


def _carrier_words() -> _Rule:
    asked = rf"(?:{REPLY_VERBS})(?:[ :]+(?:{REPLY_FILLERS}))*[ :,{OPENING_QUOTES}]+(?P<asked>{CARRIER_WORDS})"
    quoted = rf"[{OPENING_QUOTES}](?P<quoted>{CARRIER_WORDS})(?=[.,!?]?[{CLOSING_QUOTES}])"
    capitals = rf"(?-i:(?P<capitals>{CARRIER_WORDS}))"
    return _Rule(
        code="carrier-word",
        pattern=_pattern(asked, quoted, capitals),
        message="“{}” as a reply makes the phone companies stop or restart a patient's texts.",
        hint=lambda _: "Ask for a call to “{phone}” instead; only the stop-line names such a word.",
    )


def _relative_times(language: str) -> _Rule:
    return _Rule(
        code="relative-day",
        pattern=_pattern(*RELATIVE_TIMES[language]),
        message="“{}” is wrong for a patient who reads this text late.",
        hint=lambda _: "Name the day by a placeholder, such as “{procedure}” or “{procedure:date}”.",
    )


def _jargon(language: str) -> _Rule:
    plain = list(PLAIN_WORDS[language].values())
    return _Rule(
        code="hard-words",
        pattern=_pattern(*(f"({word})" for word in PLAIN_WORDS[language])),
        message="“{}” is a word of the trade.",
        hint=lambda found: f"Write “{plain[(found.lastindex or 1) - 1]}”, or say it another way.",
    )


def _long_words() -> _Rule:
    """A capital may begin a name, and names are as long as they are."""
    return _Rule(
        code="hard-words",
        pattern=_pattern("(?-i:[a-z]+)"),
        message="“{}” is a long word.",
        hint=lambda _: "Write a shorter word, one that a sixth-grader knows.",
        is_broken_by=lambda word: word not in EASY_LONG_WORDS and _syllables(word) > MOST_SYLLABLES,
    )


def _syllables(word: str) -> int:
    """Return about how many syllables an English word has; of two vowels in a row it counts one."""
    return len(_VOWELS.findall(_SILENT.sub("", word)))


def _pattern(*alternatives: str) -> re.Pattern[str]:
    """Return what finds whole words; a blank in an alternative finds one white space of any kind."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)".replace(" ", r"\s"), re.IGNORECASE)
