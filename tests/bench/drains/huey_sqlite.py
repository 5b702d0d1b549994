"""Huey with SQLite: its own file, in WAL and with fsync; as many threads as requests."""

import os
import sys
from functools import cache

from huey import SqliteHuey

from tests.bench.drains import client
from tests.bench.texts import texts

HOME, URL, CONCURRENCY = (os.environ.get(name, "0") for name in ("BENCH_HOME", "BENCH_URL", "BENCH_CONCURRENCY"))
sender = cache(client.sync_sender)
huey = SqliteHuey("drain", filename=f"{HOME}/huey.db", fsync=True, results=False)


@huey.task(name="send")
def send(to: str, words: str) -> None:
    sender(URL, int(CONCURRENCY))(to, words)


def fill(number: int) -> None:
    huey.storage.conn.execute("PRAGMA synchronous = OFF")  # of this connection; that of a worker is fully so
    for to, words in texts(number):
        send(to, words)


def work() -> None:
    huey.create_consumer(workers=int(CONCURRENCY), worker_type="thread", periodic=False, initial_delay=0.01).run()


if __name__ == "__main__":
    work() if sys.argv[1] == "work" else fill(int(sys.argv[2]))
