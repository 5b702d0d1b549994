"""The only place where objects are built from settings."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from aiolimiter import AsyncLimiter

from notifier.actions.alert_staff import AlertPace
from notifier.actions.keep_pace import CommonPace, Limiter
from notifier.actions.prepare_ledger import prepare_ledger
from notifier.actions.take_turn import Pace
from notifier.channels import ChannelError, Channels
from notifier.clock import Clock
from notifier.core.guard import Limits
from notifier.gateway.callbacks import STATUS_PATH
from notifier.gateway.sandbox import Sandbox
from notifier.gateway.sender import Sender
from notifier.gateway.signature import SignatureCheck
from notifier.gateway.twilio_check import MESSAGING, TwilioCheck
from notifier.gateway.twilio_sender import PRODUCTION, TwilioSender
from notifier.heartbeat import Heartbeat
from notifier.ledger.engine import read_url, sqlite_file
from notifier.ledger.lock import lock_ledger
from notifier.ledger.opening import Ledger, find_schema, open_existing, open_ledger
from notifier.ledger.schema import HEAD
from notifier.ledger.seat import Seat
from notifier.ledger.upgrading import Upgrade
from notifier.ledger.worker import LedgerWorker
from notifier.sections import Twilio
from notifier.settings import Settings, SettingsError

if TYPE_CHECKING:  # see metrics_of
    from notifier.metrics import Metrics

CHANNEL_TIMEOUT = 20.0  # seconds; some mail servers keep a stranger waiting
# Requests at once from which texts are claimed ahead: with fewer it gains little, and a crash leaves more in doubt.
MANY_LANES = 32
MOST_AHEAD = 500  # texts: a commit that carries so many costs next to nothing for each
_SANDBOX_SERVICE = "MG" + 32 * "0"


def find_shipped() -> Path:
    """Return the folder with the shipped `schedules/`: inside the installed package, or the checkout."""
    package = Path(__file__).parent
    installed = package / "shipped"
    return installed if installed.is_dir() else package.parent


def open_the_ledger(settings: Settings) -> Ledger:
    """Return the ledger that the settings name, made where there is none; raises LedgerError, with one sentence."""
    return open_ledger(settings.ledger)


def open_to_look(settings: Settings) -> Ledger:
    """Return the ledger that the settings name; raises NoLedgerError where there is none, LedgerError for all else."""
    return open_existing(settings.ledger)


def ledger_is_file(settings: Settings) -> bool:
    """Return whether the ledger is a SQLite file, which one host has for itself; raises LedgerError for no URL."""
    return sqlite_file(read_url(settings.ledger)) is not None


@contextmanager
def ledger_of_service(settings: Settings, now: datetime) -> Iterator[tuple[Ledger, Upgrade]]:
    """Give the ledger for a service to work on, whole and at this program's schema, and what was done for that.

    Nobody else can dispatch from a file while the block runs. Raises LedgerError where somebody does, where an older
    program's services are at work on a server's ledger, and as `prepare_ledger` does.
    """
    url = settings.ledger
    is_file = ledger_is_file(settings)
    with lock_ledger(url) if is_file else nullcontext():
        # A server's ledger is for all hosts: they are kept from it only while it is brought up.
        with lock_ledger(url) if not is_file and find_schema(url) not in {None, HEAD} else nullcontext():
            upgrade = prepare_ledger(url, now)
        with open_ledger(url) as ledger:
            yield ledger, upgrade


def keep_of(settings: Settings) -> timedelta:
    """Return how long after the end of a patient's care their name, phone and texts are kept."""
    return timedelta(days=settings.retention.days)


def pace_of(settings: Settings) -> Pace:
    """Return how fast texts go out.

    No more is claimed at once than goes out within about a second: what is looked at just
    before its attempt must not then wait its turn for long.
    """
    dispatch = settings.dispatch
    a_second = max(1, int(dispatch.rate))
    batch = min(dispatch.concurrency, a_second)
    return Pace(
        batch=batch,
        ahead=min(a_second - batch, MOST_AHEAD) if batch >= MANY_LANES else 0,
        min_gap=timedelta(seconds=dispatch.min_gap),
        lease=timedelta(seconds=dispatch.lease),
    )


def limits_of(settings: Settings) -> Limits:
    """Return how much a reload may do by itself; in the sandbox a first plan may send late texts: nobody gets them."""
    guard = settings.guard
    return Limits(guard.patients, guard.share, guard.at_once, first_late=settings.transport == "sandbox")


def seat_of(settings: Settings, ledger: Ledger, clock: Clock) -> Seat | None:
    """Return the planner's seat, where several hosts may be at the ledger; None for a file, which has one daemon."""
    return None if ledger_is_file(settings) else Seat(read_url(settings.ledger), settings.host, ledger, clock.now)


def host_of(settings: Settings) -> str | None:
    """Return what this host is called among those on its ledger; None for a file, which has one."""
    return None if ledger_is_file(settings) else settings.host


@contextmanager
def common_pace(settings: Settings, ledger: Ledger, clock: Clock) -> Iterator[Limiter]:
    """Give what keeps to `dispatch.rate`: over all hosts together, where there may be several."""
    if ledger_is_file(settings):
        yield limiter_of(settings)
        return
    worker = LedgerWorker(ledger)
    try:
        yield CommonPace(worker, settings.dispatch.rate, clock)
    finally:
        worker.close()


def limiter_of(settings: Settings) -> AsyncLimiter:
    """Return what keeps to `dispatch.rate` in this process."""
    rate = settings.dispatch.rate
    return AsyncLimiter(rate, 1) if rate >= 1 else AsyncLimiter(1, 1 / rate)


def status_url_of(settings: Settings) -> str | None:
    """Return where the provider reports what becomes of texts; None where it cannot reach us."""
    return f"{settings.hooks.public_url}{STATUS_PATH}" if settings.hooks.public_url else None


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


def channels_of(settings: Settings) -> Channels | None:
    """Return the staff's channels; None where there are none. Raises SettingsError for a URL that cannot be used."""
    urls = [url.get_secret_value() for url in settings.alerts.channels]
    try:
        return Channels(urls, CHANNEL_TIMEOUT) if urls else None
    except ChannelError as error:
        raise SettingsError(f"The setting alerts.channels is not right: {error}.") from None


def alert_pace_of(settings: Settings) -> AlertPace:
    """Return how much the staff are told at once, and how often."""
    return AlertPace(settings.alerts.digest_over, settings.alerts.at_most_every)


def metrics_of(settings: Settings) -> "Metrics":
    """Return what counts and measures, with what of the settings may be seen."""
    from notifier.metrics import Metrics  # noqa: PLC0415 - only the service counts, and every command would wait for it

    return Metrics(
        version("notifier"),
        {
            "transport": settings.transport,
            "ledger": settings.ledger.partition(":")[0].partition("+")[0],
            "hooks": "open" if settings.hooks.model_fields_set else "closed",
            "heartbeat": "on" if settings.heartbeat.url else "off",
        },
    )


def heartbeat_of(settings: Settings) -> Heartbeat | None:
    """Return the watcher to be told that all is well; None where no setting names one."""
    url = settings.heartbeat.url
    return None if url is None else Heartbeat(url.get_secret_value())


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


def check_of(settings: Settings, clock: Clock) -> TwilioCheck | None:
    """Return what asks Twilio about the account; None in the sandbox. Raises SettingsError as `sender_of` does."""
    if settings.transport == "sandbox":
        return None
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
