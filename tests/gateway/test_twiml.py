"""Answers to patients, in Twilio's markup."""

from xml.etree import ElementTree as ET

import pytest

from notifier.gateway.twiml import twiml


def test_no_answer_is_an_empty_response() -> None:
    assert twiml(None) == '<?xml version="1.0" encoding="UTF-8"?><Response />'


@pytest.mark.parametrize("text", ["Call 911 & us: <+1 303 555 0100>", "¿Sí? 李 🩺", "two\nlines", ""])
def test_an_answer_is_one_message_with_the_very_words(text: str) -> None:
    response = ET.fromstring(twiml(text))  # noqa: S314 - it is our own
    assert response.tag == "Response"
    assert [(element.tag, element.text or "") for element in response] == [("Message", text)]
