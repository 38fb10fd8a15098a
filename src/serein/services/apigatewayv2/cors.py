"""CORS as API Gateway answers it: preflights, and the headers of every other reply.

AWS: once an API has CORS settings, the gateway answers preflight requests itself, whatever routes exist, and the
integration's own CORS headers are dropped (developer guide, "Configure CORS for HTTP APIs").
"""

from typing import Any

from serein.kernel.http import Headers
from serein.services.apigatewayv2.errors import BadRequestException

_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "*"})
LONGEST_AGE_SECONDS = 86_400


class Cors:
    """Compiled CORS settings (`AllowOrigins`, `AllowMethods`, …)."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._origins = frozenset(origin.lower() for origin in settings.get("AllowOrigins", []))
        self._preflight: Headers = []
        self._plain: Headers = []
        if settings.get("AllowCredentials"):
            self._preflight.append(("access-control-allow-credentials", "true"))
            self._plain.append(("access-control-allow-credentials", "true"))
        if headers := settings.get("AllowHeaders"):
            self._preflight.append(("access-control-allow-headers", ",".join(header.lower() for header in headers)))
        if methods := settings.get("AllowMethods"):
            self._preflight.append(("access-control-allow-methods", ",".join(methods)))
        if (age := settings.get("MaxAge")) is not None:
            self._preflight.append(("access-control-max-age", str(age)))
        if exposed := settings.get("ExposeHeaders"):
            self._plain.append(("access-control-expose-headers", ",".join(header.lower() for header in exposed)))

    def preflight(self, origin: str) -> Headers:
        """The headers of the answer to a preflight; none when the origin may not ask."""
        allowed = self._allowed(origin)
        return [("access-control-allow-origin", allowed), *self._preflight] if allowed else []

    def plain(self, origin: str) -> Headers:
        """The headers that a reply to this origin gets in place of the integration's."""
        allowed = self._allowed(origin)
        return [("access-control-allow-origin", allowed), *self._plain] if allowed else []

    def _allowed(self, origin: str) -> str:
        if not origin:
            return ""
        if "*" in self._origins:
            return "*"
        scheme = origin.split("://", 1)[0].lower()
        return origin if origin.lower() in self._origins or f"{scheme}://*" in self._origins else ""


def require_valid_cors(settings: dict[str, Any]) -> None:
    """Raise BadRequestException for CORS settings that AWS refuses."""
    for method in settings.get("AllowMethods", []):
        if method not in _METHODS:
            raise BadRequestException(f"Invalid HTTP method {method} in allowMethods")
    origins = settings.get("AllowOrigins", [])
    for origin in origins:
        if origin != "*" and "://" not in origin:
            raise BadRequestException(f"Invalid format for origin {origin}")
    if settings.get("AllowCredentials") and "*" in origins:
        raise BadRequestException("allowCredentials is not supported for origin *")
    age = settings.get("MaxAge", 0)
    if not -1 <= age <= LONGEST_AGE_SECONDS:
        raise BadRequestException(f"maxAge must be between -1 and {LONGEST_AGE_SECONDS}")
