"""`notifier doctor`: what would keep the service from doing its work, and what to do about it."""

import asyncio
import sys
from collections.abc import Iterable

import click
from rich.text import Text

from notifier.actions.examine_host import examine_host, examine_settings_file
from notifier.cli.console import console, print_json, say
from notifier.cli.options import Given, as_json, with_settings
from notifier.clock import Clock, SystemClock
from notifier.core.examination import Finding, Level, error, fine, worst
from notifier.ledger.errors import LedgerError
from notifier.settings import DEFAULT_FILE, Settings, SettingsError

_STYLES = {Level.FINE: "green", Level.WARNING: "yellow", Level.ERROR: "bold red"}
_SETTINGS = "settings"


@click.command("doctor", epilog="Example: notifier doctor --json")
@with_settings
@as_json
def command(given: Given, *, as_json: bool) -> None:
    """Examine settings, account, sender, webhooks, clock, ledger, disk, permissions and versions. Sends no text.

    Exits 0 where all is well, 1 where something is to be looked at or mended, and 2 where the settings are wrong.
    """
    clock = SystemClock()
    with console(stderr=True).status("Examining…"):
        findings = list(_examine(given, clock))
    level = worst(findings)
    if as_json:
        print_json({"level": level.value, "findings": [_finding_json(one) for one in findings]})
    else:
        for one in findings:
            _show(one)
        say()
        counts = {each: sum(one.level is each for one in findings) for each in Level}
        said = f"{counts[Level.ERROR]} to mend now, {counts[Level.WARNING]} to look at, {counts[Level.FINE]} fine."
        say(said, _STYLES[level])
    has_settings = all(one.level is Level.FINE for one in findings if one.about == _SETTINGS)
    sys.exit(int(level is not Level.FINE) if has_settings else 2)


def _examine(given: Given, clock: Clock) -> Iterable[Finding]:
    settings = given.settings
    yield fine(_SETTINGS, f"They can be read; the transport is “{settings.transport}”.")
    file = given.config or DEFAULT_FILE
    if file.exists():
        yield examine_settings_file(file, _secrets(settings))
    yield from _examine_way(settings, clock)
    try:
        yield from examine_host(given.schedules, settings.ledger, clock.now())
    except LedgerError as unusable:  # its address can hold none
        yield error(_SETTINGS, str(unusable), "Mend the setting ledger.")


def _secrets(settings: Settings) -> Iterable[str]:
    """Yield the secrets in use, wherever they come from."""
    twilio, heartbeat, alerts = settings.twilio, settings.heartbeat, settings.alerts
    for secret in (twilio.auth_token, twilio.api_key_secret, heartbeat.url, *alerts.channels):
        if secret is not None:
            yield secret.get_secret_value()


def _examine_way(settings: Settings, clock: Clock) -> list[Finding]:
    if settings.transport == "sandbox":
        return [fine("credentials", "The sandbox needs none, and no phone gets any text.")]
    # Twilio's library and what it stands on are most of what doctor would load.
    from notifier.actions.examine_provider import Way, examine_provider  # noqa: PLC0415 - see above
    from notifier.wiring.provider import check_of  # noqa: PLC0415 - likewise

    try:
        check = check_of(settings, clock)
    except SettingsError as incomplete:
        return [error(_SETTINGS, str(incomplete), "The service does not start without.")]
    twilio = settings.twilio
    way = Way(
        check=check,
        number=twilio.from_number,
        service=twilio.messaging_service_sid,
        public_url=settings.hooks.public_url,
        auth_token=twilio.auth_token.get_secret_value() if twilio.auth_token else None,
        timeout=twilio.timeout,
    )
    return asyncio.run(examine_provider(way))


def _show(one: Finding) -> None:
    say(Text(f"{one.level.value:<8}", _STYLES[one.level]) + Text(f"{one.about:<13}") + Text(one.said))
    if one.remedy is not None:
        say(f"{'':<21}→ {one.remedy}")


def _finding_json(one: Finding) -> dict[str, object]:
    return {"about": one.about, "level": one.level.value, "said": one.said, "remedy": one.remedy}
