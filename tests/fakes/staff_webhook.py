"""A webhook of the staff's, for services in this process and in others: it keeps what it is posted."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


class StaffWebhook:
    """Keeps each message; answers with the next of `statuses`, the last one again and again."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.statuses = [200]
        self.go_on = Event()  # cleared, it takes what comes and never answers
        self.go_on.set()
        self.waiting = 0  # messages that it has not answered
        self.port = 0

    @property
    def url(self) -> str:
        """How apprise addresses it."""
        return f"json://127.0.0.1:{self.port}/a-secret-path"

    @property
    def told(self) -> list[tuple[str, str]]:
        """The title and the body of each message."""
        return [(message["title"], message["message"]) for message in self.messages]

    @property
    def titles(self) -> list[str]:
        return [title for title, _ in self.told]

    def next_status(self) -> int:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def running_staff_webhook() -> Iterator[StaffWebhook]:
    """Run a webhook while the block runs."""
    webhook = StaffWebhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            webhook.waiting += 1
            webhook.go_on.wait()
            webhook.waiting -= 1
            webhook.messages.append(json.loads(content))
            self.send_response(webhook.next_status())
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_said: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        webhook.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield webhook
        finally:
            webhook.go_on.set()
            server.shutdown()
            thread.join()
