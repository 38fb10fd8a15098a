"""Layers that are made of packages on this machine (`kernel/runner.py`, PackagedLayer), kept for all servers."""

import asyncio
import hashlib
import logging
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from serein.kernel.runner import PARAMETERS_AND_SECRETS, FunctionSpec, PackagedLayer
from serein.runtime.installing import InstallFailed, install_once, run_installer
from serein.runtime.machine import Machine
from serein.runtime.python_packages import SDK, Interpreter, copy_own, pip_install
from serein.runtime.surroundings import StartRefused

log = logging.getLogger("serein.runtime")
PortOpening = Callable[[int], Awaitable[int]]
"""Has the server answer at a port, or at another one if that is taken; tells which."""
_PORT_VARIABLE = "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"
_PORT = 2773
_PASS_ON = '#!/bin/sh\nexec "$@"\n'


class PackagedLayers:
    """Makes them, and puts them where they belong among a function's layers."""

    def __init__(self, machine: Machine, find_python: Callable[[str], Awaitable[Interpreter]]) -> None:
        """`find_python` gives the interpreter of a Python runtime, and may raise StartRefused."""
        self._machine = machine
        self._find_python = find_python
        self._folders: dict[tuple[str, PackagedLayer], Path | None] = {}
        self._lock = asyncio.Lock()
        self.opening: PortOpening | None = None
        """Opens ports for the Parameters and Secrets extension; without, functions do without."""
        self._ports: dict[int, int] = {}

    async def prepare(self, spec: FunctionSpec) -> None:
        """Have the function's made. Raises StartRefused."""
        for _, layer in spec.packaged_layers:
            if (spec.runtime, layer) not in self._folders:
                async with self._lock:
                    await self._make(spec.runtime, layer)
            if layer.installer == PARAMETERS_AND_SECRETS and self.opening is not None:
                port = _wanted_port(spec)
                self._ports[port] = await self.opening(port)

    def merged(self, spec: FunctionSpec) -> FunctionSpec:
        """The same function, with them among its layers; `prepare` must have been called."""
        if not spec.packaged_layers:
            return spec
        layers = list(spec.layers)
        missing = 0
        environment = spec.environment
        for index, layer in spec.packaged_layers:
            folder = self._folders[spec.runtime, layer]
            if layer.installer == PARAMETERS_AND_SECRETS:
                port = _wanted_port(spec)
                variables = {**dict(environment), _PORT_VARIABLE: str(self._ports.get(port, port))}
                environment = tuple(sorted(variables.items()))
            if folder is None:
                missing += 1
            else:
                layers.insert(index - missing, folder)
        return replace(spec, layers=tuple(layers), packaged_layers=(), environment=environment)

    async def _make(self, runtime: str, layer: PackagedLayer) -> None:
        if (runtime, layer) in self._folders:
            return
        try:
            folder = await self._installed(runtime, layer)
        except InstallFailed as error:
            if layer.installer == "debugger":
                raise StartRefused("Runtime.ImportModuleError", _no_debugger(layer, error)) from None
            raise StartRefused(
                "Runtime.ImportModuleError",
                f"The function has AWS's public layer {layer.name}, which stands for the packages "
                f"{', '.join(layer.packages)} here, and Serein could not install them: {error}. "
                "Go online once, or put the packages into the function or a layer of your own.",
            ) from None
        self._folders[runtime, layer] = folder

    async def _installed(self, runtime: str, layer: PackagedLayer) -> Path | None:
        if layer.installer == "web-adapter":
            raise StartRefused(
                "Runtime.InvalidEntrypoint",
                f"Serein does not have the Lambda Web Adapter, which the layer {layer.name} would bring. "
                "Publish it as a layer of your own, with PublishLayerVersion, and name that instead.",
            )
        if layer.installer in ("pip", "debugger") and runtime.startswith("python"):
            return await self._from_pip(await self._find_python(runtime), layer)
        if layer.installer == "npm" and runtime.startswith("nodejs"):
            return await self._from_npm(layer)
        if layer.installer == PARAMETERS_AND_SECRETS:
            return None
        log.warning("functions run without the layer %s: nothing here takes what it reports", layer.name)
        return await self._pass_on(layer) if not layer.installer and layer.packages else None

    async def _from_pip(self, interpreter: Interpreter, layer: PackagedLayer) -> Path:
        folder = self._folder(layer, f"python{interpreter.version}")

        async def fill(work: Path) -> None:
            log.info("installing the packages of the layer %s (once): %s", layer.name, folder)
            target = work / "python"
            if layer.installer != "debugger" or not await asyncio.to_thread(
                copy_own, interpreter, target, layer.packages
            ):
                await pip_install(interpreter, self._machine, target, layer.packages)
            # AWS: such layers leave the SDK to the runtime, which has it loaded already.
            for entry in [entry for name in SDK for pattern in (name, f"{name}.py") for entry in target.glob(pattern)]:
                await asyncio.to_thread(shutil.rmtree, entry) if entry.is_dir() else entry.unlink()

        await install_once(folder, fill)
        return folder

    async def _from_npm(self, layer: PackagedLayer) -> Path:
        npm = shutil.which("npm", path=self._machine.path)
        if npm is None:
            raise InstallFailed("npm is not on PATH")
        folder = self._folder(layer, "nodejs")

        async def fill(work: Path) -> None:
            log.info("installing the packages of the layer %s (once): %s", layer.name, folder)
            target = work / "nodejs"
            target.mkdir()
            (target / "package.json").write_text('{"private":true}\n')
            options = ("install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
            await run_installer([npm, *options, *layer.packages], target, dict(self._machine.variables) or None)

        await install_once(folder, fill)
        return folder

    async def _pass_on(self, layer: PackagedLayer) -> Path:
        """A layer whose wrapper scripts do nothing but start the runtime."""
        folder = self._folder(layer, "agent")

        async def fill(work: Path) -> None:
            for name in layer.packages:
                (work / name).write_text(_PASS_ON)
                (work / name).chmod(0o755)

        await install_once(folder, fill)
        return folder

    def _folder(self, layer: PackagedLayer, kind: str) -> Path:
        digest = hashlib.sha256(" ".join((kind, *layer.packages)).encode()).hexdigest()[:16]
        return self._machine.cache / "layers" / f"{kind}-{digest}"


def _wanted_port(spec: FunctionSpec) -> int:
    """Where the function looks for the Parameters and Secrets extension."""
    text = dict(spec.environment).get(_PORT_VARIABLE, "")
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 65_536 else _PORT


def _no_debugger(layer: PackagedLayer, error: InstallFailed) -> str:
    packages = " ".join(layer.packages)
    return (
        f"Serein needs {packages} to debug this function, and could not install it: {error}. Go online once, or "
        "install it beside Serein (pip install serein[debug])."
    )
