"""Services that Serein hasn't, answered by moto's backends within this process (ADR 12).

Their state is in memory only: it is gone when the server stops, and no other node has it. Every answer names moto in a
header, and the log says so once for each service.
"""

import asyncio
import importlib.util
import logging
import sys
import threading
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.exceptions import BotoCoreError, UnknownServiceError
from botocore.session import Session

from serein.extra.moto_calls import find_call
from serein.extra.moto_types import MADE, MotoType
from serein.kernel.http import ByteStream, HttpReply, HttpRequest
from serein.kernel.operation import Reply, Request
from serein.kernel.resource import Resource
from serein.kernel.scope import Scope

ANSWERED_BY = "x-serein-answered-by"
_PACKAGE = "moto"
_OWN_HEADERS = frozenset({"content-length", "connection", "transfer-encoding", "server", "date"})
_log = logging.getLogger("serein.moto")
T = TypeVar("T")


class MotoMissing(Exception):
    """The setting asks for moto, and it isn't installed; the message says how to install it."""

    def __init__(self) -> None:
        super().__init__("moto isn't installed: `pip install 'serein[moto]'`, or leave SEREIN_MOTO off")


class MotoBackends:
    """Calls moto in a thread, one call at a time: its backends know nothing of threads."""

    def __init__(self) -> None:
        """Raises MotoMissing."""
        if importlib.util.find_spec(_PACKAGE) is None:
            raise MotoMissing
        self._lock = threading.Lock()
        self.in_flight = 0
        self._named: set[str] = set()
        self._session: Session | None = None

    async def find_reply(self, service: str, http: HttpRequest, body: bytes, scope: Scope) -> HttpReply | None:
        url = self._url(service, http, scope)
        if url is None:
            return None
        headers = HTTPHeaders()
        for name, value in http.headers.items():
            headers[name] = value
        headers["host"] = urlsplit(url).netloc
        headers["x-moto-account-id"] = scope.account
        request = AWSPreparedRequest(http.method, url, headers, body, False)
        found = await self.run(lambda: _stubber().process_request(request))
        if found is None:
            return None
        self._name(service)
        status, replied, content = found
        kept = [(name.lower(), str(value)) for name, value in replied.items() if name.lower() not in _OWN_HEADERS]
        text = content.encode() if isinstance(content, str) else bytes(content or b"")
        return HttpReply(int(status), [*kept, (ANSWERED_BY, _PACKAGE)], text)

    async def call(self, service: str, operation: str, request: Request, scope: Scope) -> Reply | None:
        host = self._host(service, scope)
        made = None if host is None else find_call(self._known(), service, operation, scope)
        if made is None or host is None:
            return None
        read = {name: await value.read() if isinstance(value, ByteStream) else value for name, value in request.items()}
        prepared = made.request_of(read, host)
        found = await self.run(lambda: _stubber().process_request(prepared))
        if found is None:
            return None
        self._name(service)
        return made.reply_of(found)

    def find_resource(self, type_name: str, properties: frozenset[str], attributes: Iterable[str]) -> Resource | None:
        if type_name not in MADE:
            return None
        return MotoType(type_name, properties, tuple(attributes), self.run)

    async def reset(self) -> None:
        if _PACKAGE in sys.modules:
            await self.run(_reset)

    async def run(self, work: Callable[[], T]) -> T:
        """Work with moto's backends in a thread."""

        def locked() -> T:
            with self._lock:
                return work()

        self.in_flight += 1
        try:
            return await asyncio.to_thread(locked)
        finally:
            self.in_flight -= 1

    def _url(self, service: str, http: HttpRequest, scope: Scope) -> str | None:
        """The address that the request would have on AWS."""
        host = self._host(service, scope)
        return None if host is None else f"https://{host}{http.path}{'?' + http.query if http.query else ''}"

    def _known(self) -> Session:
        """What botocore knows of services."""
        self._session = self._session or Session()
        return self._session

    def _host(self, service: str, scope: Scope) -> str | None:
        """The host name that the service has on AWS; None when there is no such service."""
        resolver = self._known().get_component("endpoint_resolver")
        try:
            prefix = self._known().get_service_model(service).endpoint_prefix
            found = resolver.construct_endpoint(prefix, scope.region)
        except (BotoCoreError, UnknownServiceError):
            return None
        host: str = found["hostname"] if found else f"{prefix}.{scope.region}.amazonaws.com"
        return host

    def _name(self, service: str) -> None:
        if service not in self._named:
            self._named.add(service)
            _log.warning(
                "moto answers for %s: what it keeps is in memory only, and gone when the server stops", service
            )


@cache
def _stubber() -> Any:
    # Why here: moto takes a second to import, and only who asks for a service that Serein hasn't waits for it.
    from moto.core.botocore_stubber import BotocoreStubber

    return BotocoreStubber()


def _reset() -> None:
    # Why here: as above.
    from moto.core.base_backend import BackendDict

    BackendDict.reset()
