"""One request watched on its way through an API: what `serein api test` shows.

A client of this machine asks for it with a header, by the path `/_serein/api/…`; every other request pays one look.
"""

import base64
import ipaddress
from typing import Any

import msgspec

from serein.kernel.clock import monotonic
from serein.kernel.http import HttpReply, HttpRequest

STEPS_HEADER = "x-serein-steps"
_PREFIX = "/_serein/api/"
_LONGEST_BODY = 100_000


class Steps:
    """What happened to a request, in order, with the milliseconds since it came."""

    def __init__(self) -> None:
        self._began = monotonic()
        self._steps: list[dict[str, Any]] = []

    def add(self, name: str, **details: Any) -> None:
        """`name` is for people: `route`, `authorizer`, `integration request`; details are JSON values."""
        self._steps.append({"name": name, "ms": round((monotonic() - self._began) * 1000, 2), **details})

    def reply(self, reply: HttpReply) -> HttpReply:
        """The steps, and the reply that the client would have got, as one document."""
        body = reply.body if isinstance(reply.body, bytes) else b""
        document = {
            "steps": self._steps,
            "status": reply.status,
            "headers": [list(header) for header in reply.headers],
            "body": base64.b64encode(body[:_LONGEST_BODY]).decode(),
            "ms": round((monotonic() - self._began) * 1000, 2),
        }
        return HttpReply(200, [("content-type", "application/json")], msgspec.json.encode(document, enc_hook=str))


def find_steps(http: HttpRequest) -> Steps | None:
    """Begin to watch a request whose client wants that and may; None otherwise. The API doesn't see that it did."""
    if STEPS_HEADER not in http.headers or not http.path.startswith(_PREFIX) or "origin" in http.headers:
        return None
    try:
        is_near = ipaddress.ip_address(http.client_address).is_loopback
    except ValueError:
        return None
    if not is_near:
        return None
    http.headers = {name: value for name, value in http.headers.items() if name != STEPS_HEADER}
    http.raw_headers = [header for header in http.raw_headers if header[0].lower() != STEPS_HEADER.encode()]
    return Steps()
