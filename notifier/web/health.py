"""For ops and their monitoring, on a port that is never exposed: /live, /ready, /metrics, and a page for people."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from notifier.actions.take_vitals import Overview
from notifier.web.page import page_of

# The page fetches nothing and runs nothing; a copy kept somewhere would soon be wrong.
_OF_THE_PAGE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@asynccontextmanager
async def serving_health(
    listen: str,
    why_not_ready: Callable[[], str | None],
    exposition: Callable[[], Awaitable[bytes]],
    overview: Callable[[], Awaitable[Overview]],
) -> AsyncIterator[str]:
    """Serve on `listen` ("host:port") while the block runs; give the address served at.

    `why_not_ready` returns a sentence, or None when the service is ready; `exposition` the metrics in
    Prometheus's text format; `overview` what the page shows. Raises OSError where the port is taken.
    """

    async def live(_: web.Request) -> web.Response:
        return web.Response(text="live\n")

    async def ready(_: web.Request) -> web.Response:
        reason = why_not_ready()
        if reason is None:
            return web.Response(text="ready\n")
        return web.Response(text=f"{reason}\n", status=HTTPStatus.SERVICE_UNAVAILABLE)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=await exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=page_of(await overview()), content_type="text/html", headers=_OF_THE_PAGE)

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_get("/live", live)
    app.router.add_get("/ready", ready)
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=1)
    await runner.setup()
    host, _, port = listen.rpartition(":")
    try:
        await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
