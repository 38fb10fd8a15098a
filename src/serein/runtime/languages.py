"""What the parts that run one language each are given, and what they do (`python.py`, `node.py`, …)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from serein.kernel.runner import FunctionSpec
from serein.runtime.aws_hosts import HostNames
from serein.runtime.machine import Machine
from serein.runtime.sandbox import Sandbox
from serein.runtime.variables import Place
from serein.runtime.zygote import ForkServer, Process


@dataclass(frozen=True, slots=True)
class Equipment:
    """What processes are started with."""

    programs: ForkServer
    """Starts programs; has no runtime of its own."""
    sandbox: Sandbox
    hosts: HostNames
    folder: Path
    """For files that can be rebuilt."""
    machine: Machine


class Language(Protocol):
    """Starts the functions of one family of runtimes. The sandbox has been prepared."""

    presumed_mb: int
    """What an environment takes before it has been measured."""

    async def prepare(self, spec: FunctionSpec) -> None:
        """Have what the function needs installed. Raises StartRefused."""

    async def start(self, spec: FunctionSpec, place: Place) -> Process:
        """Start the function's runtime; it has been prepared. Raises LaunchFailed and StartRefused."""

    async def server(self, runtime: str) -> ForkServer:
        """The fork server of the runtime: processes of one server can share a sandbox, and with it /tmp."""

    def mounts(self, spec: FunctionSpec) -> tuple[tuple[str, str], ...]:
        """What must be visible in a sandbox; the first process of one decides that for all."""

    async def warm(self, runtime: str) -> None:
        """Have processes ready."""

    async def close(self) -> None:
        """End what was kept ready."""
