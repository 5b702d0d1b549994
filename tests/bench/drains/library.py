"""The limit: the twilio library's own asynchronous client, with nothing around it that remembers anything."""

import asyncio
import os
import sys
from collections.abc import Iterator
from itertools import starmap

from tests.bench.drains.client import async_sender
from tests.bench.texts import texts


async def work(number: int, base_url: str, concurrency: int) -> None:
    line = texts(number)
    async with async_sender(base_url, concurrency) as send:

        async def lane(line: Iterator[tuple[str, str]]) -> None:
            for sending in starmap(send, line):
                await sending

        await asyncio.gather(*(lane(line) for _ in range(concurrency)))
    await asyncio.Event().wait()  # like a worker, it goes on


if __name__ == "__main__":
    if sys.argv[1] == "work":
        url, concurrency = os.environ["BENCH_URL"], int(os.environ["BENCH_CONCURRENCY"])
        asyncio.run(work(int(os.environ["BENCH_TEXTS"]), url, concurrency))
