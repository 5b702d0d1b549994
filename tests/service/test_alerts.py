"""The service and the staff's channels: told within seconds, once, and never in the way of a text."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from notifier.gateway.faults import Refuse
from tests.fakes.provider import Provider, running_provider
from tests.fakes.staff_webhook import StaffWebhook, running_staff_webhook
from tests.service.rig import Service, until

STOPPED = "notifier: no text goes out, the provider refuses our settings"


@pytest.fixture
def staff(service: Service) -> Iterator[StaffWebhook]:
    """The staff's webhook, which the service knows."""
    with running_staff_webhook() as webhook:
        service.settings["ALERTS__CHANNELS"] = webhook.url
        yield webhook


def test_a_text_refused_is_one_message_at_the_webhook_within_seconds_and_none_after_a_restart(
    service: Service, provider: Provider, staff: StaffWebhook
) -> None:
    provider.misbehave(Refuse(400, 21211))
    service.have_due("P-1", name="Xiomara")
    service.start_ready()
    until(lambda: staff.messages, "the message", patience=10)
    until(lambda: service.ask("SELECT id FROM alerts WHERE told_at IS NOT NULL"), "the ledger to know")
    service.stop()
    first = service.log
    service.start_ready()
    service.wait_for("started")
    until(lambda: service.events("planned"), "the second plan")
    service.stop()
    [(title, body)] = staff.told
    assert title == "notifier: 1 patient to call"
    assert body.startswith("P-1: text refused (entry 1), call by ")
    assert [event["alert_channels"] for event in first if event["event"] == "started"] == [1]
    assert [event["about"] for event in first if event["event"] == "alert"] == [{"patient to call": 1}]
    assert "Xiomara" not in str(staff.messages)
    assert "secret" not in str(first)


def test_a_provider_that_refuses_our_settings_is_told_at_once(service: Service, staff: StaffWebhook) -> None:
    with running_provider() as provider:
        service.use(provider)
        service.settings["TWILIO__AUTH_TOKEN"] = "another-token"
        service.have_due("P-1", "P-2")
        service.start_ready()
        until(lambda: staff.messages, "the message", patience=10)
        service.stop()
    assert staff.titles == [STOPPED]


def test_a_channel_that_hangs_delays_no_text_and_no_stop(
    service: Service, provider: Provider, staff: StaffWebhook
) -> None:
    staff.go_on.clear()
    provider.misbehave(Refuse(400, 21211))
    service.have_due("P-1")
    service.have_due("P-1", "P-2")
    service.start_ready()
    until(lambda: staff.waiting, "the channel to hang")
    service.have_due("P-1", "P-2", "P-3", ahead=timedelta(seconds=1))
    service.wait_for("accepted", 2)
    assert service.stop() < 5
    assert service.ask("SELECT told_at FROM alerts") == [(None,)]


def test_a_channel_that_fails_is_said_loudly_by_its_place_and_no_more(
    service: Service, provider: Provider, staff: StaffWebhook
) -> None:
    staff.statuses = [403]
    provider.misbehave(Refuse(400, 21211))
    service.have_due("P-1")
    service.start_ready()
    [failed] = service.wait_for("a channel did not take an alert")
    [untold] = service.wait_for("no channel took the alert")
    service.stop()
    assert (failed["level"], failed["channel"], failed["why"]) == ("error", 1, "not taken")
    assert (untold["level"], untold["about"]) == ("error", {"patient to call": 1})
    assert "secret" not in service.said
