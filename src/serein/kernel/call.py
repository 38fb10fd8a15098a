"""The dispatcher: `call(service, operation, request)` is the only way into an operation.

HTTP is one caller; deliveries, pollers, API Gateway's integrations and CloudFormation's handlers are others. What
every call goes through (validation, observation; later authorisation, faults, metering) is here and nowhere else.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from serein.kernel.blobs import Blobs
from serein.kernel.bus import Bus
from serein.kernel.clock import Clock
from serein.kernel.database import Database, Transaction
from serein.kernel.documents import Documents
from serein.kernel.domains import Domains
from serein.kernel.errors import AwsError, NotImplementedHere, UnknownOperation
from serein.kernel.http import Client, HttpReply, HttpRequest, Signatures
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Catalog, Operation, Reply, Request
from serein.kernel.runner import LogSink, Runner
from serein.kernel.scope import Caller, Scope
from serein.kernel.worker import Workers

T = TypeVar("T")

_HINT = " (`pip install 'serein[moto]'` and SEREIN_MOTO=on let moto answer for {}, in memory only)"


class Contract(Protocol):
    """AWS's API models, as the dispatcher needs them (`wire/models.py`)."""

    def validate(self, service: str, operation: str, request: Request) -> None:
        """Raise ValidationFailed when the request breaks a type or, if the service wants it, a constraint."""

    def check(self, service: str, operation: str, request: Request) -> list[str]:
        """Every constraint that the request breaks, in AWS's words: for services with an order of their own."""

    def decode(self, service: str, operation: str, reply: Reply) -> Reply:
        """Return the reply with every `Encoded` value decoded, for callers inside the platform."""

    def knows(self, service: str, operation: str) -> bool:
        """Whether AWS's model of the service has the operation."""


class Actions(Protocol):
    """Operations by the names and in the form that users give them to other services (`wire/actions.py`)."""

    def find(self, service: str, action: str) -> tuple[str, str] | None:
        """The service and the operation that an SDK's `sqs` and `sendMessage` mean, or None."""

    def request(self, service: str, operation: str, document: Any) -> Request:
        """The request that a JSON document is. Raises AwsError for what can't be one."""


class Apis(Protocol):
    """AWS's APIs in their own protocols, for callers inside the platform (`wire/apis.py`)."""

    async def answer(
        self, http: HttpRequest, service: str, action: str, scope: Scope, caller: Caller, trace_id: str = ""
    ) -> HttpReply:
        """A service's answer to an unsigned request, errors too. Raises UnknownOperation for an unknown service.

        `service` is named as in its host name; `action` is an operation's name, empty when the request tells itself.
        """


@dataclass(frozen=True, slots=True)
class Limits:
    """Host capacity and places, from the settings."""

    endpoint: str
    """Where clients, functions included, reach this platform: `http://127.0.0.1:4566`."""
    data: Path
    """The data folder; a service may keep rebuildable files under its own name in it."""
    memory_mb: int
    """What all function environments together may use."""
    smtp: str = ""
    """`host:port` of the server that takes mail, if there is one."""


@dataclass(frozen=True, slots=True)
class Realism:
    """What of AWS's ways is wanted by the settings, because it costs time that most users would rather not spend."""

    is_throttling: bool = False
    """Whether throughput that was provisioned is a limit."""
    is_gradual: bool = False
    """Whether resources take as long to come, change and go as on AWS."""
    has_strict_runtimes: bool = False
    """Whether functions have the runtimes that AWS offers, in the version that they name, or none."""


@dataclass(slots=True)
class Platform:
    """Everything an operation can reach, assembled in `app.py`. Holds ports, never adapters."""

    catalog: Catalog
    contract: Contract
    database: Database
    bus: Bus
    clock: Clock
    blobs: Blobs
    runner: Runner
    workers: Workers
    limits: Limits
    realism: Realism = Realism()
    log_sinks: list[LogSink] = field(default_factory=list)
    """Who takes what functions log: the Lambda service adds itself."""
    signatures: Signatures | None = None
    """Who signs requests to doors; the gateway puts it here, and before that no request comes."""
    actions: Actions | None = None
    """What users' SDK names mean; the gateway puts it here."""
    documents: Documents | None = None
    """Requests and replies as the SDK for Java spells them; the gateway puts it here."""
    apis: Apis | None = None
    """AWS's APIs as HTTP; the gateway puts it here."""
    domains: Domains = field(default_factory=Domains)
    """Custom domain names of APIs."""
    event_interest: Callable[[Transaction, Scope, str], bool] | None = None
    """Whether a rule of an account's default bus may match events of an AWS source; EventBridge puts it here."""
    memory: dict[str, Any] = field(default_factory=dict)
    """What services keep in memory, each under its own name: caches and counts that a restart may lose."""

    async def call(
        self,
        service: str,
        operation: str,
        request: Request,
        *,
        scope: Scope,
        caller: Caller | None = None,
        trace_id: str = "",
    ) -> Reply:
        """Call an operation from inside the platform; AWS's errors are raised as `AwsError`."""
        found = self.catalog.find_operation(service, operation)
        if found is None:
            return await self._call_elsewhere(service, operation, request, scope)
        reply = await self.dispatch(found, request, scope, caller or Caller.of_service("serein", scope), trace_id)
        return reply if found.internal else self.contract.decode(service, operation, reply)

    async def _call_elsewhere(self, service: str, operation: str, request: Request, scope: Scope) -> Reply:
        """Have the stand-in answer for a service that isn't here. Raises as `require_operation`."""
        stand_in = self.catalog.stand_in
        if stand_in is not None and self.catalog.find_service(service) is None:
            self.contract.validate(service, operation, request)
            reply = await stand_in.call(service, operation, request, scope)
            if reply is not None:
                return reply
        raise self._missing(service, operation)

    async def dispatch(
        self,
        operation: Operation,
        request: Request,
        scope: Scope,
        caller: Caller,
        trace_id: str = "",
        request_id: str = "",
        client: Client | None = None,
    ) -> Reply:
        """Validate and run an operation; what every caller shares. `Encoded` values stay encoded."""
        if not operation.internal:
            self.contract.validate(operation.service, operation.name, request)
        call = Call(self, operation.service, operation.name, scope, caller, request_id or new_uuid(), trace_id, client)
        if self.signatures is not None and self.signatures.is_enforced and not operation.internal:
            guard = self.catalog.find_guard(operation.service)
            if guard is not None and call.is_asked:
                await guard.check(call, request)
        return await operation.function(call, request)

    def require_operation(self, service: str, operation: str) -> Operation:
        """Find an operation. Raises UnknownOperation, or NotImplementedHere when AWS has it and Serein doesn't."""
        found = self.catalog.find_operation(service, operation)
        if found is None:
            raise self._missing(service, operation)
        return found

    def _missing(self, service: str, operation: str) -> AwsError:
        if self.contract.knows(service, operation):
            hint = "" if self.catalog.find_service(service) else _HINT.format(service)
            return NotImplementedHere(f"Serein does not implement {service}.{operation} yet{hint}")
        return UnknownOperation(f"{service} has no operation {operation}")


@dataclass(slots=True)
class Call:
    """One call of an operation: who, for which account and region, and the ways to act."""

    platform: Platform
    service: str
    operation: str
    scope: Scope
    caller: Caller
    request_id: str
    trace_id: str = ""
    client: Client | None = None
    """Who waits for the answer, when the call came over a connection."""

    @property
    def now(self) -> float:
        """The platform's time, in seconds since the epoch."""
        return self.platform.clock.now()

    @property
    def is_asked(self) -> bool:
        """Whether resources ask their policies about the call: signatures are enforced, and the caller is somebody.

        A service that doesn't say what it calls for acts for the application, and is trusted.
        """
        caller = self.caller
        if caller.service is not None and not caller.source_arn:
            return False
        signatures = self.platform.signatures
        return signatures is not None and signatures.is_enforced

    def write(self, fn: Callable[[Transaction], T]) -> Awaitable[T]:
        """Run `fn` in a write transaction; see `Database.write`."""
        return self.platform.database.write(fn)

    def read(self, fn: Callable[[Transaction], T]) -> Awaitable[T]:
        """Run `fn` on a snapshot; see `Database.read`."""
        return self.platform.database.read(fn)

    def join(
        self, tx: Transaction, service: str, operation: str, request: Request, scope: Scope, source_arn: str
    ) -> Reply:
        """Call another service's joint operation within a transaction: both commit together, or neither.

        `source_arn` is what the call is made for. Raises the operation's AwsError; nothing was written then.
        """
        found = self.platform.catalog.find_operation(service, operation)
        assert found is not None and found.joint is not None, f"{service}.{operation} is no joint operation"
        caller = Caller.of_service(self.service, scope, source_arn)
        call = Call(self.platform, service, operation, scope, caller, self.request_id, self.trace_id)
        return found.joint(call, tx, request)

    async def to(self, service: str, operation: str, request: Request, scope: Scope | None = None) -> dict[str, Any]:
        """Call another service's operation on behalf of this one."""
        scope = scope or self.scope
        caller = Caller.of_service(self.service, scope)
        return await self.platform.call(service, operation, request, scope=scope, caller=caller, trace_id=self.trace_id)
