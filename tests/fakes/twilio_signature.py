"""Twilio's signature, reckoned from its description alone: no code of notifier's or twilio's takes part."""

import base64
import hmac
from collections.abc import Iterable


def signed(url: str, form: Iterable[tuple[str, str]], token: str) -> str:
    """Return the signature of a call of `url`: https://www.twilio.com/docs/usage/security#validating-requests."""
    words = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.digest(token.encode(), words.encode(), "sha1")).decode()
