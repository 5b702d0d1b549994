"""What the gateway's tests share: a running sandbox, a sender to it, the real library's client, an attempt."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec

from twilio.rest import Client

from notifier.clock import JumpingClock
from notifier.core.delivery import Attempt
from notifier.gateway.sandbox import Sandbox
from notifier.gateway.transport import Transport
from notifier.gateway.twilio_sender import TwilioSender

ACCOUNT = "AC00000000000000000000000000000001"
TOKEN = "a-token-of-the-sandbox"
SERVICE = "MG00000000000000000000000000000001"
OUR_NUMBER = "+13035550100"
PHONE = "+17205550134"
TEXT = "Anchor Healthcare: Maria, finish your last meal by Wed, Dec 2, 11:30 PM."
NOW = datetime(2026, 12, 2, 20, 30, tzinfo=UTC)

P = ParamSpec("P")


def in_a_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


def an_attempt(*, to: str = PHONE, text: str = TEXT, latest: datetime = NOW + timedelta(hours=1)) -> Attempt:
    return Attempt(id=1, key="P-1042/last-meal/1", to=to, text=text, latest=latest, ordinal=1)


@asynccontextmanager
async def a_sandbox(
    *,
    clock: JumpingClock | None = None,
    delivery_delay: timedelta = timedelta(0),
    undeliverable: frozenset[str] = frozenset(),
    list_lag: timedelta | Callable[[], timedelta] = timedelta(0),
    keep: int = 10_000,
) -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        clock=(clock or JumpingClock(NOW)).now,
        api_keys={"SK00000000000000000000000000000001": "a-secret"},
        delivery_delay=delivery_delay,
        undeliverable=undeliverable,
        list_lag=list_lag,
        keep=keep,
    )
    await sandbox.start()
    try:
        yield sandbox
    finally:
        await sandbox.stop()


@asynccontextmanager
async def a_sender(
    base_url: str,
    *,
    username: str = ACCOUNT,
    password: str = TOKEN,
    messaging_service_sid: str | None = SERVICE,
    from_number: str | None = None,
    status_url: str | None = None,
    time_out: float = 5,
    pool_size: int = 8,
) -> AsyncIterator[TwilioSender]:
    sender = TwilioSender(
        account_sid=ACCOUNT,
        username=username,
        password=password,
        messaging_service_sid=messaging_service_sid,
        from_number=from_number,
        status_url=status_url,
        base_url=base_url,
        timeout=time_out,
        pool_size=pool_size,
    )
    try:
        yield sender
    finally:
        await sender.close()


@asynccontextmanager
async def the_library(
    sandbox: Sandbox,
    *,
    account: str = ACCOUNT,
    username: str = ACCOUNT,
    password: str = TOKEN,
) -> AsyncIterator[Client]:
    transport = Transport(base_url=sandbox.base_url, timeout=5, pool_size=4)
    try:
        yield Client(username, password, account, http_client=transport)
    finally:
        await transport.close()
