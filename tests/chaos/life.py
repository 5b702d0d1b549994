"""One life of a daemon: the real service on a clinic's files and ledger, by a clock that others set."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from random import seed
from uuid import uuid4

from notifier.actions.settle_doubt import DoubtSettler
from notifier.cli.run import serve
from notifier.core.delivery import Receipt
from notifier.gateway.twilio_sender import TwilioSender
from notifier.ledger.errors import LedgerError
from notifier.logs import configure_logs
from notifier.settings import Settings, SettingsError
from tests.chaos.dials import Dial, DialledClock

ACCOUNT, TOKEN, NUMBER, SERVICE = f"AC{1:032}", "a-token-of-the-stand-in", "+13035550100", f"MG{1:032}"
TIMEOUT, LEASE, SETTLE_AFTER, MIN_GAP = 1.5, 3.0, 4.5, 0.2  # seconds
REFUSED = 2  # the exit code of a life that was not let in


@dataclass(frozen=True, slots=True)
class Birth:
    """What a life begins with."""

    home: str
    provider: str  # the base URL
    hooks: int  # the port that it takes callbacks at
    public: int  # the port that callbacks are sent to
    health: int  # the port of its health page
    has_service: bool  # sends through a messaging service
    flaw: str | None = None  # how it is broken on purpose, to see that the harness notices

    @property
    def json(self) -> dict[str, object]:
        """It as a message for the nursery."""
        return asdict(self)


def live(birth: Birth, **more: object) -> int:
    """Live until told to stop; return the exit code. Everything is as in `notifier run`, but for the clock.

    `more` are sections of settings beside those that every life has.
    """
    seed()  # or all lives would throw the same dice as the process that they come from
    settings = _settings(birth, more)
    if birth.flaw is not None:
        FLAWS[birth.flaw]()
    configure_logs(settings.log.format, settings.log.level)
    clock = DialledClock(Dial(Path(birth.home) / "dial"))
    try:
        asyncio.run(serve(settings, settings.schedules, clock))
    except (LedgerError, SettingsError) as error:
        sys.stderr.write(f"Error: {error}\n")
        return REFUSED
    return 0


def _settings(birth: Birth, more: Mapping[str, object]) -> Settings:
    sender = {"messaging_service_sid": SERVICE} if birth.has_service else {"from_number": NUMBER}
    given: dict[str, object] = {
        "schedules": f"{birth.home}/schedules",
        "ledger": f"sqlite:///{birth.home}/ledger.db",
        "transport": "twilio",
        "twilio": {
            "account_sid": ACCOUNT,
            "auth_token": TOKEN,
            "api_base_url": birth.provider,
            "timeout": TIMEOUT,
            **sender,
        },
        "dispatch": {"concurrency": 32, "rate": 300, "min_gap": MIN_GAP, "settle_after": SETTLE_AFTER},
        "hooks": {"listen": f"127.0.0.1:{birth.hooks}", "public_url": f"http://127.0.0.1:{birth.public}"},
        "web": {"listen": f"127.0.0.1:{birth.health}"},
        "guard": {"patients": 1_000_000, "share": 1, "at_once": 1_000_000},
        **more,
    }
    settings = Settings.model_validate(given)
    # Shorter than settings allow, so that a storm has time to stop a process for longer than it.
    return settings.model_copy(update={"dispatch": settings.dispatch.model_copy(update={"lease": LEASE})})


def _settle_without_asking() -> None:
    """Break it: what is in doubt is taken for not taken, as naive retries do."""

    async def find(*_: object) -> tuple[()]:
        return ()

    TwilioSender.find = find  # type: ignore[method-assign, assignment] # broken on purpose
    settle = DoubtSettler.settle

    async def settle_at_once(self: DoubtSettler) -> object:
        self.settle_after = 0.0
        return await settle(self)

    DoubtSettler.settle = settle_at_once  # type: ignore[method-assign, assignment] # likewise


def _take_silence_for_yes() -> None:
    """Break it: what is in doubt is taken for arrived, as at-most-once does."""

    async def find(*_: object) -> tuple[Receipt, ...]:
        return (Receipt(f"SM{uuid4().hex}", "delivered"),)

    TwilioSender.find = find  # type: ignore[method-assign, assignment] # broken on purpose


FLAWS: Mapping[str, Callable[[], None]] = {
    "settle-without-asking": _settle_without_asking,
    "take-silence-for-yes": _take_silence_for_yes,
}
