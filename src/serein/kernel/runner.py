"""The Runner port: functions run somewhere else, one invocation per environment at a time."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from serein.kernel.scope import Scope

PARAMETERS_AND_SECRETS = "parameters-and-secrets"


@dataclass(frozen=True, slots=True)
class PackagedLayer:
    """A layer that is made on this machine, when a function first needs it, in place of one that only AWS has."""

    name: str
    installer: str
    """`pip` or `npm`, which install its `packages`; `debugger`, which is pip unless Serein's own Python has them;
    `web-adapter`; `parameters-and-secrets`, a port that the server answers; empty for an agent that
    functions do without."""
    packages: tuple[str, ...]
    """Of an agent, the wrapper scripts that it would bring, which here start the runtime and do nothing else."""


@dataclass(frozen=True, slots=True)
class ContainerImage:
    """A container image that is a function's code, and what its ImageConfig replaces of it."""

    uri: str
    identity: str = ""
    """Of an image that was on this machine when the function was given it; else the URI says which it is."""
    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    working_directory: str = ""

    @property
    def reference(self) -> str:
        """What a container engine knows it by."""
        return self.identity or self.uri


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One version of a function, as an environment needs to know it. Two equal specs share environments."""

    arn: str
    """Qualified when a version or alias was invoked."""
    name: str
    version: str
    scope: Scope
    runtime: str
    """`python3.12`, `nodejs20.x`, `provided.al2023`, …"""
    handler: str
    code: Path
    """The unpacked package: a read-only folder named by its content."""
    layers: tuple[Path, ...]
    """Unpacked layers in order; each becomes part of `/opt`."""
    memory_mb: int
    timeout_seconds: int
    ephemeral_storage_mb: int
    environment: tuple[tuple[str, str], ...]
    """The function's variables, and the credentials, region and endpoint it is given; sorted."""
    log_group: str
    revision: str
    """Changes whenever code or configuration changes: environments of another revision are replaced."""
    tenant_id: str = ""
    """Whom its environments belong to, when the function keeps its tenants apart."""
    packaged_layers: tuple[tuple[int, PackagedLayer], ...] = ()
    """Layers that are to be made, and where each of them is among all layers."""
    snap_start: bool = False
    """Whether its environments initialise as SnapStart's do: with hooks before a snapshot and after a restore."""
    debug_port: int = 0
    """Where its environments wait for a debugger before they load the function, for as long as it takes."""
    image: ContainerImage | None = None
    """What is run in place of `code`."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What one invocation is given besides its event."""

    request_id: str
    event: bytes
    client_context: str = ""
    """JSON text, as the runtime passes it on."""
    trace_id: str = ""
    """The `X-Amzn-Trace-Id` header's value."""
    cognito_identity: str = ""
    needs_report: bool = False
    """Whether the log tail must have the REPORT line, which extensions that are still at work hold up."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an invocation ended. A function that fails is an outcome, not an exception."""

    payload: bytes
    """The function's reply, or its error document (`errorMessage`, `errorType`, `stackTrace`)."""
    function_error: str = ""
    """Empty, or `Unhandled` (what Lambda's `X-Amz-Function-Error` says)."""
    log_tail: bytes = b""
    """The last 4 KiB of what the invocation logged."""
    duration_ms: float = 0.0
    init_ms: float | None = None
    """Set on a cold start."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that a function wrote, or one of the platform's START, END and REPORT lines."""

    time: float
    text: str


@dataclass(frozen=True, slots=True)
class StreamedOutcome:
    """A streamed reply: bytes as the function writes them; the rest is known once `chunks` ends."""

    content_type: str
    chunks: AsyncIterator[bytes]
    error: "list[Outcome]" = field(default_factory=list)
    """The outcome of an invocation that failed: at once, if it did before it wrote anything."""
    outcome: "list[Outcome]" = field(default_factory=list)
    """The outcome, however it ended."""


@dataclass(frozen=True, slots=True)
class Provisioned:
    """How many environments are kept initialised for a function version or alias, and how that goes."""

    requested: int = 0
    ready: int = 0
    """Initialised, whether they are at work or not."""
    failed: int = 0
    """How many of those missing could not be initialised; they are tried again after a while."""
    reason: str = ""
    """Why, when some failed: the error type, such as `Runtime.ImportModuleError`."""


@dataclass(frozen=True, slots=True)
class AwsHosts:
    """Where AWS's host names lead in functions, and what makes them trusted there."""

    address: str
    """Host and port that take their HTTPS."""
    authority: Path
    """The certificate of whoever signed theirs (PEM)."""
    bundle: Path
    """The same, with the system's authorities."""
    resolver: Path | None = None
    """A resolv.conf by which any program finds them; None where there is none, and `problem` says why."""
    problem: str = ""


class RunnerBusy(Exception):
    """No environment is free and the host has no room for another: the caller throttles."""


LogSink = Callable[[FunctionSpec, str, list[LogLine]], None]
"""Called with the function, its log stream's name and new lines; must not block."""


class Runner(Protocol):
    """Runs functions. Idle environments are kept for the next invocation."""

    async def invoke(self, spec: FunctionSpec, invocation: Invocation) -> Outcome:
        """Run the function once, within its time limit and memory. Raises RunnerBusy."""

    async def invoke_streaming(self, spec: FunctionSpec, invocation: Invocation) -> StreamedOutcome:
        """Run the function once and pass its response on as it is written. Raises RunnerBusy."""

    async def invoke_alone(self, spec: FunctionSpec, invocation: Invocation) -> Outcome:
        """Run the function once in an environment that nobody else uses, and that ends with the call.

        No other call may have an equal spec. Cancelling it ends the function. Raises RunnerBusy.
        """

    async def warm(self, runtime: str) -> None:
        """Prepare for functions of a runtime, so that their first cold start is like the others."""

    async def find_image(self, uri: str) -> str:
        """The identity of a container image that this machine has; empty when it hasn't."""

    def retire(self, arn: str, keep_revision: str = "") -> None:
        """End a function's environments but those of `keep_revision`: idle ones at once, busy ones when done."""

    def provision(self, spec: FunctionSpec, count: int, changed: Callable[[], None] | None = None) -> None:
        """Keep `count` environments of this spec initialised, ahead of invocations; 0 keeps none any more.

        It replaces what was asked for the same ARN, and returns at once; `changed` is called whenever what
        `provisioned` tells has changed. They are never evicted for others, and are replaced when they end.
        """

    def provisioned(self, arn: str) -> Provisioned:
        """What `provision` keeps for this ARN."""

    @property
    def in_flight(self) -> int:
        """How many invocations are running."""

    async def close(self) -> None:
        """End every environment. No process is left behind."""
