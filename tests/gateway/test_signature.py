"""Twilio's signature: by its documented example, by an independent reckoning, and what breaks it."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from notifier.gateway.signature import SignatureCheck
from tests.fakes import twilio_signature

TOKEN = "12345"
PUBLIC = "https://texts.example.org"
TARGET = "/twilio/status?key=P-1042%2Flast-meal%2F1&attempt=1"
FORM = [("MessageSid", "SM1"), ("MessageStatus", "sent"), ("To", "+17205550134")]


def signed(url: str, form: Iterable[tuple[str, str]], token: str = TOKEN) -> str:
    return twilio_signature.signed(url, form, token)


def holds(
    signature: str | None,
    *,
    public: str = PUBLIC,
    target: str = TARGET,
    form: Iterable[tuple[str, str]] = FORM,
) -> bool:
    return SignatureCheck(TOKEN, public).holds(target, MultiDict(form), signature)


def test_the_example_in_twilios_documentation_holds() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert holds(signature, public="https://mycompany.com", target="/myapp.php?foo=1&bar=2", form=form.items())


@pytest.mark.parametrize(
    "form",
    [
        FORM,
        [],
        [*FORM, ("FromZip", "")],
        [*FORM, ("Body", "  two  spaces \n")],
        [("MediaUrl", "b"), ("MediaUrl", "a"), ("Body", "¿Mañana? 李 🩺")],
        [("a", "1"), ("a", "1")],
    ],
    ids=["usual", "empty", "blank value", "white space", "repeated", "repeated alike"],
)
def test_every_kind_of_form_can_be_signed(form: list[tuple[str, str]]) -> None:
    assert holds(signed(PUBLIC + TARGET, form), form=form)


@pytest.mark.parametrize(
    ("public", "called"),
    [
        ("https://texts.example.org", "https://texts.example.org"),
        ("https://texts.example.org", "https://texts.example.org:443"),
        ("https://texts.example.org:443", "https://texts.example.org"),
        ("https://texts.example.org:8443", "https://texts.example.org:8443"),
        ("https://texts.example.org:8443", "https://texts.example.org"),
        ("https://texts.example.org/", "https://texts.example.org"),
        ("https://clinic.example.org/notifier", "https://clinic.example.org/notifier"),
        ("http://[2001:db8::1]:8026", "http://[2001:db8::1]:8026"),
        ("http://[2001:db8::1]", "http://[2001:db8::1]:80"),
    ],
)
def test_the_address_is_the_public_one_with_or_without_its_port(public: str, called: str) -> None:
    assert holds(signed(called + TARGET, FORM), public=public)


@pytest.mark.parametrize(
    "called",
    [
        PUBLIC.replace("https", "http") + TARGET,
        "https://127.0.0.1:8026" + TARGET,
        PUBLIC + "/twilio/inbound",
        PUBLIC + TARGET + "#rc=5&rp=all",
        PUBLIC + TARGET.replace("%2F", "/"),
        PUBLIC + TARGET.partition("?")[0],
    ],
    ids=["scheme", "host", "path", "fragment", "decoded", "no query"],
)
def test_a_signature_of_another_address_does_not_hold(called: str) -> None:
    assert not holds(signed(called, FORM))


@pytest.mark.parametrize(
    "form",
    [FORM[1:], [*FORM, ("more", "")], [("MessageSid", "SM2"), *FORM[1:]], [*FORM, ("MessageSid", "SM2")]],
    ids=["less", "more", "other", "repeated"],
)
def test_a_signature_of_another_form_does_not_hold(form: list[tuple[str, str]]) -> None:
    assert not holds(signed(PUBLIC + TARGET, FORM), form=form)


@pytest.mark.parametrize("signature", [None, "", "x", signed(PUBLIC + TARGET, FORM, "54321"), "ñ", "\udcff"])
def test_what_is_no_signature_of_the_account_does_not_hold(signature: str | None) -> None:
    assert not holds(signature)


def test_an_address_that_is_no_text_is_refused_and_breaks_nothing() -> None:
    assert not holds("x", target="/twilio/status?key=\udcff")


@given(target=st.text(), form=st.lists(st.tuples(st.text(), st.text())), signature=st.text())
def test_nothing_holds_by_chance_or_breaks_the_check(target: str, form: list[tuple[str, str]], signature: str) -> None:
    assert not holds(signature, target=target, form=form)
