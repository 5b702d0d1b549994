"""Procrastinate with PostgreSQL: one asynchronous worker."""

import asyncio
import os
import sys
from pathlib import Path

from procrastinate import App, PsycopgConnector

from tests.bench.drains import client
from tests.bench.texts import texts

HOME, URL, CONCURRENCY = (os.environ.get(name, "0") for name in ("BENCH_HOME", "BENCH_URL", "BENCH_CONCURRENCY"))
POOL = 10
app = App(connector=PsycopgConnector(conninfo=Path(HOME, "postgres.url").read_text(), max_size=POOL))
SENDERS: list[client.AsyncSend] = []


@app.task(name="send")
async def send(to: str, words: str) -> None:
    await SENDERS[0](to, words)


async def fill(number: int) -> None:
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await send.batch_defer_async(*({"to": to, "words": words} for to, words in texts(number)))


async def work() -> None:
    async with app.open_async(), client.async_sender(URL, int(CONCURRENCY)) as sending:
        SENDERS.append(sending)
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=1):
            await app.job_manager.retry_job(job)
        await app.run_worker_async(concurrency=int(CONCURRENCY), install_signal_handlers=True)


if __name__ == "__main__":
    asyncio.run(work() if sys.argv[1] == "work" else fill(int(sys.argv[2])))
