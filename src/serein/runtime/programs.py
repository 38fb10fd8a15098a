"""Functions that are programs: `provided.*`, whose program is `bootstrap`, and `go1.x`, whose handler names it.

AWS: programs of go1.x were run by a remote procedure call that the Go library has long had beside the Runtime API; one
that was built with a library from 2020 or later speaks both, and is run by the latter.
"""

import os
from pathlib import Path

from serein.kernel.runner import FunctionSpec
from serein.runtime.languages import Equipment
from serein.runtime.surroundings import StartRefused
from serein.runtime.variables import Place, lambda_variables
from serein.runtime.zygote import ForkServer, Launch, Process


class Programs:
    """Starts functions that are programs."""

    presumed_mb = 10

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment

    async def prepare(self, spec: FunctionSpec) -> None:
        """Nothing is needed but the function itself."""

    async def start(self, spec: FunctionSpec, place: Place) -> Process:
        """Start the program. Raises LaunchFailed, and StartRefused when there is none."""
        variables = lambda_variables(spec, place)
        self._equipment.hosts.add_to(variables)
        launch = Launch(
            env=variables,
            cwd=str(spec.code),
            scratch=place.scratch,
            argv=(str(_require_program(spec)),),
            mounts=self._equipment.hosts.mounts,
            keeps_scratch=True,
        )
        return await self._equipment.programs.start(self._equipment.sandbox.confine(launch, spec))

    async def server(self, runtime: str) -> ForkServer:
        return self._equipment.programs

    def mounts(self, spec: FunctionSpec) -> tuple[tuple[str, str], ...]:
        return self._equipment.hosts.mounts

    async def warm(self, runtime: str) -> None:
        await self._equipment.programs.warm()

    async def close(self) -> None:
        """Nothing is kept ready; the fork server is closed by its owner."""


def _require_program(spec: FunctionSpec) -> Path:
    if spec.runtime == "go1.x":
        program = spec.code / spec.handler
        if program.is_file() and os.access(program, os.X_OK):
            return program
        raise StartRefused(
            "Runtime.InvalidEntrypoint", f"fork/exec /var/task/{spec.handler}: no such file or directory"
        )
    tried = [spec.code / "bootstrap", *(layer / "bootstrap" for layer in reversed(spec.layers))]
    for path in tried:
        if path.is_file() and os.access(path, os.X_OK):
            return path
    raise StartRefused(
        "Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
    )
