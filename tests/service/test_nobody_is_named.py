"""A day of odd names, phones and texts: none is in a log, a traceback, a metric, a URL, or what anybody is told."""

import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from notifier.gateway.faults import HangUp, Refuse
from tests.fakes.provider import Provider
from tests.fakes.staff_webhook import running_staff_webhook
from tests.service.rig import Service, until
from tests.service.test_health import ask, get

NAME = '"Zoë {arrival} O\'Xylander %s <b>Bobby</b>; DROP TABLE {0.__class__}"'
WRONG = '"Nguyễn\\nMarker"'
REPLY = "I drank 2 coffees 😬 at six, call 720 555 0199 {name}"
# Parts of names, of phones however they are written, of what texts and replies say, and of what only ops may know.
SECRETS = (
    *("Xylander", "Zo\\u00eb", "Zoë", "Nguy", "Bobby", "DROP TABLE", "__class__", "Marker"),
    *("720555", "720 555", "720%20555", "72055", "5550100", "555-01"),
    *("please come", "drive you home", "coffee", "Anchor Healthcare"),
    *("a-secret-path", "a-secret-address", "a-token-of-the-stand-in"),
)


@contextmanager
def running_watcher() -> Iterator[tuple[str, list[str]]]:
    """Run a watcher of heartbeats; give its address, and all that it hears."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(f"{self.headers} {self.rfile.read(int(self.headers['Content-Length'])).decode()}")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_said: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/a-secret-address", heard
        finally:
            server.shutdown()
            thread.join()


def a_free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "{}:{}".format(*probe.getsockname())


def live_a_day(service: Service, provider: Provider) -> list[str]:
    """Have the service meet all that a day may bring; return what its pages and its webhooks have said."""
    hooks = str(service.settings["HOOKS__PUBLIC_URL"])
    provider.misbehave(Refuse(400, 21211), HangUp(taken=True), Refuse(503, 20503))
    service.start()
    address = service.wait_for("started")[0]["health"]
    service.wait_for("refused")
    service.wait_for("receipt")
    provider.reply(f"{hooks}/twilio/inbound", "+17205550103", REPLY)
    provider.reply(f"{hooks}/twilio/inbound", "+17205550199", "STOP {name} Marker")
    stranger = urllib.request.Request(f"{hooks}/twilio/inbound?To=%2B17205550100&Body=coffee", b"From=%2B17205550100")  # noqa: S310 (loopback)
    refused = ask(stranger)[1]
    patients = service.schedules / "patients" / "patients.yaml"
    patients.write_text(
        f"{patients.read_text('utf-8')}  - id: P-9\n    name: {WRONG}\n    phone: 720 555 01\n", encoding="utf-8"
    )
    service.wait_for("problem")
    service.ask("ALTER TABLE phones RENAME TO elsewhere")
    service.notifier("pause", "--by", "Ann")
    service.notifier("resume", "--by", "Ann")
    until(lambda: "tick failed" in service.said, "a failure of the ledger", 70)
    service.ask("ALTER TABLE elsewhere RENAME TO phones")
    return [refused, get(f"{address}/metrics")[1], get(f"{address}/")[1], service.notifier("report").stdout]


def test_nobody_and_nothing_secret_is_named_anywhere(service: Service, provider: Provider) -> None:
    hooks = a_free_address()
    with running_staff_webhook() as staff, running_watcher() as (watcher, heard):
        service.settings |= {
            "HOOKS__LISTEN": hooks,
            "HOOKS__PUBLIC_URL": f"http://{hooks}",
            "HEARTBEAT__URL": watcher,
            "HEARTBEAT__EVERY": 5,
            "ALERTS__CHANNELS": staff.url,
            "LOG__LEVEL": "debug",
        }
        service.have_due("P-1", "P-2", "P-3", "P-4", name=NAME)
        pages = live_a_day(service, provider)
        until(lambda: heard and staff.messages, "the watcher and the staff")
        service.stop()
        told = [f"{title}\n{body}" for title, body in staff.told]
    urls = [str(message.status_callback) for message in provider.messages]
    assert urls
    assert '"exception"' in service.said  # a traceback among it
    assert "P-1/reminder/1" in service.said
    for where, said in (("log", [service.said]), ("page", pages), ("URL", urls), ("heartbeat", heard), ("staff", told)):
        for secret in SECRETS:
            assert not [one for one in said if secret in one], f"{secret} in {where}"
