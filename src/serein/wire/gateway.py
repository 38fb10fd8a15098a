"""The pipeline of a request: guard, identify, authenticate, parse, call, reply.

One place where errors become bytes; what nobody expected is logged and answered as AWS's InternalFailure.
"""

import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

from serein.execute_api.addresses import HOST_LABEL
from serein.kernel.call import Platform
from serein.kernel.clock import wall_seconds
from serein.kernel.errors import AwsError, InternalFailure
from serein.kernel.http import CorsDoor, Door, Headers, HttpReply, HttpRequest, Socket, SocketDoor
from serein.kernel.ids import new_request_id
from serein.kernel.operation import folder_of
from serein.kernel.scope import DEFAULT_ACCOUNT, DEFAULT_REGION, Caller, Scope
from serein.wire import admin, chunked, sigv4
from serein.wire.actions import SdkActions
from serein.wire.apis import ServiceApis
from serein.wire.bodies import ClientDisconnected, RequestEntityTooLarge
from serein.wire.documents import JavaDocuments
from serein.wire.guard import Guard
from serein.wire.identity import Identities, KnownKey, at_origin
from serein.wire.index import Index
from serein.wire.models import Models
from serein.wire.protocols import protocol_of
from serein.wire.refusals import refusal
from serein.wire.routing import FORM, Router, Target
from serein.wire.signers import Signers
from serein.wire.transport import Receive, Send, request_of, send_reply

R = TypeVar("R", bound=HttpReply | None)
log = logging.getLogger("serein.gateway")
_REMEMBERED_HOSTS = 1000
_SMALL_BODY_BYTES = 1_048_576
"""Below it no service declares a limit of whole requests."""
_PLAIN_HOSTS = frozenset({"localhost", "127.0.0.1"})


class Gateway:
    """Answers requests; as an ASGI application those that come over HTTP/2."""

    def __init__(
        self,
        platform: Platform,
        guard: Guard,
        administration: admin.Administration,
        *,
        is_authenticating: bool,
        root: tuple[str, str] = ("", ""),
    ) -> None:
        assert isinstance(platform.contract, Models)
        self._platform = platform
        self._guard = guard
        self._administration = administration
        self._is_authenticating = is_authenticating
        index = Index()
        self._router = Router(index, platform.contract, platform.catalog)
        platform.actions = SdkActions(index, platform.contract)
        platform.documents = JavaDocuments(index, platform.contract)
        platform.apis = ServiceApis(platform, index, platform.contract)
        self._identities = Identities(platform, root)
        platform.signatures = Signers(self._identities, is_enforced=is_authenticating)
        self._doors = [
            (folder, service.host_label, service.path_prefixes)
            for folder in platform.catalog.folders
            if (service := platform.catalog.service_in(folder)).host_label or service.path_prefixes
        ]
        self._opened: dict[str, Door | None] = {}
        self._doorless: set[str] = set()
        """Host names that lead to no door."""

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        http = request_of(scope, receive)
        await send_reply(send, http, await self.reply_to(http))

    async def connect(self, http: HttpRequest, socket: Socket) -> None:
        """Serve a WebSocket, or answer as if it weren't one; the only exception is ClientDisconnected."""

        async def serve(http: HttpRequest) -> HttpReply | None:
            try:
                await self._check_host(http.host)
                for door in self._doors_of(http):
                    if getattr(door, "has_sockets", False) and await cast(SocketDoor, door).connect(
                        self._platform, http, socket
                    ):
                        return None
            except AwsError as error:
                return _plain_error(error)
            except ConnectionError:
                raise ClientDisconnected from None
            return await self.answer(http)

        reply = await self._reply_by(serve, http)
        if reply is not None:
            await socket.refuse(reply)

    async def reply_to(self, http: HttpRequest) -> HttpReply:
        """Answer any request; the only exception is ClientDisconnected."""
        return await self._reply_by(self.answer, http)

    async def _reply_by(self, answer: Callable[[HttpRequest], Awaitable[R]], http: HttpRequest) -> R | HttpReply:
        try:
            return await answer(http)
        except ClientDisconnected:
            raise
        except Exception:  # a listed boundary: nothing that goes wrong may reach the HTTP server
            log.exception("%s %s failed", http.method, http.path)
            return _plain_error(InternalFailure())

    def through(self, find_door: Callable[[], Door]) -> Callable[[HttpRequest], Awaitable[HttpReply]]:
        """What answers requests by one door alone, found when the first one comes."""

        async def answer(http: HttpRequest) -> HttpReply:
            return await find_door().answer(self._platform, http) or HttpReply(404)

        return lambda http: self._reply_by(answer, http)

    async def answer(self, http: HttpRequest) -> HttpReply:
        """Answer any request."""
        try:
            if http.host not in _PLAIN_HOSTS:
                await self._check_host(http.host)
            if http.path.startswith("/_serein/") and not http.path.startswith("/_serein/api/"):
                self._guard.check_origin(http.headers)
                if self._is_authenticating and http.path != "/_serein/health":
                    self._guard.check_client(http)
                return await admin.answer(self._administration, http)
            for door in self._doors_of(http):
                if (reply := await door.answer(self._platform, http)) is not None:
                    return reply
        except AwsError as error:
            return _plain_error(error)
        return await self._answer_api(http)

    async def _check_host(self, host: str) -> None:
        """Raise ForeignRequest unless a host name means this server, or is the domain name of an API."""
        domains = self._platform.domains
        if not domains.is_ready:
            await domains.ready()
        if domains.find(host) is None:
            self._guard.check_host(host)

    def _doors_of(self, http: HttpRequest) -> Sequence[Door]:
        """The doors that a request may be for, to be asked in this order: REST and HTTP APIs share their host names."""
        is_domain = self._platform.domains.find(http.host) is not None
        if http.path == "/" and http.host in self._doorless and not is_domain:
            return ()
        labels = [HOST_LABEL] if is_domain else http.host.split(".")
        found = [
            door
            for folder, host_label, path_prefixes in self._doors
            if (host_label in labels or (path_prefixes and http.path.startswith(path_prefixes)))
            and (door := self._door_of(folder)) is not None
        ]
        if not found and http.path == "/" and len(self._doorless) < _REMEMBERED_HOSTS:
            self._doorless.add(http.host)
        return found

    def _door_of(self, folder: str) -> Door | None:
        """A service's door, imported with its first request."""
        if folder not in self._opened:
            module = self._platform.catalog.find_module(folder, "door")
            self._opened[folder] = module.door if module is not None else None
        return self._opened[folder]

    async def _answer_api(self, http: HttpRequest) -> HttpReply:
        request_id = new_request_id()
        target: Target | None = None
        try:
            credential = sigv4.find_credential(http)
            form = b""
            if http.method == "POST" and http.headers.get("content-type", "").startswith(FORM):
                form = await http.body.read()
            target = self._router.identify(http, credential.service if credential else "", form)
            service = self._platform.catalog.find_service(target.service.name)
            # Why POST: a page's form can be sent without asking, so no bucket's rules come into it.
            if service is None or not service.has_cors_rules or http.method == "POST":
                self._guard.check_origin(http.headers)
                if http.method == "OPTIONS" and "origin" in http.headers:
                    return HttpReply(200, self._guard.cors_headers(http.headers))
            reply = await self._call(http, target, credential, form, request_id)
        except AwsError as error:
            reply = self._error(http, target, error, request_id)
        except ClientDisconnected:
            raise
        except Exception:  # a listed boundary
            log.exception("%s %s failed (request %s)", http.method, http.path, request_id)
            reply = self._error(http, target, InternalFailure(), request_id)
        if "origin" in http.headers and http.method != "OPTIONS":
            reply.headers.extend(await self._cors_headers(http, target))
        return reply

    async def _cors_headers(self, http: HttpRequest, target: Target | None) -> Headers:
        service = self._platform.catalog.find_service(target.service.name) if target else None
        if target is None or service is None or not service.has_cors_rules:
            return self._guard.cors_headers(http.headers)
        door: CorsDoor = self._platform.catalog.require_module(folder_of(service.name), "door").door
        return await door.cors_headers(self._platform, replace(http, path=target.path))

    async def _answer_unmatched(self, http: HttpRequest, target: Target) -> HttpReply:
        """Answer a request that no operation matches, if the service has a door; raise the error for it else.

        What changes anything there isn't signed as requests to the API are, so it is refused when that is asked for.
        """
        module = self._platform.catalog.find_module(folder_of(target.service.name), "door")
        if module is not None and (http.method in ("OPTIONS", "GET", "HEAD") or not self._is_authenticating):
            reply: HttpReply | None = await module.door.answer(self._platform, replace(http, path=target.path))
            if reply is not None:
                return reply
        raise target.error or InternalFailure()

    async def _call(
        self, http: HttpRequest, target: Target, credential: sigv4.Credential | None, form: bytes, request_id: str
    ) -> HttpReply:
        operation = target.operation
        if operation is None:
            return await self._answer_unmatched(http, target)
        protocol, name = protocol_of(target.service, http), target.service.name
        try:
            body = b"" if operation.streams_input else form or await http.body.read()
        except RequestEntityTooLarge:
            self._check_size(target, math.inf)
            raise
        if len(body) > _SMALL_BODY_BYTES:
            self._check_size(target, len(body))
        try:
            if credential is None and self._is_public(target.service.name, operation.name):
                key, chunk_key = KnownKey(DEFAULT_ACCOUNT, Caller.anonymous()), None
            else:
                key, chunk_key = await self._authenticate(http, credential, body, is_streamed=operation.streams_input)
        except AwsError as error:
            raise refusal(error, protocol.name, is_s3=target.service.name == "s3") from None
        if operation.streams_input:
            http.body = chunked.decoded(http, chunk_key)
        if (stand_in := self._platform.catalog.stand_in) and self._platform.catalog.find_service(name) is None:
            region = credential.region if credential else DEFAULT_REGION
            if (reply := await stand_in.find_reply(name, http, body, Scope(key.account, region))) is not None:
                return reply
        found = self._platform.require_operation(name, operation.name)
        request = protocol.parse(operation, http, body, target.labels)
        service = self._platform.catalog.find_service(name)
        region = credential.region if credential and not (service and service.is_global) else DEFAULT_REGION
        answer = await self._platform.dispatch(
            found,
            request,
            Scope(key.account, region),
            at_origin(key.caller, http) if self._is_authenticating else key.caller,
            http.headers.get("x-amzn-trace-id", ""),
            request_id,
            http.client,
        )
        return protocol.reply(operation, answer, request_id)

    def _is_public(self, service: str, operation: str) -> bool:
        """Whether an operation may be called without a signature, and with one missing is called by nobody."""
        found = self._platform.catalog.find_operation(service, operation)
        return found is not None and found.is_public

    def _check_size(self, target: Target, size_bytes: float) -> None:
        """Raise RequestEntityTooLarge in the words of services that declare how large is too large.

        AWS: that is the answer of a service's front end, before anything of the request is looked at.
        """
        service = self._platform.catalog.find_service(target.service.name)
        limit = service.maximum_request_bytes if service else 0
        if limit and size_bytes >= limit and target.operation is not None:
            raise RequestEntityTooLarge(
                f"Request must be smaller than {limit} bytes for the {target.operation.name} operation"
            )

    async def _authenticate(
        self, http: HttpRequest, credential: sigv4.Credential | None, body: bytes, *, is_streamed: bool
    ) -> tuple[KnownKey, sigv4.ChunkKey | None]:
        access_key = credential.access_key if credential else ""
        if not self._is_authenticating:
            return await self._identities.resolve(access_key), None
        known = await self._identities.find(access_key) if credential else None
        chunk_key = sigv4.verify(
            http,
            None if is_streamed else body,
            credential,
            known.secret if known else None,
            known.token if known else "",
            wall_seconds(),
        )
        assert known is not None
        return known, chunk_key

    def _error(self, http: HttpRequest, target: Target | None, error: AwsError, request_id: str) -> HttpReply:
        if target is None:
            return _plain_error(error, request_id)
        return protocol_of(target.service, http).error(target.service, target.operation, error, request_id)


def _plain_error(error: AwsError, request_id: str = "") -> HttpReply:
    """An error before any protocol is known."""
    text = error.message.replace("\\", "\\\\").replace('"', '\\"')
    body = f'{{"__type":"{error.code}","message":"{text}"}}'.encode()
    headers = [("content-type", "application/json"), ("x-amzn-errortype", error.code)]
    return HttpReply(error.status, [*headers, ("x-amzn-requestid", request_id)] if request_id else headers, body)
