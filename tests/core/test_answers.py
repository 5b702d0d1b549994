"""What a reply is answered with: in the patient's language, with the clinic's name and phone, in one segment."""

from dataclasses import replace

import pytest

from notifier.core.answers import answer_text
from notifier.core.replies import ReplyKind
from notifier.core.segments import Encoding, measure
from tests.core.clinics import denver

CLINIC = denver()


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", ReplyKind)
def test_an_answer_is_one_plain_segment_with_the_clinics_name_and_phone(kind: ReplyKind, language: str) -> None:
    text = answer_text(kind, CLINIC, language)
    assert text.startswith("Anchor Healthcare: ")
    assert "+1 303 555 0100" in text
    size = measure(text)
    assert (size.encoding, size.segments) == (Encoding.GSM_7, 1)


@pytest.mark.parametrize("kind", [ReplyKind.HELP, ReplyKind.OTHER, ReplyKind.REFUSAL])
@pytest.mark.parametrize("language", ["en", "es"])
def test_whoever_may_need_help_is_told_of_911(kind: ReplyKind, language: str) -> None:
    assert "911" in answer_text(kind, CLINIC, language)


def test_the_words_as_a_phone_shows_them() -> None:
    assert answer_text(ReplyKind.STOP, CLINIC, "en") == (
        "Anchor Healthcare: You will get no more texts from us. Questions? Call +1 303 555 0100. "
        "To get our texts again, reply START."
    )
    assert answer_text(ReplyKind.OTHER, CLINIC, "es") == (
        "Anchor Healthcare: Gracias. El personal va a leer esto, tal vez no pronto. ¿Preguntas? "
        "Llame al +1 303 555 0100. ¿Emergencia? Llame al 911."
    )


def test_a_language_without_words_falls_back_to_the_clinics_first_and_then_to_english() -> None:
    spanish, french = replace(CLINIC, languages=("es", "fr")), replace(CLINIC, languages=("fr",))
    assert answer_text(ReplyKind.HELP, spanish, "fr") == answer_text(ReplyKind.HELP, CLINIC, "es")
    assert answer_text(ReplyKind.HELP, french, "fr") == answer_text(ReplyKind.HELP, CLINIC, "en")


def test_a_brace_in_the_clinics_name_stays_a_brace() -> None:
    text = answer_text(ReplyKind.HELP, replace(CLINIC, name="{phone} & Sons"), "en")
    assert text.startswith("{phone} & Sons: We text you")
