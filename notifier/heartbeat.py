"""A dead man's switch: a watcher elsewhere that is told again and again that all is well, and alarms when it is not.

The address is of the kind that Healthchecks and others give out: a call means well, one to `/fail`
below it means ill at once. Who knows it can silence the alarm, so it stands in no log and no error.
"""

import aiohttp
from yarl import URL

PATIENCE = 10.0  # seconds for one call
LONGEST = 1_000  # characters of a reason


class Heartbeat:
    """Tells a watcher how the service does."""

    def __init__(self, url: str) -> None:
        """`url`: of the watcher, a secret; what comes after a `?` is kept behind `/fail` too."""
        self._well = URL(url)
        self._ill = self._well.with_path(f"{self._well.path.rstrip('/')}/fail", keep_query=True)

    async def beat(self, why_ill: str | None) -> str | None:
        """Tell that all is well, or why not; return why nobody heard it, in a word, None where the watcher did.

        `why_ill` is told as it is: it holds nothing of a patient.
        """
        url, said = (self._well, "") if why_ill is None else (self._ill, why_ill[:LONGEST])
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        try:
            # A connection of its own each time: one that is kept would be closed by the watcher in between.
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(url, data=said.encode(), allow_redirects=False) as answer,
            ):
                return None if answer.ok and answer.status < 300 else f"HTTP {answer.status}"  # noqa: PLR2004 - a redirect has told nobody
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return type(error).__name__
