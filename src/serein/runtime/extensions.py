"""The Extensions API of one environment: who registered, for which events, and what each is doing.

External extensions are processes of their own, started before the runtime; internal ones run in the runtime's process
and register while it initialises. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from serein.kernel.ids import new_uuid
from serein.kernel.runner import FunctionSpec, Invocation
from serein.runtime.runtime_api import Body, Connection, Refused
from serein.runtime.subscriptions import InvalidSubscription, parse_subscription
from serein.runtime.telemetry import Subscription

MAXIMUM_EXTENSIONS = 10
"""AWS: of all kinds, in one environment."""
INVOKE, SHUTDOWN = "INVOKE", "SHUTDOWN"
_FORBIDDEN = "403 Forbidden"
_MAXIMUM_BODY_BYTES = 262_144
_STARTED, _REGISTERED, _READY, _RUNNING = "Started", "Registered", "Ready", "Running"
_INIT_ERROR, _EXIT_ERROR, _LAUNCH_ERROR, _EXITED = "InitError", "ExitError", "LaunchError", "Exited"
_FAILURES = {_INIT_ERROR: "Extension.InitError", _EXIT_ERROR: "Extension.ExitError"}


class Extension:
    """One extension."""

    def __init__(self, name: str, is_external: bool) -> None:
        self.name = name
        self.is_external = is_external
        self.identifier = new_uuid()
        self.state = _STARTED
        self.events: list[str] = []
        self.error_type = ""
        self._connection: Connection | None = None
        self._event: bytes | None = None

    def wait(self, connection: Connection) -> None:
        """It asks for an event."""
        self._connection = connection
        self.state = _READY
        if self._event is not None:
            self.tell(self._event)

    def tell(self, event: bytes) -> None:
        """Give it an event: at once when it waits for one."""
        self.state, self._event = _RUNNING, event
        if self._connection is not None and self._connection.is_open:
            head = (
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                f"Lambda-Extension-Event-Identifier: {new_uuid()}\r\nContent-Length: {len(event)}\r\n\r\n"
            )
            self._connection.reply(head.encode() + event)
            self._event = None
        self._connection = None


class Extensions:
    """All extensions of an environment, from the start of its processes to their end."""

    def __init__(self, spec: FunctionSpec, external: Iterable[str], progressed: Callable[[], None]) -> None:
        """`external` are the names of those started as processes; `progressed` is called when one goes on."""
        self._spec = spec
        self._progressed = progressed
        self._by_name = {name: Extension(name, is_external=True) for name in external}
        self._is_open = True
        self.subscribed: Callable[[str, str, Subscription, list[str]], bool] = lambda *_: False
        """Called with the API, the extension's name, its subscription and the types; false when it is too late."""

    def __iter__(self) -> Iterator[Extension]:
        return iter(self._by_name.values())

    @property
    def is_empty(self) -> bool:
        return not self._by_name

    @property
    def has_external(self) -> bool:
        return any(extension.is_external for extension in self._by_name.values())

    @property
    def are_registered(self) -> bool:
        """Whether every process has registered: the runtime starts then."""
        return all(extension.state != _STARTED for extension in self._by_name.values())

    @property
    def are_ready(self) -> bool:
        """Whether all of them wait for an event."""
        return all(extension.state == _READY for extension in self._by_name.values())

    def end_registering(self) -> None:
        """The runtime is initialised."""
        self._is_open = False

    def launch_failed(self, name: str, reason: str) -> None:
        self._by_name[name].state, self._by_name[name].error_type = _LAUNCH_ERROR, reason

    def exited(self, name: str) -> str:
        """The process of an extension has ended; what its end is called."""
        extension = self._by_name[name]
        error_type = _FAILURES.get(extension.state, "Extension.Crash")
        extension.error_type = extension.error_type or error_type
        return error_type

    def invoke(self, invocation: Invocation, deadline_ms: int) -> None:
        """Tell those that subscribed to INVOKE."""
        event: dict[str, Any] = {
            "eventType": INVOKE,
            "deadlineMs": deadline_ms,
            "requestId": invocation.request_id,
            "invokedFunctionArn": self._spec.arn,
        }
        if invocation.trace_id:
            event["tracing"] = {"type": "X-Amzn-Trace-Id", "value": invocation.trace_id}
        self._tell(INVOKE, event)

    def shut_down(self, reason: str, deadline_ms: int) -> set[str]:
        """Tell those that subscribed to SHUTDOWN, and name them; the others are not waited for."""
        event = {"eventType": SHUTDOWN, "deadlineMs": deadline_ms, "shutdownReason": reason}
        return self._tell(SHUTDOWN, event)

    def _tell(self, kind: str, event: dict[str, Any]) -> set[str]:
        meant = [extension for extension in self._by_name.values() if kind in extension.events]
        data = msgspec.json.encode(event) if meant else b""
        for extension in meant:
            extension.tell(data)
        return {extension.name for extension in meant}

    # --- the API

    def route(self, method: bytes, target: str, headers: dict[bytes, bytes], connection: Connection) -> Body | None:
        """Take a request. Raises Refused."""
        asked = method, target.rstrip("/")
        if asked == (b"POST", "/2020-01-01/extension/register"):
            name = headers.get(b"lambda-extension-name", b"").decode("latin-1")
            features = headers.get(b"lambda-extension-accept-feature", b"").decode("latin-1")
            if not name:
                raise Refused(_FORBIDDEN, "Extension.InvalidExtensionName", "Empty extension name")
            return _Document(lambda body: self._register(name, features, body))
        if asked == (b"GET", "/2020-01-01/extension/event/next"):
            self._next(self._require(headers), connection)
            return None
        if asked == (b"POST", "/2020-01-01/extension/init/error"):
            return self._error(self._require(headers), headers, _INIT_ERROR, (_REGISTERED, _INIT_ERROR))
        if asked == (b"POST", "/2020-01-01/extension/exit/error"):
            allowed = (_REGISTERED, _READY, _RUNNING, _EXIT_ERROR)
            return self._error(self._require(headers), headers, _EXIT_ERROR, allowed)
        if asked in ((b"PUT", "/2022-07-01/telemetry"), (b"PUT", "/2020-08-15/logs")):
            extension = self._require(headers)
            api = target.rstrip("/").rpartition("/")[2]
            return _Document(lambda body: self._subscribe(api, extension, body))
        raise Refused("404 Not Found", "ResourceNotFound", f"No such resource: {target}")

    def _require(self, headers: dict[bytes, bytes]) -> Extension:
        identifier = headers.get(b"lambda-extension-identifier", b"").decode("latin-1")
        if not identifier:
            raise Refused(
                _FORBIDDEN, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header"
            )
        if len(identifier.replace("-", "")) != 32 or not identifier.replace("-", "").isalnum():
            raise Refused(_FORBIDDEN, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier")
        for extension in self._by_name.values():
            if extension.identifier == identifier:
                return extension
        raise Refused(_FORBIDDEN, "Extension.UnknownExtensionIdentifier", f"Unknown extension {identifier}")

    def _register(self, name: str, features: str, body: bytes) -> bytes:
        events = _parse_events(body)
        extension = self._by_name.get(name)
        if extension is None or not extension.is_external:
            extension = self._new_internal(name, events)
        elif extension.state != _STARTED:
            raise _wrong_state(extension, _REGISTERED)
        for event in events:
            if event not in (INVOKE, SHUTDOWN):
                raise Refused(_FORBIDDEN, "Extension.InvalidEventType", f"{event}: ErrorInvalidEventType")
        extension.events, extension.state = events, _REGISTERED
        self._by_name[name] = extension
        reply = {
            "functionName": self._spec.name,
            "functionVersion": self._spec.version,
            "handler": self._spec.handler,
        }
        if "accountId" in (feature.strip() for feature in features.split(",")):
            reply = {"accountId": self._spec.scope.account, **reply}
        self._progressed()
        return _ok(msgspec.json.encode(reply), f"Lambda-Extension-Identifier: {extension.identifier}\r\n")

    def _new_internal(self, name: str, events: list[str]) -> Extension:
        if SHUTDOWN in events:
            message = f"{SHUTDOWN}: ShutdownEventNotSupportedForInternalExtension"
            raise Refused(_FORBIDDEN, "Extension.InvalidEventType", message)
        if not self._is_open:
            raise Refused(_FORBIDDEN, "Extension.RegistrationClosed", "Extension registration closed already")
        if name in self._by_name:
            message = "Extension with this name already registered"
            raise Refused(_FORBIDDEN, "Extension.InvalidExtensionState", message)
        if len(self._by_name) >= MAXIMUM_EXTENSIONS:
            message = f"Extension limit ({MAXIMUM_EXTENSIONS}) reached"
            raise Refused(_FORBIDDEN, "Extension.TooManyExtensions", message)
        return Extension(name, is_external=False)

    def _next(self, extension: Extension, connection: Connection) -> None:
        if extension.state not in (_REGISTERED, _READY, _RUNNING):
            raise _wrong_state(extension, _READY)
        extension.wait(connection)
        self._progressed()

    def _error(
        self, extension: Extension, headers: dict[bytes, bytes], state: str, allowed: tuple[str, ...]
    ) -> "_Document":
        error_type = headers.get(b"lambda-extension-function-error-type", b"").decode("latin-1")[:256]
        if not error_type:
            message = "Lambda-Extension-Function-Error-Type not found"
            raise Refused(_FORBIDDEN, "Extension.MissingHeader", message)
        if extension.state not in allowed:
            raise _wrong_state(extension, state)

        def report(_: bytes) -> None:
            extension.state, extension.error_type = state, error_type

        return _Document(report)

    def _subscribe(self, api: str, extension: Extension, body: bytes) -> bytes:
        try:
            subscription, types = parse_subscription(api, body)
        except InvalidSubscription as error:
            raise Refused("400 Bad Request", "ValidationError", str(error)) from None
        if not self.subscribed(api, extension.name, subscription, types):
            name = api.capitalize()
            raise Refused(_FORBIDDEN, f"{name}.SubscriptionClosed", f"{name} API subscription is closed already")
        return _ok(b'"OK"', "")


class _Document:
    """The body of a request, given to `ended` when it is complete."""

    def __init__(self, ended: Callable[[bytes], bytes | None]) -> None:
        self._ended = ended
        self._data = bytearray()

    def feed(self, data: bytes | bytearray, connection: Connection) -> None:
        if len(self._data) <= _MAXIMUM_BODY_BYTES:
            self._data += data

    def end(self, trailers: dict[bytes, bytes]) -> bytes | None:
        if len(self._data) > _MAXIMUM_BODY_BYTES:
            raise Refused("413 Request Entity Too Large", "RequestEntityTooLarge", "The request is too large")
        return self._ended(bytes(self._data))

    def abort(self) -> None:
        pass


def _parse_events(body: bytes) -> list[str]:
    try:
        request = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise Refused(_FORBIDDEN, "InvalidRequestFormat", str(error)) from None
    events = request.get("events") if isinstance(request, dict) else None
    if events is None:
        events = []
    if not isinstance(request, dict) or not isinstance(events, list) or any(not isinstance(e, str) for e in events):
        raise Refused(_FORBIDDEN, "InvalidRequestFormat", "events must be a list of names")
    if request.get("configurationKeys"):
        message = "configurationKeys are deprecated; use environment variables instead"
        raise Refused(_FORBIDDEN, "InvalidRequestFormat", message)
    return events


def _wrong_state(extension: Extension, wanted: str) -> Refused:
    return Refused(
        _FORBIDDEN,
        "Extension.InvalidExtensionState",
        f"State transition from {extension.state} to {wanted} failed for extension {extension.name}. "
        "Error: State transition is not allowed",
    )


def _ok(body: bytes, headers: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
