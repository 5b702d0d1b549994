"""Health for ops and their monitoring: /live and /ready, in plain words and with status codes."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

from aiohttp import web


@asynccontextmanager
async def serving_health(listen: str, why_not_ready: Callable[[], str | None]) -> AsyncIterator[str]:
    """Serve on `listen` ("host:port") while the block runs; give the address served at.

    `why_not_ready` returns a sentence, or None when the service is ready. Raises OSError where
    the port is taken.
    """

    async def live(_: web.Request) -> web.Response:
        return web.Response(text="live\n")

    async def ready(_: web.Request) -> web.Response:
        reason = why_not_ready()
        if reason is None:
            return web.Response(text="ready\n")
        return web.Response(text=f"{reason}\n", status=HTTPStatus.SERVICE_UNAVAILABLE)

    app = web.Application()
    app.router.add_get("/live", live)
    app.router.add_get("/ready", ready)
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=1)
    await runner.setup()
    host, _, port = listen.rpartition(":")
    try:
        await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
