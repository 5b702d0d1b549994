"""A day of odd names, phones and texts: none is in a log, a traceback, a metric, a URL, or what anybody is told."""

import socket
import urllib.request
from urllib.parse import quote, urlsplit

import pytest

from notifier.gateway.faults import HangUp, Refuse
from tests.fakes.provider import NUMBER, Provider
from tests.fakes.staff_webhook import running_staff_webhook
from tests.fakes.watcher import running_watcher
from tests.service.rig import PATIENCE, Service, until
from tests.service.test_health import ask, get

NAME = '"Zoë {arrival} O\'Xylander %s <b>Bobby</b>; DROP TABLE {0.__class__}"'
WRONG = '"Nguyễn\\nMarker"'
REPLY = "I drank 2 coffees 😬 at six, call 720 555 0199 {name}"
# Parts of names, of phones however they are written, of what texts and replies say, and of what only ops may know.
SECRETS = (
    *("Xylander", "Zo\\u00eb", "Zoë", "Nguy", "Bobby", "DROP TABLE", "__class__", "Marker"),
    *("720555", "720 555", "720%20555", "72055", "(720)", "720.555", "5550100", "555-01", "555.01"),
    *("please come", "drive you home", "coffee", "Anchor Healthcare"),
    *("a-secret-path", "a-secret-address", "a-token-of-the-stand-in"),
)


def a_free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "{}:{}".format(*probe.getsockname())


def hear(service: Service, word: str, patience: float = PATIENCE) -> None:
    """Wait until the service has logged it, in whichever form."""
    until(lambda: word in service.said, word, patience)


def live_a_day(service: Service, provider: Provider) -> list[str]:
    """Have the service meet all that a day may bring; return what its pages, its webhooks and its reports have said."""
    hooks, health = str(service.settings["HOOKS__PUBLIC_URL"]), f"http://{service.settings['WEB__LISTEN']}"
    provider.misbehave(Refuse(400, 21211), HangUp(taken=True), Refuse(503, 20503))
    service.start()
    for word in ("started", "refused", "receipt"):
        hear(service, word)
    provider.reply(f"{hooks}/twilio/inbound", "+17205550103", REPLY)
    provider.reply(f"{hooks}/twilio/inbound", "+17205550199", "STOP {name} Marker")
    said = [*ask_as_strangers(hooks), get(f"{health}/metrics?To=+17205550134")[1], get(f"{health}/{quote(REPLY)}")[1]]
    spoil_files(service)
    service.ask("ALTER TABLE phones RENAME TO elsewhere")
    for command in ("pause", "resume"):
        said += printed(service, command, "--by", "Ann")
    hear(service, "tick failed", 70)
    service.ask("ALTER TABLE elsewhere RENAME TO phones")
    said += [
        get(f"{health}/metrics")[1],
        get(f"{health}/")[1],
        *printed(service, "doctor"),
        *printed(service, "status"),
    ]
    return [*said, *printed(service, "report", "--tell"), *printed(service, "report")]


def ask_as_strangers(hooks: str) -> list[str]:
    """Call the webhooks without a signature, and with what is no HTTP; return what is answered."""
    query = "To=%2B17205550100&Body=coffee"
    unsigned = ask(urllib.request.Request(f"{hooks}/twilio/inbound?{query}", b"From=%2B17205550100"))[1]  # noqa: S310 (loopback)
    address = urlsplit(hooks)
    with socket.create_connection((address.hostname, address.port), PATIENCE) as connection:
        connection.sendall(b"Zo\xc3\xab Xylander +17205550134 wants coffee\r\n\r\n")
        return [unsigned, connection.recv(4096).decode()]


def spoil_files(service: Service) -> None:
    """Save an entry with mistakes, and one with a phone as people write it."""
    patients = service.schedules / "patients" / "patients.yaml"
    broken = f"  - id: P-9\n    name: {WRONG}\n    phone: 720 555 01\n"
    shared = f"  - id: P-8\n    name: {NAME}\n    phone: (720) 555-0101\n    procedure: 720.555.0102\n"
    patients.write_text(f"{patients.read_text('utf-8')}{broken}{shared}", encoding="utf-8")
    hear(service, "problem")


def printed(service: Service, *command: str) -> list[str]:
    """Return what a command prints, but for the clinic's own number, which is nobody's secret."""
    done = service.notifier(*command)
    return [said.replace(NUMBER, "(our number)") for said in (done.stdout, done.stderr)]


@pytest.mark.parametrize("form", ["json", "console"])
def test_nobody_and_nothing_secret_is_named_anywhere(service: Service, provider: Provider, form: str) -> None:
    hooks = a_free_address()
    with running_staff_webhook() as staff, running_watcher() as (watcher, heard):
        service.settings |= {
            "HOOKS__LISTEN": hooks,
            "HOOKS__PUBLIC_URL": f"http://{hooks}",
            "WEB__LISTEN": a_free_address(),
            "HEARTBEAT__URL": watcher,
            "HEARTBEAT__EVERY": 5,
            "ALERTS__CHANNELS": staff.url,
            "LOG__LEVEL": "debug",
            "LOG__FORMAT": form,
        }
        service.have_due("P-1", "P-2", "P-3", "P-4", name=NAME)
        pages = live_a_day(service, provider)
        until(lambda: heard and staff.messages, "the watcher and the staff")
        service.stop()
        told = [f"{title}\n{body}" for title, body in staff.told]
    urls = [str(message.status_callback) for message in provider.messages]
    assert urls
    assert "frames" in service.said or "Traceback" in service.said
    assert "P-1/reminder/1" in service.said
    beats = [beat.partition(" ")[2] for beat in heard]  # its address is the watcher's own
    for where, said in (("log", [service.said]), ("page", pages), ("URL", urls), ("heartbeat", beats), ("staff", told)):
        for secret in SECRETS:
            assert not [one for one in said if secret in one], f"{secret} in {where}"
