"""Keeps web pages and foreign names away from a server on a developer's machine.

A browser can be made to send requests to loopback (cross-site requests, DNS rebinding), and an AWS API that accepts
any credentials would obey. So a request must be addressed to a name that means this server, and one that a browser
sends for a page must come from a page of this machine, or from an origin that the settings name.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from serein.kernel.errors import AwsError
from serein.kernel.http import Headers, HttpRequest

_OWN_SUFFIXES = (
    *(".localhost", ".localhost.localstack.cloud"),
    *(".amazonaws.com", ".amazonaws.com.cn", ".on.aws", ".api.aws"),
)

_PREFIXES = ("sync-", "stream-", "data-")
"""What SDKs put in front of the host for some operations, whatever the host is."""


class ForeignRequest(AwsError):
    """The request is not for this server, or comes from a web page that may not call it."""

    code = "AccessDeniedException"
    status = 403


class Guard:
    """Decides by `Host`, `Origin` and the browser's own `Sec-Fetch-Site`."""

    def __init__(self, hosts: tuple[str, ...], origins: tuple[str, ...]) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._origins = frozenset(origin.lower().rstrip("/") for origin in origins)
        self._known: dict[str, bool] = {}

    def check_host(self, host: str) -> None:
        """Raise ForeignRequest unless `host` (lower case, without port) means this server."""
        known = self._known.get(host)
        if known is None:
            known = self._is_own(host)
            if len(self._known) < 10_000:
                self._known[host] = known
        if not known:
            raise ForeignRequest(
                f"The host name {host!r} does not mean this server. Add it to SEREIN_ALLOWED_HOSTS to allow it."
            )

    def check_origin(self, headers: Mapping[str, str]) -> None:
        """Raise ForeignRequest when a page from elsewhere makes a browser call an AWS API."""
        origin = headers.get("origin")
        if origin is not None:
            if not self._is_allowed_origin(origin):
                raise ForeignRequest(
                    f"Pages of {origin!r} may not call this server. Add it to SEREIN_ALLOWED_ORIGINS to allow it."
                )
        elif headers.get("sec-fetch-site") == "cross-site":
            raise ForeignRequest("A page of another site may not call this server.")

    def check_client(self, http: HttpRequest) -> None:
        """Raise ForeignRequest for a client that isn't on this machine, or may not be.

        Requests over HTTP/2 reach us by a tunnel, whose end is always on this machine.
        """
        if http.http_version.startswith("2") or not _is_loopback(http.client_address):
            raise ForeignRequest("Only clients on this machine may use this page.")

    def cors_headers(self, headers: Mapping[str, str]) -> Headers:
        """What lets an allowed page read the answer of an AWS API; empty without an Origin."""
        origin = headers.get("origin")
        if origin is None or not self._is_allowed_origin(origin):
            return []
        return [
            ("access-control-allow-origin", origin),
            ("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
            ("access-control-allow-headers", headers.get("access-control-request-headers") or "*"),
            ("access-control-expose-headers", "*"),
            ("access-control-max-age", "600"),
            ("vary", "origin"),
        ]

    def _is_own(self, host: str) -> bool:
        if host.startswith(_PREFIXES):
            host = host.partition("-")[2]
        if host in ("localhost", "") or host.endswith(_OWN_SUFFIXES):
            return True
        try:
            # An address can't be rebound: whoever names it means the machine that has it.
            ipaddress.ip_address(host.strip("[]"))
        except ValueError:
            return any(host == allowed or host.endswith("." + allowed) for allowed in self._hosts)
        return True

    def _is_allowed_origin(self, origin: str) -> bool:
        if origin.lower().rstrip("/") in self._origins or "*" in self._origins:
            return True
        try:
            host = urlsplit(origin).hostname or ""
        except ValueError:
            return False
        if host == "localhost" or host.endswith(".localhost"):
            return True
        return _is_loopback(host)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
