"""Celery with Redis, as many threads as requests, acknowledged late, so that a killed worker's tasks come back."""

import os
import sys
from functools import cache

from celery import Celery

from tests.bench.drains import client
from tests.bench.texts import texts

HOME, URL, CONCURRENCY = (os.environ.get(name, "0") for name in ("BENCH_HOME", "BENCH_URL", "BENCH_CONCURRENCY"))
sender = cache(client.sync_sender)
app = Celery("drain", broker=f"redis+socket://{HOME}/redis.sock")
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    broker_transport_options={"visibility_timeout": 10},  # seconds; an hour by default: the crash would wait so long
)


@app.task(name="send")
def send(to: str, words: str) -> None:
    sender(URL, int(CONCURRENCY))(to, words)


def fill(number: int) -> None:
    for to, words in texts(number):
        send.delay(to, words)


def work() -> None:
    app.worker_main(["worker", "--pool=threads", f"--concurrency={CONCURRENCY}", "--loglevel=warning", "-O", "fair"])


if __name__ == "__main__":
    work() if sys.argv[1] == "work" else fill(int(sys.argv[2]))
