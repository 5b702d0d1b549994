"""A mail server that takes everything and keeps it."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread


class MailServer:
    """What it was sent."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.mails: list[EmailMessage] = []

    def take(self, lines: list[bytes]) -> None:
        """Keep a mail as it came over the wire."""
        mail = message_from_bytes(b"".join(lines), policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)


@contextmanager
def running_mail_server() -> Iterator[MailServer]:
    """Run a mail server on loopback while the block runs."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 ready")
            while (command := self.rfile.readline().strip().upper()) not in (b"", b"QUIT"):
                if command == b"DATA":
                    self.say("354 go on")
                    taken.take(list(iter(self.rfile.readline, b".\r\n")))
                self.say("250 ok")
            self.say("221 bye")

        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        taken = MailServer(server.server_address[1])
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield taken
        finally:
            server.shutdown()
            thread.join()
