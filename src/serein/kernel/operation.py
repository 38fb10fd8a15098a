"""Operations, the services that own them, and the catalog that finds both by scanning folders.

A service is a folder of `serein.services`; an operation is an async function marked `@operation("PutItem")` in its
`operations/` folder. Nothing is registered: the catalog imports a service's operations when the service is first
called, which keeps start-up independent of how many services there are.
"""

import importlib
import keyword
import pkgutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from serein.kernel.call import Call
    from serein.kernel.database import Transaction
    from serein.kernel.standin import StandIn

Request = dict[str, Any]
"""An operation's input: wire member names; blobs are bytes, timestamps are float seconds since the epoch."""
Reply = dict[str, Any]
"""An operation's output, in the same form; a streamed body is bytes or an async iterator of bytes."""
OperationFunction = Callable[["Call", Request], Awaitable[Reply]]
JointFunction = Callable[["Call", "Transaction", Request], Reply]
F = TypeVar("F", bound=OperationFunction)
J = TypeVar("J", bound=JointFunction)


class Encoded(bytes):
    """A value already in the JSON wire form of its shape: the JSON protocols pass it through unread.

    Why: an item read from storage goes to the wire without being decoded and encoded again. Calls from inside the
    platform get it decoded.
    """


@dataclass(frozen=True, slots=True)
class Service:
    """What a service's package says of itself: `SERVICE = Service(...)` in its `__init__.py`."""

    name: str
    """As SDKs name it: `dynamodb`, `lambda`, `apigatewayv2`."""
    validation_code: str = "ValidationException"
    """The error code for a request that breaks a constraint of the API model."""
    checks_constraints: bool = True
    """False when the service checks lengths, patterns and enums itself, in its own order (S3, DynamoDB, SQS, SNS);
    types are always checked."""
    is_global: bool = False
    """True when resources belong to no region (IAM): its calls are scoped to us-east-1."""
    host_label: str = ""
    """Requests to a host name with this label go to the service's door: `abc123.execute-api.localhost`."""
    has_cors_rules: bool = False
    """True when the service itself decides which web pages may call its API (S3, by its buckets' rules)."""
    maximum_request_bytes: int = 0
    """From how many bytes on the service's front end refuses a whole request; 0 when only the server's own limit
    holds."""
    path_prefixes: tuple[str, ...] = ()
    """As `host_label`, for paths: the ways in where a host name can't be used."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its code, and what it honestly supports."""

    service: str
    name: str
    function: OperationFunction
    partial: str
    """What is missing, as a sentence for users; empty when the operation is complete."""
    stored: tuple[str, ...]
    """Input members that are kept and shown, but have no effect."""
    internal: bool
    """True when only the platform itself may call it; it is not in AWS's model."""
    is_public: bool = False
    """True when nobody has to sign: what the request holds says enough, as a link's token does."""
    joint: JointFunction | None = None
    """How it takes part in a caller's transaction (`Call.join`), if it can."""


def operation(
    name: str,
    *,
    partial: str = "",
    stored: tuple[str, ...] = (),
    internal: bool = False,
    is_public: bool = False,
) -> Callable[[F], F]:
    """Mark an async function as the operation `name` of the service whose folder it is in."""

    def mark(function: F) -> F:
        function.__dict__["__operation__"] = (name, partial, stored, internal, is_public)
        return function

    return mark


def joint_operation(name: str) -> Callable[[J], J]:
    """Mark a plain function as the internal operation `name`, which callers may have in their own transactions.

    It is as every function of a transaction is, and what it raises it raises before it has written anything.
    """

    def mark(function: J) -> J:
        function.__dict__["__joint_operation__"] = name
        return function

    return mark


def _alone(function: JointFunction) -> OperationFunction:
    """A joint operation with a transaction of its own."""

    async def run(call: "Call", request: Request) -> Reply:
        return await call.write(lambda tx: function(call, tx, request))

    return run


def folder_of(service: str) -> str:
    """The folder of a service: `lambda` is a keyword and lives in `lambda_`."""
    folder = service.replace("-", "_")
    return folder + "_" if keyword.iskeyword(folder) else folder


class Guard(Protocol):
    """A service's `guard.py`: asked before each of its operations where policies of resources are enforced."""

    async def check(self, call: "Call", request: Request) -> None:
        """Raise the service's error when the policy of what the request is about doesn't let the caller through."""


class Catalog:
    """The services found in one package, each imported when first used."""

    def __init__(self, package: str) -> None:
        self._package = package
        root = importlib.import_module(package)
        self._root = Path(next(iter(root.__path__)))
        self._operations: dict[str, dict[str, Operation]] = {}
        self._services: dict[str, Service] = {}
        self._guards: dict[str, Guard | None] = {}
        self.stand_in: StandIn | None = None
        """Who answers for services that aren't here."""
        self.folders = tuple(sorted(path.parent.name for path in self._root.glob("*/__init__.py")))

    def find_service(self, name: str) -> Service | None:
        """Return what the service says of itself, or None when there is no such service here."""
        found = self._services.get(name)
        if found is None and folder_of(name) in self.folders:
            found = importlib.import_module(f"{self._package}.{folder_of(name)}").SERVICE
            self._services[name] = found
        return found

    def find_operation(self, service: str, name: str) -> Operation | None:
        """Return the operation, or None when the service or the operation is not here."""
        operations = self._operations.get(service)
        if operations is None:
            if folder_of(service) not in self.folders:
                return None
            operations = {found.name: found for found in self._scan(service)}
            self._operations[service] = operations
        return operations.get(name)

    def operations_of(self, service: str) -> list[Operation]:
        """All operations of a service, by name."""
        self.find_operation(service, "")
        return sorted(self._operations.get(service, {}).values(), key=lambda found: found.name)

    def service_in(self, folder: str) -> Service:
        """What the service of a folder says of itself."""
        service: Service = importlib.import_module(f"{self._package}.{folder}").SERVICE
        return service

    def require_module(self, folder: str, module: str) -> Any:
        """A service's `module`; it must be there."""
        return importlib.import_module(f"{self._package}.{folder}.{module}")

    def find_module(self, folder: str, module: str) -> Any | None:
        """Return a service's `module` (resources, workers, door), or None when it has none."""
        if not (self._root / folder / f"{module}.py").exists() and not (self._root / folder / module).is_dir():
            return None
        return importlib.import_module(f"{self._package}.{folder}.{module}")

    def find_guard(self, service: str) -> Guard | None:
        """Return what asks the policies of a service's resources before its operations run, or None."""
        if service not in self._guards:
            self._guards[service] = self.find_module(folder_of(service), "guard")
        return self._guards[service]

    def schema_files(self) -> Iterator[tuple[str, Path]]:
        """Every service's schema files in order, as (folder, path)."""
        for folder in self.folders:
            for path in sorted((self._root / folder / "schema").glob("*.sql")):
                yield folder, path

    def _scan(self, service: str) -> Iterator[Operation]:
        package = importlib.import_module(f"{self._package}.{folder_of(service)}.operations")
        for info in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{info.name}")
            for value in vars(module).values():
                marks = getattr(value, "__dict__", {})
                if "__operation__" in marks and value.__module__ == module.__name__:
                    name, partial, stored, internal, is_public = marks["__operation__"]
                    yield Operation(service, name, value, partial, stored, internal, is_public)
                elif "__joint_operation__" in marks and value.__module__ == module.__name__:
                    name = marks["__joint_operation__"]
                    yield Operation(service, name, _alone(value), "", (), internal=True, joint=value)
