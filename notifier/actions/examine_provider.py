"""Examine what is between us and the patients' phones: the account at Twilio, the sender, and the way back."""

from collections.abc import Iterable
from dataclasses import dataclass

from notifier.core.examination import Finding, error, fine, judge_clock, judge_hooks, warning
from notifier.gateway.callbacks import STATUS_PATH
from notifier.gateway.hook_probe import probe_hook
from notifier.gateway.twilio_check import Admission, TwilioCheck


@dataclass(frozen=True, slots=True)
class Way:
    """How texts go out and answers come back."""

    check: TwilioCheck
    number: str | None  # that sends; or a service does
    service: str | None
    public_url: str | None  # of the webhooks
    auth_token: str | None  # with which Twilio signs its calls of them
    timeout: float  # seconds, for each call


async def examine_provider(way: Way) -> list[Finding]:
    """Return how the account, the sender, this machine's clock and the webhooks stand; no text is sent."""
    try:
        admission = await way.check.ask_admission()
        findings = [_credentials(admission)]
        if admission.refusal is None:
            findings += [await _sender(way), *_clock(admission)]
    finally:
        await way.check.close()
    return [*findings, await _hooks(way)]


def _credentials(admission: Admission) -> Finding:
    about, code = "credentials", admission.refusal
    if code is None:
        return fine(about, "Twilio lets us in.")
    if not code.isdecimal():
        return error(
            about,
            f"Twilio cannot be asked ({code}).",
            "See that this machine reaches twilio.api_base_url over HTTPS: name service, firewall, proxy.",
        )
    return error(
        about,
        f"Twilio does not let us in (code {code}).",
        "Compare twilio.account_sid and the secret with Twilio's console; see that the account is active there.",
    )


async def _sender(way: Way) -> Finding:
    if way.number is not None:
        name, is_there = f"twilio.from_number ({way.number})", await way.check.has_number(way.number)
    else:
        service = way.service or ""
        name, is_there = f"twilio.messaging_service_sid ({service})", await way.check.has_service(service)
    if is_there is None:
        return fine("sender", f"Whether the account has {name} cannot be asked with these credentials, or there.")
    if is_there:
        return fine("sender", f"The account has {name}.")
    return error("sender", f"The account has no {name}.", "Take one from Twilio's console, of this very account.")


def _clock(admission: Admission) -> Iterable[Finding]:
    return [] if admission.ahead is None else [judge_clock(admission.ahead)]


async def _hooks(way: Way) -> Finding:
    if way.public_url is None:
        return warning(
            "webhooks",
            "hooks.public_url is not set: receipts are asked for, and no reply of a patient comes in, STOP among them.",
            "Have a TLS proxy pass /twilio/status and /twilio/inbound to hooks.listen, and set hooks.public_url.",
        )
    if way.auth_token is None:
        return error(
            "webhooks",
            "Twilio's calls cannot be told from a stranger's: the account's auth token is missing.",
            "Add the credential file twilio_auth_token, also where texts are sent with an API key.",
        )
    signed, unsigned = await probe_hook(way.public_url, way.auth_token, way.timeout)
    return judge_hooks(signed, unsigned, f"{way.public_url}{STATUS_PATH}")
