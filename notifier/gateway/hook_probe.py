"""Calling our own webhook as Twilio does, by the address that Twilio calls, and as a stranger."""

from collections.abc import Mapping
from types import MappingProxyType

import aiohttp
from twilio.request_validator import RequestValidator

from notifier.gateway.callbacks import STATUS_PATH

# A receipt for no message of ours: it changes nothing.
_FORM: Mapping[str, str] = MappingProxyType({"MessageSid": f"SM{0:032}", "MessageStatus": "sent"})


async def probe_hook(public_url: str, auth_token: str, timeout: float) -> tuple[int | None, int | None]:  # noqa: ASYNC109 - it bounds each call, as it does the transport's
    """Return the HTTP statuses that a signed call and an unsigned one are answered with; None for no answer."""
    url = f"{public_url}{STATUS_PATH}"
    signature = RequestValidator(auth_token).compute_signature(url, _FORM)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout)) as session:
        return await _post(session, url, {"X-Twilio-Signature": signature}), await _post(session, url, {})


async def _post(session: aiohttp.ClientSession, url: str, headers: Mapping[str, str]) -> int | None:
    try:
        async with session.post(url, data=dict(_FORM), headers=headers, allow_redirects=False) as answer:
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return None
