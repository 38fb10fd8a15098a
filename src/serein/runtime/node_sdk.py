"""The AWS SDK for JavaScript that AWS's Node runtimes carry, installed once, when a function first needs it.

A function needs it when its code names the SDK and neither its package nor a layer has it. Version 3 comes with
nodejs18.x and newer, version 2 with older ones, as on AWS; a function that imports the other fails as it does there.
Of version 3 the usual clients are installed together, and each of the others when a function names it.
"""

import asyncio
import logging
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from serein.runtime.installing import InstallFailed, install_once, run_installer
from serein.runtime.machine import Machine
from serein.runtime.surroundings import StartRefused

log = logging.getLogger("serein.runtime")
_NPM_OPTIONS = ("install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
_MAXIMUM_SCANNED_BYTES = 4_194_304
_FIRST_WITH_VERSION_3 = 18
_VERSION_3 = "^3.700.0"
_CLIENTS = (
    "client-apigatewaymanagementapi",
    "client-cloudformation",
    "client-cloudwatch",
    "client-cloudwatch-logs",
    "client-cognito-identity-provider",
    "client-dynamodb",
    "client-eventbridge",
    "client-iam",
    "client-kinesis",
    "client-lambda",
    "client-s3",
    "client-secrets-manager",
    "client-ses",
    "client-sfn",
    "client-sns",
    "client-sqs",
    "client-ssm",
    "client-sts",
    "lib-dynamodb",
    "lib-storage",
    "s3-request-presigner",
    "util-dynamodb",
)
_NAMED = re.compile(rb"""["'](@aws-sdk/[\w.-]+|aws-sdk)(?:/[^"']*)?["']""")


@dataclass(frozen=True, slots=True)
class Sdk:
    """A set of packages that is installed together."""

    folder: str
    packages: tuple[str, ...]


_SCOPE = "@aws-sdk/"
_SDK_3 = Sdk("v3", tuple(f"@aws-sdk/{name}@{_VERSION_3}" for name in _CLIENTS))
_SDK_2 = Sdk("v2", ("aws-sdk@^2.1692.0",))


def sdk_of(runtime: str) -> Sdk:
    """The SDK that a Node runtime carries."""
    major = runtime.removeprefix("nodejs").partition(".")[0]
    return _SDK_3 if int(major or 0) >= _FIRST_WITH_VERSION_3 else _SDK_2


def named_packages(code: Path) -> set[str]:
    """The SDK's packages that the function's own files name."""
    found: set[str] = set()
    for folder, folders, files in os.walk(code):
        folders[:] = [name for name in folders if name not in ("node_modules", ".git")]
        for name in files:
            file = Path(folder, name)
            if file.suffix in (".js", ".mjs", ".cjs") and file.stat().st_size <= _MAXIMUM_SCANNED_BYTES:
                found.update(match.decode() for match in _NAMED.findall(file.read_bytes()))
    return found


def find_wanting(code: Path, layers: tuple[Path, ...]) -> set[str]:
    """The SDK's packages that the function names and does not bring along."""
    places = [code / "node_modules", *(layer / "nodejs" / "node_modules" for layer in layers)]
    return {name for name in named_packages(code) if not any((place / name).is_dir() for place in places)}


class NodeSdk:
    """The SDKs below a folder that servers may share."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._folder = machine.cache / "node-sdk"
        self._wanting: dict[tuple[Path, tuple[Path, ...]], set[str]] = {}
        self._unavailable: set[str] = set()
        """Packages that could not be installed: a name in a comment, or nobody is online."""
        self._lock = asyncio.Lock()

    def search_path(self, runtime: str, code: Path, layers: tuple[Path, ...]) -> list[Path]:
        """The folders of packages that are installed, of those that a function may need."""
        sdk = sdk_of(runtime)
        folders = [sdk.folder, *map(_folder_of, sorted(self._wanting.get((code, layers), ())))]
        modules = [self._folder / folder / "node_modules" for folder in (folders if sdk is _SDK_3 else folders[:1])]
        return [folder for folder in modules if folder.is_dir()]

    async def ensure_for(self, runtime: str, code: Path, layers: tuple[Path, ...]) -> None:
        """Install what the function needs of it. Raises StartRefused."""
        key = code, layers
        if key not in self._wanting:
            self._wanting[key] = await asyncio.to_thread(find_wanting, code, layers)
        if not self._wanting[key]:
            return
        sdk = sdk_of(runtime)
        async with self._lock:
            if not (self._folder / sdk.folder).is_dir():
                await self._install(sdk)
            if sdk is _SDK_3:
                await self._install_more(self._wanting[key])

    async def _install_more(self, names: set[str]) -> None:
        """Install clients that are not among the usual ones."""
        usual = self._folder / _SDK_3.folder / "node_modules"
        for name in sorted(names - self._unavailable):
            if name.startswith(_SCOPE) and not (usual / name).is_dir():
                try:
                    await self._install(Sdk(_folder_of(name), (f"{name}@{_VERSION_3}",)))
                except StartRefused as refused:
                    # Why not refused: importing it fails as it does on AWS, if the function really does that.
                    log.warning("%s could not be installed: %s", name, refused.message)
                    self._unavailable.add(name)

    async def _install(self, sdk: Sdk) -> None:
        npm = shutil.which("npm", path=self._machine.path)
        if npm is None:
            raise StartRefused("Runtime.ImportModuleError", _problem("npm is not on PATH"))

        async def fill(work: Path) -> None:
            log.info("installing the AWS SDK for JavaScript that Lambda's runtime has (once): %s", self._folder)
            (work / "package.json").write_text('{"private":true}\n')
            await run_installer([npm, *_NPM_OPTIONS, *sdk.packages], work, dict(self._machine.variables) or None)

        try:
            await install_once(self._folder / sdk.folder, fill)
        except InstallFailed as error:
            raise StartRefused("Runtime.ImportModuleError", _problem(str(error))) from None


def _folder_of(package: str) -> str:
    return f"v3-{package.removeprefix(_SCOPE)}"


def _problem(reason: str) -> str:
    return (
        "The function imports the AWS SDK for JavaScript, which is not in its package, and Serein could not install "
        f"it: {reason}. Add the SDK to the function's package.json, or go online once."
    )
