"""The way to the provider, and its way back: Twilio, or the sandbox in its place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex

from notifier.clock import Clock
from notifier.gateway.callbacks import STATUS_PATH
from notifier.gateway.messages_resource import PRODUCTION
from notifier.gateway.sandbox import Sandbox
from notifier.gateway.sender import Sender
from notifier.gateway.signature import SignatureCheck
from notifier.gateway.twilio_check import MESSAGING, TwilioCheck
from notifier.gateway.twilio_sender import TwilioSender
from notifier.sections import Twilio
from notifier.settings import Settings, SettingsError

_SANDBOX_SERVICE = "MG" + 32 * "0"


@asynccontextmanager
async def sender_of(settings: Settings, clock: Clock) -> AsyncIterator[Sender]:
    """Give the sender that the settings ask for, with the embedded sandbox behind it where they do.

    Raises SettingsError where the account at Twilio is not complete.
    """
    if settings.transport == "sandbox":
        async with sandbox_sender(clock, settings) as (sender, _):
            yield sender
        return
    sender = _twilio_sender(settings)
    try:
        yield sender
    finally:
        await sender.close()


@asynccontextmanager
async def sandbox_sender(clock: Clock, settings: Settings) -> AsyncIterator[tuple[Sender, Sandbox]]:
    """Give a sender to a sandbox of its own on a free port, and that sandbox.

    The way is the same as to Twilio; only the base URL and the invented account differ.
    """
    account, token = f"AC{token_hex(16)}", token_hex(16)
    sandbox = Sandbox(account_sid=account, auth_token=token, clock=clock.now)
    await sandbox.start()
    sender = TwilioSender(
        account_sid=account,
        username=account,
        password=token,
        messaging_service_sid=_SANDBOX_SERVICE,
        base_url=sandbox.base_url,
        timeout=settings.twilio.timeout,
        pool_size=settings.dispatch.concurrency,
    )
    try:
        yield sender, sandbox
    finally:
        await sender.close()
        await sandbox.stop()


def check_of(settings: Settings, clock: Clock) -> TwilioCheck:
    """Return what asks Twilio about the account. Raises SettingsError as `sender_of` does."""
    twilio = settings.twilio
    username, password = _credentials(twilio)
    _refuse_two_senders(twilio)
    return TwilioCheck(
        account_sid=twilio.account_sid or "",
        username=username,
        password=password,
        base_url=twilio.api_base_url,
        messaging_url=MESSAGING if twilio.api_base_url == PRODUCTION else None,
        timeout=twilio.timeout,
        clock=clock.now,
    )


def signatures_of(settings: Settings) -> SignatureCheck | None:
    """Return what knows Twilio's calls to our webhooks; None where no setting says that any will come.

    Raises SettingsError where they could not be told from a stranger's.
    """
    hooks, token = settings.hooks, settings.twilio.auth_token
    if not hooks.model_fields_set:
        return None
    if token is None and settings.transport == "twilio":
        raise SettingsError(
            "Twilio signs its calls to hooks.listen with the account's auth token, also where texts are sent with an "
            "API key: add the credential file twilio_auth_token, or NOTIFIER_TWILIO__AUTH_TOKEN."
        )
    return SignatureCheck(
        token.get_secret_value() if token else token_hex(16), hooks.public_url or f"http://{hooks.listen}"
    )


def status_url_of(settings: Settings) -> str | None:
    """Return where the provider reports what becomes of texts; None where it cannot reach us."""
    return f"{settings.hooks.public_url}{STATUS_PATH}" if settings.hooks.public_url else None


def _twilio_sender(settings: Settings) -> TwilioSender:
    twilio = settings.twilio
    username, password = _credentials(twilio)
    _refuse_two_senders(twilio)
    return TwilioSender(
        account_sid=twilio.account_sid or "",
        username=username,
        password=password,
        messaging_service_sid=twilio.messaging_service_sid,
        from_number=twilio.from_number,
        status_url=status_url_of(settings),
        base_url=twilio.api_base_url,
        timeout=twilio.timeout,
        pool_size=settings.dispatch.concurrency,
    )


def _refuse_two_senders(twilio: Twilio) -> None:
    if (twilio.messaging_service_sid is None) == (twilio.from_number is None):
        raise SettingsError(
            "The transport “twilio” sends from a service or from a number: set one of twilio.messaging_service_sid "
            "and twilio.from_number."
        )


def _credentials(twilio: Twilio) -> tuple[str, str]:
    """Return what to sign in with: an API key where there is one, else the auth token."""
    if twilio.account_sid is None:
        raise SettingsError(
            "The transport “twilio” needs an account: set twilio.account_sid (NOTIFIER_TWILIO__ACCOUNT_SID), "
            "or set transport to “sandbox”."
        )
    if twilio.api_key_sid is not None and twilio.api_key_secret is not None:
        return twilio.api_key_sid, twilio.api_key_secret.get_secret_value()
    if twilio.api_key_sid is not None or twilio.api_key_secret is not None:
        raise SettingsError("An API key is twilio.api_key_sid and twilio.api_key_secret: one of them is missing.")
    if twilio.auth_token is None:
        raise SettingsError(
            "The transport “twilio” needs a secret: the credential file twilio_auth_token or twilio_api_key_secret "
            "(with twilio.api_key_sid), or NOTIFIER_TWILIO__AUTH_TOKEN."
        )
    return twilio.account_sid, twilio.auth_token.get_secret_value()
