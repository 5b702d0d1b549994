"""A watcher of heartbeats, for services in other processes: it keeps what it hears."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def running_watcher() -> Iterator[tuple[str, list[str]]]:
    """Run a watcher while the block runs; give its address, and all that it hears."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(f"{self.path} {self.headers} {self.rfile.read(int(self.headers['Content-Length'])).decode()}")
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
