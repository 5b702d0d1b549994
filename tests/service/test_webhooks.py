"""The service and Twilio in conversation: receipts that are called in, replies, and doubt that is settled."""

import socket
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from notifier.gateway.faults import HangUp
from tests.fakes.provider import TOKEN, Provider, running_provider
from tests.fakes.twilio_signature import signed
from tests.service.rig import Service, until
from tests.service.test_health import ask

PHONE = "+17205550100"


@pytest.fixture
def hooked(service: Service) -> Service:
    """A service whose webhooks the stand-in can reach."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = "{}:{}".format(*probe.getsockname())
    service.settings |= {"HOOKS__LISTEN": address, "HOOKS__PUBLIC_URL": f"http://{address}"}
    return service


@pytest.fixture
def caller(hooked: Service) -> Iterator[Provider]:
    """A stand-in that calls what became of texts, and what patients write."""
    with running_provider() as provider:
        hooked.use(provider)
        yield provider


def inbound(service: Service) -> str:
    return f"{service.settings['HOOKS__PUBLIC_URL']}/twilio/inbound"


def test_a_text_that_arrived_is_known_within_seconds(hooked: Service, caller: Provider) -> None:
    hooked.have_due("P-1")
    hooked.start_ready()
    until(lambda: hooked.states == {"P-1/reminder/1": "delivered"}, "the receipt")
    hooked.stop()
    assert len(caller.messages) == 1


def test_a_text_whose_answer_was_lost_is_settled_by_its_receipt_and_not_sent_again(
    hooked: Service, caller: Provider
) -> None:
    caller.misbehave(HangUp(taken=True))
    hooked.have_due("P-1")
    hooked.start_ready()
    until(lambda: hooked.states == {"P-1/reminder/1": "delivered"}, "the receipt")
    hooked.stop()
    assert len(caller.messages) == 1


NOT_TAKEN = "doubt settled: the provider did not take it, it goes again"


def lose_on_its_way(service: Service, provider: Provider, settle_after: int) -> None:
    """Have a due text lost before the provider has taken it."""
    provider.misbehave(HangUp(taken=False))
    service.settings |= {"TWILIO__TIMEOUT": 1, "DISPATCH__SETTLE_AFTER": settle_after}
    service.have_due("P-1")
    service.start_ready()


def test_a_text_that_was_lost_on_its_way_is_looked_for_and_goes_again(service: Service, provider: Provider) -> None:
    lose_on_its_way(service, provider, settle_after=2)
    service.wait_for(NOT_TAKEN)
    service.wait_for("accepted")
    service.stop()
    assert len(provider.messages) == 1


def test_a_text_that_was_called_off_while_in_doubt_does_not_go_again(service: Service, provider: Provider) -> None:
    lose_on_its_way(service, provider, settle_after=4)
    service.wait_for("in-doubt")
    file = service.schedules / "patients" / "patients.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "    status: cancelled\n", encoding="utf-8")
    service.wait_for(NOT_TAKEN)
    off = {"P-1/reminder/1": "withdrawn", "P-1/procedure-cancelled/1": "withdrawn"}  # nothing was told, so no notice
    until(lambda: service.states == off, "the withdrawal")
    service.stop()
    assert provider.messages == ()


def test_a_text_whose_answer_was_lost_is_found_by_a_look_up_where_no_receipt_can_come(
    service: Service, provider: Provider
) -> None:
    provider.misbehave(HangUp(taken=True))
    service.have_due("P-1")
    service.start_ready()
    service.wait_for("doubt settled: the provider took it")
    service.stop()
    assert len(provider.messages) == 1


def test_stop_blocks_the_phone_and_start_lifts_that(hooked: Service, caller: Provider) -> None:
    hooked.have_due("P-1", ahead=timedelta(hours=1))
    hooked.start_ready()
    assert "You will get no more texts from us" in caller.reply(inbound(hooked), PHONE, "Stop.")
    until(lambda: hooked.states == {"P-1/reminder/1": "refused"}, "the text to be taken out of the line")
    assert "<Message>" not in caller.reply(inbound(hooked), PHONE, "stop")  # confirmed once
    assert "You will get our texts again" in caller.reply(inbound(hooked), PHONE, "START")
    until(lambda: hooked.states.get("P-1/reminder/2") in ("planned", "accepted", "delivered"), "the text to be planned")
    hooked.stop()
    assert PHONE not in hooked.said


def test_what_a_patient_writes_comes_before_the_staff_and_into_no_log(hooked: Service, caller: Provider) -> None:
    hooked.have_due("P-1", ahead=timedelta(hours=1))
    hooked.start_ready()
    assert "911" in caller.reply(inbound(hooked), PHONE, "I drank a coffee at six")
    assert "<Message>" not in caller.reply(inbound(hooked), PHONE, "with a little milk")
    told = hooked.notifier("calls").stdout
    assert "I drank a coffee at six" in told
    hooked.stop()
    assert "coffee" not in hooked.said
    assert len(hooked.events("reply")) == 2


def test_who_cannot_sign_as_twilio_changes_nothing(hooked: Service) -> None:
    hooked.have_due("P-1")
    hooked.settings["TWILIO__AUTH_TOKEN"] = TOKEN
    hooked.start_ready()
    form = [("MessageSid", "SM" + "0" * 32), ("From", PHONE), ("Body", "STOP")]
    assert post(inbound(hooked), form, signed(inbound(hooked), form, "another token")) == 403
    assert post(inbound(hooked), form, "") == 403
    assert hooked.ask("SELECT count(*) FROM opt_outs") == [(0,)]
    assert post(inbound(hooked), form, signed(inbound(hooked), form, TOKEN)) == 200
    assert hooked.ask("SELECT count(*) FROM opt_outs") == [(1,)]
    hooked.stop()


def post(url: str, form: list[tuple[str, str]], signature: str) -> int:
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    request = urllib.request.Request(url, urlencode(form).encode(), headers)  # noqa: S310 (loopback, over HTTP)
    return ask(request)[0]


def test_texts_kept_back_by_a_pause_go_out_soon_after_it(hooked: Service, caller: Provider) -> None:
    hooked.have_due("P-1")
    hooked.notifier("pause", "--by", "Ann")
    hooked.start_ready()
    assert hooked.notifier("status").returncode == 1
    assert caller.messages == ()
    hooked.notifier("resume", "--by", "Ann")
    until(lambda: len(caller.messages) == 1, "the text")
    hooked.stop()
