"""How texts should be written: every rule of section 4 at the very word, and good texts left in peace."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.core.model import Placeholder, Template
from notifier.core.style import Remark, as_written, review_text
from notifier.core.style_words import EASY_LONG_WORDS, RELATIVE_TIMES
from notifier.core.wording import PERSONAL, fill_in, parse_template, placeholders
from tests.core.clinics import a_patient, denver

CLINIC = denver()
INSTANT = datetime(2026, 12, 30, 19, 30, tzinfo=UTC)
TITLE = "Minimally invasive lumbar decompression"
OPENING = "{clinic} ({phone}): {name}, "


def review(text: str, language: str = "en", *, title: str = TITLE, is_stop_line: bool = False) -> list[Remark]:
    return review_template(parse_template(text), language, title=title, is_stop_line=is_stop_line)


def review_template(
    template: Template, language: str, *, title: str = TITLE, is_stop_line: bool = False
) -> list[Remark]:
    """Review a text as it would be filled in for Rosalinda."""
    instants = {one.name: INSTANT for one in placeholders(template) if one.name not in PERSONAL}
    sample = fill_in(template, language, instants, a_patient(name="Rosalinda"), CLINIC).body
    return review_text(template, language, CLINIC, sample, title=title, is_stop_line=is_stop_line)


def told(text: str, language: str = "en", *, title: str = TITLE) -> list[tuple[str, str]]:
    """Return each remark's code, and what stands in the text from its spot on."""
    return [(remark.code, text[remark.offset :]) for remark in review(text, language, title=title)]


def named(marked: str, language: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return what is told of a text whose bad spot is marked by `>`, and that spot; the code comes first."""
    code, _, rest = marked.partition(": ")
    before, _, after = rest.partition(">")
    return told(OPENING + before + after, language), [(code, after)]


@pytest.mark.parametrize(
    "text",
    [
        "finish your last meal by {last-meal}. Drink only clear liquids until {last-liquids}.",
        "please arrive by {arrival}. Someone must drive you home.",
        "take a shower on the morning of {procedure:date}, before you leave home.",
        "on {procedure:date} and the next morning, wash with Hibiclens soap.",
        "full results can take 4 to 6 weeks.",
        "you should feel better in 4 to 6 weeks from {procedure:date}.",
        "use ice for 20 minutes at a time, and no more than 3 times in 24 hours.",
        "eat nothing for 8 hours before {procedure}.",
        "walk once in 2 hours on {procedure:date}.",
        "pause your blood thinner from {thinner-stops} on, as your doctor ordered.",
        "keep the cut clean and dry until {dry-ends}. A mild soap is fine.",
        "your limits end on {lifting-ends}. You may start to lift again.",
        "we canceled {procedure}. Please call us for a new time.",
        "when the texts end, call us. We won't stop caring.",
        "reply to this text any time, or call us.",
        "yes, a shower is fine from {dry-ends} on.",
        "quit smoking if you can. We can help you start.",
        "you may begin physical therapy from {therapy-starts:date} on.",
        "ask about supplements, vitamins and medicines that you take.",
        "bring your insurance card and your medication list to the appointment.",
        "call 911 in an emergency. Please call us with any questions.",
        "clear liquids are water, apple juice, broth and electrolyte drinks.",
        "is your temperature over 101? Call us immediately.",
        "park behind the Refrigeration Building on Colorado Boulevard.",
        "read more at https://anchor.example/today/lumbar or anchorhealthcare.com/rehabilitation.",
        "write to nursing.administration@anchor.example if you like.",
        "wear comfortable clothing, and leave everything of value at home.",
        "the last week of your brace ends on {brace-ends:date}.",
        "put {{nothing}} on the cut, and sleep on your back.",
        "rest on Saturday and Sunday; walk a little every day.",
    ],
)
def test_a_good_english_text_is_left_in_peace(text: str) -> None:
    assert told(OPENING + text) == []


@pytest.mark.parametrize(
    "text",
    [
        "deje de comer el {last-meal}; luego solo bebidas claras hasta el {last-liquids}",
        "llegue el {arrival}; use ropa suelta y pida que alguien le lleve a casa.",
        "por la mañana del {procedure:date}, use Hibiclens al bañarse.",
        "llegue a las 6 de la mañana el {procedure:date}.",
        "la mañana del {procedure:date} no coma nada.",
        "lave la herida mañana y noche hasta el {dry-ends}",
        "coma mañana, tarde y noche desde el {diet-starts}",
        "camine cada mañana; descanse a media mañana.",
        "al día siguiente puede caminar.",
        "el resultado total puede tardar 4 a 6 semanas.",
        "se va a sentir mejor en 4 a 6 semanas desde el {procedure:date}.",
        "use hielo 20 minutos, no más de 3 veces en 24 horas.",
        "no coma nada 8 horas antes de {procedure}",
        "por orden de su doctor, no tome su anticoagulante desde el {thinner-stops}",
        "responda si tiene dudas, o llame.",
        "si algo le duele, pare y llame; no empiece de nuevo.",
        "su procedimiento del {procedure} fue cancelado.",
        "la herida debe estar limpia; un jabón suave está bien.",
        "puede agacharse, girar y cargar desde el {lifting-ends}",
        "ya puede empezar la fisioterapia.",
        "pregunte por sus medicinas, vitaminas y suplementos.",
        "traiga su tarjeta de seguro y la lista de sus medicinas.",
        "llame al 911 en una emergencia. Su cita es importante.",
        "tome agua, jugo de manzana o caldo.",
        "guarde el jabón dentro de la bolsa.",
        "buenas noches; que descanse esa noche.",
        "venga en ayunas el {procedure:date}",
        "¿Dudas? Llame antes de venir.",
        "escriba a hoy@anchor.example si quiere.",
        "la próxima cita es con su doctor.",
    ],
)
def test_a_good_spanish_text_is_left_in_peace(text: str) -> None:
    assert told(OPENING + text, "es") == []


@pytest.mark.parametrize(
    "marked",
    [
        "relative-day: eat nothing after 10 >tonight.",
        "relative-day: >Today is the day.",
        "relative-day: your procedure is >tomorrow at 7.",
        "relative-day: please wash the >day after tomorrow.",
        "relative-day: as we told you >yesterday, drink water.",
        "relative-day: please wash >this evening.",
        "relative-day: we'll call >this Friday.",
        "relative-day: see you >next week.",
        "relative-day: see you >next Monday.",
        "relative-day: we called >last night.",
        "relative-day: stop drinking >in 8 hours.",
        "relative-day: you may eat >in about two hours.",
        "relative-day: come >in 8 to 12 hours.",
        "relative-day: come back >in a couple of days.",
        "relative-day: you may eat >in an hour.",
        "relative-day: arrive >in 2 hours from now.",
        "relative-day: do not drive for >the next 24 hours.",
        "relative-day: arrive >2 hours from now.",
        "relative-day: you left >3 days ago.",
        "medical-name: your >MILD is on {procedure}.",
        "medical-name: your >lumbar spinal stenosis is treated on {procedure}.",
        "medical-name: your >spine surgery is on {procedure}.",
        "medical-name: after the >laminectomy, rest.",
        "medical-name: get ready for your >Colonoscopy.",
        "medical-name: your knee >arthroplasty went well.",
        "medical-name: if you have >diabetes, call us.",
        "medical-name: your >arthritis may hurt.",
        "medical-name: pause your >Coumadin from {thinner-stops} on.",
        "medical-name: take no >ASPIRIN.",
        "medical-name: take no >ibuprofen or similar pills.",
        "medical-name: skip >Ozempic on {procedure:date}.",
        "medical-name: >minimally invasive LUMBAR decompression is soon.",
        "carrier-word: reply >YES if you come.",
        "carrier-word: reply with the word >yes if you come.",
        "carrier-word: to move it, text >CANCEL.",
        "carrier-word: text back >stop to skip it.",
        'carrier-word: answer ">yes" to this.',
        "carrier-word: say '>Quit' to the nurse.",
        "carrier-word: >STOP eating at {last-meal}.",
        "carrier-word: >START to drink water on {procedure:date}.",
        "hard-words: >NPO after {last-meal}.",
        "hard-words: stay >nil per os until then.",
        "hard-words: walk >prior to {procedure}.",
        "hard-words: >utilize a brace.",
        "hard-words: >ambulate daily.",
        "hard-words: >discontinue it from {thinner-stops} on.",
        "hard-words: a >contraindicated drink.",
        "hard-words: follow the >incision care regimen.",
        "hard-words: plan your >rehabilitation.",
        "hard-words: avoid >unsupervised walks.",
    ],
)
def test_a_bad_english_word_is_told_at_its_spot_and_once(marked: str) -> None:
    found, expected = named(marked, "en")
    assert found == expected


@pytest.mark.parametrize(
    "marked",
    [
        "relative-day: no coma desde >esta noche.",
        "relative-day: >Hoy es el día.",
        "relative-day: su procedimiento es >mañana a las 7.",
        "relative-day: >Mañana por la mañana, use Hibiclens.",
        "relative-day: venga >pasado mañana.",
        "relative-day: como le dijimos >ayer, tome agua.",
        "relative-day: le llamamos >anoche.",
        "relative-day: le llamamos >esta tarde.",
        "relative-day: le llamamos >este viernes.",
        "relative-day: venga la >próxima semana.",
        "relative-day: venga el >lunes que viene.",
        "relative-day: deje de beber >en 8 horas.",
        "relative-day: puede comer >en unas pocas horas.",
        "relative-day: puede comer >dentro de dos días.",
        "relative-day: no maneje en >las próximas 24 horas.",
        "relative-day: salió >hace 3 días.",
        "medical-name: su >MILD es el {procedure}",
        "medical-name: su >estenosis lumbar se trata el {procedure}",
        "medical-name: su >cirugía de columna es el {procedure}",
        "medical-name: para su >colonoscopía, tome agua.",
        "medical-name: su >artroplastia salió bien.",
        "medical-name: si tiene >cáncer, llame.",
        "medical-name: deje su >warfarina desde el {thinner-stops}",
        "medical-name: no tome >aspirina.",
        "medical-name: no use >Insulina sin llamar.",
        "carrier-word: responda >YES si viene.",
        "carrier-word: conteste con la palabra >stop.",
        "carrier-word: diga '>cancel' si no viene.",
        "hard-words: >NPO desde el {last-meal}",
        "hard-words: no debe >ingerir nada.",
        "hard-words: puede >deambular en casa.",
        "hard-words: coma bien >previo a su cita.",
    ],
)
def test_a_bad_spanish_word_is_told_at_its_spot_and_once(marked: str) -> None:
    found, expected = named(marked, "es")
    assert found == expected


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        (
            OPENING + "see you next\nweek.",
            Remark(
                "relative-day",
                "“next week” is wrong for a patient who reads this text late.",
                "Name the day by a placeholder, such as “{procedure}” or “{procedure:date}”.",
                36,
            ),
        ),
        (
            OPENING + "your biopsy",
            Remark(
                "medical-name",
                "“biopsy” tells whoever sees the phone what the patient has, takes or is treated for.",
                "Write “your procedure” or “your medicine”: the patient knows which.",
                33,
            ),
        ),
        (
            OPENING + TITLE,
            Remark(
                "medical-name",
                f"“{TITLE}” is the protocol's title, which is for the staff.",
                "Write “your procedure”: the patient knows which.",
                28,
            ),
        ),
        (
            OPENING + "YES",
            Remark(
                "carrier-word",
                "“YES” as a reply makes the phone companies stop or restart a patient's texts.",
                "Ask for a call to “{phone}” instead; only the stop-line names such a word.",
                28,
            ),
        ),
        (
            OPENING + "rest Prior To it",
            Remark(
                "hard-words",
                "“Prior To” is a word of the trade.",
                "Write “before”, or say it another way.",
                33,
            ),
        ),
        (
            OPENING + "a perfunctory walk",
            Remark(
                "hard-words",
                "“perfunctory” is a long word.",
                "Write a shorter word, one that a sixth-grader knows.",
                30,
            ),
        ),
        (
            "{clinic}, {name}",
            Remark("missing-phone", "This text does not give the clinic's phone number.", "Write “{phone}” in it.", 0),
        ),
    ],
)
def test_a_remark_quotes_the_word_and_says_what_to_write(text: str, remark: Remark) -> None:
    assert review(text) == [remark]


@pytest.mark.parametrize(
    ("sign", "name"),
    [
        ("\u200b", "zero width space"),
        ("\u00ad", "soft hyphen"),
        ("\u202e", "right-to-left override"),
        ("\u2066", "left-to-right isolate"),
    ],
)
def test_a_character_that_nobody_sees_is_told_where_it_stands(sign: str, name: str) -> None:
    remark = next(one for one in review(f"{OPENING}rest {sign}well.") if one.code == "unseen-character")
    assert remark.message == f"A character that nobody sees stands in this text ({name})."
    assert remark.offset == len(f"{OPENING}rest ")


def test_a_joiner_that_a_language_needs_is_left_in_peace() -> None:
    assert "unseen-character" not in [one.code for one in review(f"{OPENING}می‌خواهم", "fa")]


# Who writes, whom to call, who is meant.


def test_a_text_without_clinic_phone_and_name_is_told_three_times() -> None:
    assert told("Rest.") == [("missing-clinic", "Rest."), ("missing-phone", "Rest."), ("missing-name", "Rest.")]


def test_the_clinics_name_and_phone_may_be_written_out() -> None:
    assert told("Anchor Healthcare, +1 303 555 0100: {name}, rest.") == []


def test_a_clinics_own_name_is_not_judged() -> None:
    assert told(OPENING + "your Anchor Healthcare team, that is Anchor Healthcare, will call.") == []


def test_a_stop_line_names_nobody_and_may_ask_for_stop() -> None:
    assert review("Reply STOP to end texts, HELP for help.", is_stop_line=True) == []
    assert review("Responda STOP para salir, HELP para ayuda.", "es", is_stop_line=True) == []


def test_a_stop_line_is_held_to_the_other_rules() -> None:
    assert [remark.code for remark in review("Reply STOP tonight.", is_stop_line=True)] == ["relative-day"]


# The protocol's title.


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("", "your procedure is on {procedure}."),
        ("Procedure", "Procedure on {procedure}."),
        ("Mild", "use a mild soap."),
        ("A+ (new)", "the A+ is not new."),
    ],
)
def test_a_title_that_says_nothing_may_stand_in_a_text(title: str, text: str) -> None:
    assert told(OPENING + text, title=title) == []


@pytest.mark.parametrize(
    ("title", "text", "told_at"),
    [
        ("Botox", "Botox is on {procedure}.", "Botox is on {procedure}."),
        ("New knee", "the nEW KNEE is ready.", "nEW KNEE is ready."),
    ],
)
def test_a_telling_title_may_not_stand_in_a_text(title: str, text: str, told_at: str) -> None:
    assert told(OPENING + text, title=title) == [("medical-name", told_at)]


# Sentences.

TWENTY = "keep the cut clean and dry and use ice and rest on your back until the nurse calls you"


def test_a_sentence_of_twenty_words_is_fine() -> None:
    assert len(TWENTY.split()) == 19
    assert told("{clinic}. {phone}. {name}, " + TWENTY + ". Rest.") == []


def test_a_sentence_of_more_words_is_told_where_it_begins() -> None:
    (remark,) = review("{clinic}. {phone}. {name}, " + TWENTY + " back. Rest.")
    assert remark == Remark(
        "hard-words",
        "The sentence “{name}, keep the cut …” has 21 words; 20 are the most.",
        "Make two sentences of it.",
        19,
    )


@pytest.mark.parametrize("end", [". ", "! ", "? ", "; ", "\n", '." ', ".) "])
def test_a_sentence_ends_at_its_sign(end: str) -> None:
    assert told("{clinic} {phone} {name}" + end + TWENTY) == []


# Segments.


def filled_up(letters: int, start: str = OPENING) -> str:
    """Return a text that takes so many letters for Rosalinda."""
    sample = review_length(start)
    return start + ("ok. " * 60)[: letters - sample]


def review_length(text: str) -> int:
    return len(fill_in(parse_template(text), "en", {}, a_patient(name="Rosalinda"), CLINIC).body)


def test_a_text_of_160_letters_is_one_segment() -> None:
    assert told(filled_up(158)) == []
    assert [code for code, _ in told(filled_up(160))] == ["near-border"]


@pytest.mark.parametrize("letters", [159, 160])
def test_a_text_that_the_next_longer_name_makes_longer_is_told(letters: int) -> None:
    assert review(filled_up(letters)) == [
        Remark(
            "near-border",
            "A name that is only 2 letters longer than “Rosalinda” makes this text take 2 segments.",
            "Shorten the text by 2 letters or more.",
            0,
        )
    ]


def test_a_text_without_a_name_is_as_long_for_everybody() -> None:
    assert "near-border" not in [code for code, _ in told(filled_up(160).replace("{name}", "Rosalinda"))]


def test_a_text_in_the_other_languages_slot_is_told() -> None:
    assert review(OPENING + "eat and sleep well before the procedure, and call if you are not sure.", "es") == [
        Remark("other-language", "This text seems to be in “en”, and stands under “es”.", "Write it in “es”.", 0)
    ]
    assert review(OPENING + "coma y duerma bien para el día de su cita, y llame si tiene dudas.") == [
        Remark("other-language", "This text seems to be in “es”, and stands under “en”.", "Write it in “en”.", 0)
    ]


def test_a_few_words_of_another_language_are_no_text_in_it() -> None:
    assert told(OPENING + 'vea "What to eat" para el plan de su dieta.', "es") == []
    assert told(OPENING + "the and you your to of for", "fr") == []


def test_a_text_of_161_letters_is_told_by_how_much_it_is_too_long() -> None:
    assert review(filled_up(161)) == [
        Remark(
            "two-segments",
            "This text takes 2 segments where one could do.",
            "Shorten it from 161 letters to 160.",
            0,
        )
    ]


def test_curly_signs_are_named_with_what_to_type_instead() -> None:
    text = filled_up(100, OPENING + "don\u2019t rush… \u00a0🙂 ")
    (remark,) = review(text)
    assert remark == Remark(
        "two-segments",
        "“\u2019…\u00a0🙂” makes this text take 2 segments.",
        (
            "Write “'” for “\u2019” (right single quotation mark), write “...” for “…” (horizontal ellipsis), "
            "write “ ” for “\u00a0” (no-break space), leave out “🙂” (slightly smiling face)."
        ),
        text.index("\u2019"),
    )


def test_a_curly_sign_in_a_long_text_is_not_all() -> None:
    (remark,) = review(filled_up(170, OPENING + "don\u2019t rush. "))
    assert remark.hint == "Write “'” for “\u2019” (right single quotation mark), shorten it from 170 letters to 160."


def test_a_curly_sign_in_a_short_text_costs_nothing() -> None:
    assert told("{clinic} {phone} {name} \u2019") == []


@pytest.mark.parametrize("letter", ["á", "a\u0301", "李", "ª"])
def test_letters_that_a_language_needs_are_no_reason(letter: str) -> None:
    assert told(filled_up(130, OPENING + letter + "\u2019 "), "es") == []


# Languages, words, and everything else.


def test_a_third_language_is_judged_by_what_holds_in_all() -> None:
    text = OPENING + "MILD tonight hoy NPO rehabilitation, réponds YES"
    assert [code for code, _ in told(text, "fr")] == ["medical-name", "carrier-word"]


def test_easy_long_words_are_long_and_left_in_peace() -> None:
    for word in EASY_LONG_WORDS:
        assert told(f"{OPENING}{word}") == []


def test_a_placeholders_name_is_no_word_of_the_text() -> None:
    assert told(OPENING + "{tonight} {STOP:time} {spinal-stenosis:date}") == []


@pytest.mark.parametrize("text", ["", "{{a}} {b} {c:date}", "}}{{", "a{clinic}b"])
def test_a_text_is_written_as_it_was_read(text: str) -> None:
    assert as_written(parse_template(text)) == text


WORDS = [
    "tonight",
    "STOP",
    "next",
    "week",
    "reply",
    "in",
    "8",
    "hours",
    "\u2019",
    "npo",
    "MILD",
    "www.",
    "\u017ftop",
    "İ",
    "\n",
    "“",
]
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,9}", fullmatch=True)
PARTS = st.one_of(
    st.text(min_size=1),
    st.lists(st.sampled_from(WORDS), min_size=1).map(" ".join),
    st.sampled_from(sorted(PERSONAL)).map(Placeholder),
    st.builds(Placeholder, NAMES.filter(lambda name: name not in PERSONAL), st.sampled_from([None, "time", "date"])),
)


@pytest.mark.untraced
@given(
    template=st.lists(PARTS).map(tuple),
    language=st.sampled_from([*RELATIVE_TIMES, "zh_Hans"]),
    title=st.text(max_size=20).map(str.strip),
    is_stop_line=st.booleans(),
)
@example(template=("n\u017faid \u017ftart K İn 8 hour\u017f",), language="en", title="\u017f", is_stop_line=False)
def test_any_text_can_be_reviewed(
    template: tuple[str | Placeholder, ...], language: str, title: str, *, is_stop_line: bool
) -> None:
    written = as_written(template)
    for remark in review_template(template, language, title=title, is_stop_line=is_stop_line):
        assert 0 <= remark.offset <= len(written)
        assert remark.message.endswith(".")
        assert remark.hint.endswith(".")
