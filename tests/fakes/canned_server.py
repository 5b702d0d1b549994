"""An HTTP server that says fixed bytes to everyone: for answers that no sane server gives."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self


class CannedServer:
    """Reads each request, answers with the next of `answers`, the last one again and again, and hangs up.

    An empty answer is a server that never answers; with a `drip` it goes on saying that for as
    long as the caller listens.
    """

    def __init__(self, *answers: bytes, drip: bytes = b"") -> None:
        self.requests: list[bytes] = []
        self.base_url = ""
        self._answers = list(answers)
        self._drip = drip
        self._talks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1")
        self.base_url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            try:
                await self._converse(reader, writer)
            finally:
                writer.close()
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        body = await reader.readexactly(int(lengths[0].split(b":")[1])) if lengths else b""
        self.requests.append(head + body)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if not answer:
            await reader.read()
        writer.write(answer)
        while self._drip:
            writer.write(self._drip)
            await writer.drain()
            await asyncio.sleep(0.02)


def http(status: str, body: str, *headers: str) -> bytes:
    """An answer of that status line and body, after which the connection is closed."""
    content = body.encode()
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", "Connection: close", *headers, "", "")
    return "\r\n".join(lines).encode() + content
