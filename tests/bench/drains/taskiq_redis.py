"""taskiq with Redis: one process, its stream broker, which gives a killed worker's tasks to the next."""

import asyncio
import os
import sys
from contextlib import AsyncExitStack

from taskiq import TaskiqEvents, TaskiqState
from taskiq_redis import RedisStreamBroker

from tests.bench.drains import client
from tests.bench.texts import texts

HOME, URL, CONCURRENCY = (os.environ.get(name, "0") for name in ("BENCH_HOME", "BENCH_URL", "BENCH_CONCURRENCY"))
broker = RedisStreamBroker(f"unix://{HOME}/redis.sock", idle_timeout=10_000)  # ms
open_until_the_end = AsyncExitStack()


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def start(state: TaskiqState) -> None:
    state.send = await open_until_the_end.enter_async_context(client.async_sender(URL, int(CONCURRENCY)))


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def stop(_: TaskiqState) -> None:
    await open_until_the_end.aclose()


@broker.task(task_name="send")
async def send(to: str, words: str) -> None:
    await broker.state.send(to, words)


async def fill(number: int) -> None:
    await broker.startup()
    for to, words in texts(number):
        await send.kiq(to, words)
    await broker.shutdown()


def work() -> None:
    module = "tests.bench.drains.taskiq_redis:broker"
    many = ("--max-async-tasks", CONCURRENCY, "--max-prefetch", CONCURRENCY)
    os.execv(sys.executable, (sys.executable, "-m", "taskiq", "worker", module, "--workers", "1", *many))  # noqa: S606


if __name__ == "__main__":
    work() if sys.argv[1] == "work" else asyncio.run(fill(int(sys.argv[2])))
