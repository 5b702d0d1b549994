"""APScheduler 3: a date job for each text in its SQLAlchemy job store (SQLite, WAL); as many threads as requests."""

import os
import signal
import sqlite3
import sys
from datetime import UTC, datetime
from functools import cache
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import create_engine, event

from tests.bench.drains import client
from tests.bench.texts import texts

HOME, URL, CONCURRENCY = (os.environ.get(name, "0") for name in ("BENCH_HOME", "BENCH_URL", "BENCH_CONCURRENCY"))
sender = cache(client.sync_sender)


def send(to: str, words: str) -> None:
    sender(URL, int(CONCURRENCY))(to, words)


def scheduler(synchronous: str) -> BackgroundScheduler:
    engine = create_engine(f"sqlite:///{HOME}/jobs.db")

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:  # noqa: ANN401 (SQLAlchemy's own record)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")

    return BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=engine)},
        executors={"default": ThreadPoolExecutor(int(CONCURRENCY))},
        job_defaults={"misfire_grace_time": None},
        timezone=UTC,
    )


def fill(number: int) -> None:
    filling, now = scheduler("OFF"), datetime.now(UTC)  # noqa: TID251 (a peer has no clock of ours)
    filling.start(paused=True)
    for to, words in texts(number):
        filling.add_job(f"{__spec__.name}:send" if __spec__ else send, "date", run_date=now, args=(to, words))
    filling.shutdown()


def work() -> None:
    scheduler("FULL").start()
    signal.pause()


if __name__ == "__main__":
    work() if sys.argv[1] == "work" else fill(int(sys.argv[2]))
