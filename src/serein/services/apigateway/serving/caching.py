"""The response caches of stages.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from serein.kernel.http import Headers, HttpReply
from serein.services.apigateway.serving.exchange import Exchange
from serein.services.apigateway.serving.mappings import Source, compile_source

_LARGEST_BODY_BYTES = 1_048_576
_LARGEST_CACHE_BYTES = 128 * 1024 * 1024
IGNORED = '199 "Cache-control headers were ignored because the caller was unauthorized."'


class CacheKey:
    """What tells a method's cached replies apart."""

    __slots__ = ("_namespace", "_sources")

    def __init__(self, method: dict[str, Any], resource_id: str) -> None:
        integration = method.get("methodIntegration") or {}
        self._namespace: str = integration.get("cacheNamespace") or resource_id
        mapped: dict[str, str] = integration.get("requestParameters") or {}
        self._sources: tuple[Source, ...] = tuple(
            compile_source(mapped.get(name, name)) for name in integration.get("cacheKeyParameters") or ()
        )

    def of(self, exchange: Exchange, verb: str) -> Hashable:
        """AWS: parameters that aren't key parameters make no difference, the path's neither."""
        values = [source(exchange, None) for source in self._sources]
        return (self._namespace, verb, *(tuple(value) if isinstance(value, list) else value for value in values))


class ResponseCache:
    """Replies that are kept, those used last at the end."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[float, int, Headers, bytes]] = OrderedDict()
        self._size_bytes = 0

    def find(self, key: Hashable, now: float) -> HttpReply | None:
        """A reply that may be given again, or None."""
        found = self._kept.get(key)
        if found is None:
            return None
        expires_at, status, headers, body = found
        if expires_at <= now:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return HttpReply(status, list(headers), body)

    def keep(self, key: Hashable, reply: HttpReply, expires_at: float) -> None:
        """Keep a reply that succeeded; one that is large or streamed is left out."""
        body = reply.body
        if not isinstance(body, bytes) or len(body) > _LARGEST_BODY_BYTES or not 200 <= reply.status < 400:
            return
        self._drop(key)
        self._kept[key] = (expires_at, reply.status, list(reply.headers), body)
        self._size_bytes += len(body)
        while self._size_bytes > _LARGEST_CACHE_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._size_bytes -= len(found[3])


def wants_new(exchange: Exchange) -> bool:
    """Whether a client asks for a reply that isn't from the cache."""
    control = exchange.http.headers.get("cache-control")
    return control is not None and "max-age=0" in control.replace(" ", "").lower()
