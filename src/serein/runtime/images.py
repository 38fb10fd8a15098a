"""Functions in container images (`PackageType: Image`), through a container engine when the machine has one.

The image's entry point speaks to the Runtime API as every runtime does; AWS's base images start an emulator of it only
where they aren't told of one. An image that isn't here is pulled by the first environment that needs it.
"""

import asyncio
import logging

from serein.kernel.errors import NotImplementedHere
from serein.kernel.ids import random_hex
from serein.kernel.runner import FunctionSpec
from serein.runtime.container_commands import Container, ImageFacts, image_variables, run_arguments
from serein.runtime.containers import ContainerEngine, EngineProblem
from serein.runtime.languages import Equipment
from serein.runtime.surroundings import StartRefused
from serein.runtime.variables import Place
from serein.runtime.zygote import ForkServer, LaunchFailed, Process

log = logging.getLogger("serein.runtime")
IMAGE = "image"
"""Stands in a function's specification where others have the name of their runtime."""


class NoContainerEngine(NotImplementedHere):
    """Functions in container images need a container engine; the message says what would make them run."""

    code = "NotImplemented"


class ImageProcesses:
    """Starts functions in container images."""

    presumed_mb = 64

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment
        machine = equipment.machine
        self._engine = ContainerEngine(machine.container_engine, machine.variables, equipment.folder)
        self._facts: dict[str, ImageFacts] = {}
        self._pulls: dict[str, asyncio.Task[ImageFacts]] = {}

    async def find(self, uri: str) -> str:
        """The identity of an image of this machine; empty without it, or without an engine."""
        try:
            facts = await self._engine.find_image(uri)
        except EngineProblem as problem:
            log.info("images are not looked up: %s", problem)
            return ""
        return facts.identity if facts is not None else ""

    async def prepare(self, spec: FunctionSpec) -> None:
        """Have the image here. Raises NoContainerEngine, and StartRefused when it can't be had."""
        assert spec.image is not None
        reference = spec.image.reference
        if reference in self._facts:
            return
        pull = self._pulls.get(reference)
        if pull is None:
            work = self._fetch(reference, spec.image.uri, may_pull=not spec.image.identity)
            pull = self._pulls[reference] = asyncio.get_running_loop().create_task(work)
            pull.add_done_callback(lambda _: self._pulls.pop(reference, None))
        self._facts[reference] = await asyncio.shield(pull)

    async def _fetch(self, reference: str, uri: str, *, may_pull: bool) -> ImageFacts:
        try:
            facts = await self._engine.find_image(reference)
            if facts is None and may_pull:
                await self._pull(uri)
                facts = await self._engine.find_image(reference)
        except EngineProblem as problem:
            raise NoContainerEngine(
                f"Serein runs functions in container images (PackageType Image) through a container engine, and found "
                f"none that works here: {problem}. Install and start Docker or Podman, or name an engine's command in "
                "SEREIN_CONTAINER_ENGINE. The function can also be deployed as a .zip file, or as the `bootstrap` "
                "program of provided.al2023."
            ) from problem
        if facts is None:
            raise StartRefused(
                "InvalidImage",
                f"The image {uri} is not on this machine any more as it was when the function was given it. Build or "
                "pull it again, and call UpdateFunctionCode.",
            )
        return facts

    async def _pull(self, uri: str) -> None:
        log.warning("pulling the image %s", uri)
        try:
            await self._engine.pull(uri)
        except EngineProblem as problem:
            raise StartRefused("InvalidImage", f"The image {uri} can't be pulled: {problem}") from problem

    async def start(self, spec: FunctionSpec, place: Place) -> Process:
        """Run the image. Raises LaunchFailed."""
        assert spec.image is not None
        variables = image_variables(spec, place)
        hosts = self._equipment.hosts
        mounts = hosts.lead_container(variables)
        container = Container(
            f"serein-{random_hex(16)}",
            self._engine.label,
            variables,
            mounts,
            is_cpu_limited=self._equipment.machine.is_cpu_limited,
        )
        arguments = run_arguments(spec, self._facts[spec.image.reference], container)
        try:
            return await self._engine.start(container.name, arguments, variables)
        except EngineProblem as problem:
            raise LaunchFailed(str(problem)) from problem

    async def server(self, runtime: str) -> ForkServer:
        """Of no use: an image's extensions are its own."""
        return self._equipment.programs

    def mounts(self, spec: FunctionSpec) -> tuple[tuple[str, str], ...]:
        return ()

    async def warm(self, runtime: str) -> None:
        """Nothing is kept ready."""

    async def close(self) -> None:
        await self._engine.close()
