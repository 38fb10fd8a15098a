"""What environments get from the runner around them."""

import asyncio
import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from serein.kernel.clock import Clock
from serein.kernel.runner import FunctionSpec, LogSink
from serein.runtime.variables import Place
from serein.runtime.zygote import Process

EnvironmentT_contra = TypeVar("EnvironmentT_contra", contravariant=True)


class StartRefused(Exception):
    """The function cannot be started as it is; the invocation fails with this type and message."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.message = message


class Starter(Protocol):
    """What starts processes for functions (`runtimes.py`)."""

    async def prepare(self, spec: FunctionSpec) -> None:
        """Have what the function needs installed; may take minutes the first time. Raises StartRefused."""

    async def start(self, spec: FunctionSpec, place: Place) -> Process:
        """Start the function's runtime. Raises LaunchFailed and StartRefused."""

    def extensions(self, spec: FunctionSpec) -> dict[str, str]:
        """The programs of the function's external extensions, by name."""

    async def start_extension(self, spec: FunctionSpec, place: Place, path: str) -> Process:
        """Start an extension beside the function's runtime. Raises LaunchFailed and PermissionError."""

    def discard(self, scratch: Path) -> None:
        """Remove the private folder of an environment whose processes have all ended."""

    def presumed_mb(self, runtime: str) -> int:
        """What an environment of that runtime takes before it has been measured."""

    def runtime_version(self, runtime: str) -> str:
        """What the INIT_START line calls the runtime."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every environment of a runner shares."""

    starter: Starter
    clock: Clock
    log_sink: LogSink
    scratch: Path
    runtime_dir: str


class Owner(Protocol[EnvironmentT_contra]):
    """Whoever keeps the environment (`local.py`)."""

    def freed(self, environment: EnvironmentT_contra) -> None:
        """It can take an invocation."""

    def answered(self, environment: EnvironmentT_contra, duration_ms: float) -> None:
        """Its invocation has its outcome; it is not free yet."""

    def died(self, environment: EnvironmentT_contra) -> None:
        """It will not take another invocation."""

    def ending(self, task: "asyncio.Task[None]") -> None:
        """Its processes are given a moment to end."""


class State(enum.Enum):
    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    RETURNING = "returning"
    """The outcome is out; the runtime has not asked for another event yet, or extensions are still at work."""
    RESETTING = "resetting"
    """After a failure its processes end; then the next invocation can start them anew."""
    DEAD = "dead"
