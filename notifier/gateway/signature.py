"""Whether a call to our webhooks comes from Twilio: its signature, over the address that Twilio called.

After https://www.twilio.com/docs/usage/security#validating-requests. It is made with the
account's auth token, also where texts are sent by an API key.
"""

from hmac import compare_digest
from urllib.parse import urlsplit

from multidict import MultiMapping
from twilio.request_validator import RequestValidator

_USUAL_PORTS = {"https": 443, "http": 80}


class SignatureCheck:
    """Knows Twilio's calls to `public_url`, which is where the world reaches us: a proxy ends TLS there.

    The URL begins with http:// or https://. It may have a path, where the proxy takes that away
    before it passes a call on.
    """

    def __init__(self, auth_token: str, public_url: str) -> None:
        self._validator = RequestValidator(auth_token)
        parts = urlsplit(public_url.rstrip("/"))
        host = parts.netloc.removesuffix(f":{parts.port}")
        # Twilio is not consistent in whether it signs the port (see RequestValidator.validate).
        ports = "", f":{parts.port or _USUAL_PORTS[parts.scheme]}"
        self._bases = [f"{parts.scheme}://{host}{port}{parts.path}" for port in ports]

    def holds(self, target: str, form: MultiMapping[str], signature: str | None) -> bool:
        """Return whether `signature` is that of a call of `target` with `form`; never raises.

        `target` is the path and query exactly as they were received, undecoded; `form` has the
        decoded fields, blank ones too. How long it takes does not depend on how much is right.
        """
        given = (signature or "").encode(errors="replace")
        try:
            expected = [self._validator.compute_signature(f"{base}{target}", form) for base in self._bases]
        except UnicodeEncodeError:  # bytes in the target that are no text: Twilio sends none
            return False
        return any([compare_digest(one.encode(), given) for one in expected])  # noqa: C419 - all are compared, always
