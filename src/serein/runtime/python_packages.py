"""The folder that stands for /var/runtime in Python functions: the packages AWS's Python runtimes carry, no others.

It holds links into the site-packages of the interpreter that runs Serein, so that a function finds boto3 and not, say,
a test tool that is installed beside it. All of them are Python alone (AWS's runtime client with the transport of
`guest/runtime_client.py`), so every interpreter can have them. Only one that is too old for this version of boto3 gets
another, by pip, once.
"""

import asyncio
import importlib.metadata
import importlib.util
import json
import logging
import re
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from serein.runtime.installations import find_pythons, nearest
from serein.runtime.installing import InstallFailed, install_once, run_installer
from serein.runtime.machine import Machine

log = logging.getLogger("serein.runtime")
_GUEST = Path(__file__).parent / "guest"
BOOTSTRAP = _GUEST / "bootstrap.py"
"""The runtime as a program of its own: for wrapper scripts, as /var/runtime/bootstrap.py."""
OWN_MINOR = sys.version_info[1]
_OLDEST_MINOR = 8
_CLIENT = ("awslambdaric", "simplejson", "snapshot_restore_py")
SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
_OWN_FILES = (BOOTSTRAP, _GUEST / "runtime_client.py", _GUEST / "serein_debugger.py")
_PROBE_SECONDS = 15.0
_PROBE = """
import ctypes, fcntl, json, resource, select, socket, ssl, sys
print(json.dumps([sys.implementation.name, sys.version_info[0], sys.version_info[1]]))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python interpreter that can run functions."""

    executable: str
    minor: int
    """12 for Python 3.12."""

    @property
    def version(self) -> str:
        return f"3.{self.minor}"


def own_interpreter() -> Interpreter:
    """The interpreter running Serein."""
    return Interpreter(sys.executable, OWN_MINOR)


class Interpreters:
    """The Pythons of a machine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._found: dict[int, list[str]] | None = None

    async def find(self, minor: int) -> Interpreter | None:
        """The interpreter of the nearest version that works, or None: the one running Serein counts."""
        if self._found is None:
            self._found = await asyncio.to_thread(find_pythons, self._machine)
            self._found[OWN_MINOR] = [sys.executable]
        while (version := nearest(minor, (each for each in self._found if each >= _OLDEST_MINOR))) is not None:
            for executable in self._found[version]:
                if version == OWN_MINOR or await _is_working(executable, version):
                    return Interpreter(executable, version)
            del self._found[version]
        return None


async def _is_working(executable: str, minor: int) -> bool:
    """Whether it is the Python that its name says, with the parts of the standard library that are needed."""
    process = await asyncio.create_subprocess_exec(
        *(executable, "-I", "-S", "-c", _PROBE),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _PROBE_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return False
    return process.returncode == 0 and json.loads(output) == ["cpython", 3, minor]


def needs_older_sdk(interpreter: Interpreter) -> bool:
    """Whether the boto3 that is installed with Serein is too new for it."""
    try:
        wanted = importlib.metadata.metadata("boto3")["Requires-Python"] or ""
    except importlib.metadata.PackageNotFoundError:
        return True
    oldest = re.search(r">=\s*3\.(\d+)", wanted)
    return oldest is not None and interpreter.minor < int(oldest[1])


async def pip_install(interpreter: Interpreter, machine: Machine, target: Path, packages: tuple[str, ...]) -> None:
    """Install packages for an interpreter into a folder: by its pip, or by uv. Raises InstallFailed."""
    target.mkdir(exist_ok=True)
    options = ["--quiet", "--target", str(target), *packages]
    pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    variables = dict(machine.variables) or None
    uv = shutil.which("uv", path=machine.path)
    try:
        await run_installer([interpreter.executable, *pip, *options], target, variables)
    except InstallFailed as error:
        if uv is None:
            raise
        log.debug("pip of Python %s: %s", interpreter.version, error)
        await run_installer([uv, "pip", "install", "--python", interpreter.executable, *options], target, variables)


def copy_own(interpreter: Interpreter, target: Path, packages: tuple[str, ...]) -> bool:
    """Copy packages without dependencies that Serein's own Python has, for that Python; false when it has them not."""
    if interpreter.minor != OWN_MINOR:
        return False
    try:
        files = [file for name in packages for file in importlib.metadata.files(name) or ()]
    except importlib.metadata.PackageNotFoundError:
        return False
    for file in files:
        source = Path(str(file.locate()))
        if ".." not in file.parts and "__pycache__" not in file.parts and source.is_file():
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / file)
    return bool(files)


async def find_older_sdk(interpreter: Interpreter, machine: Machine) -> Path | None:
    """A folder with a boto3 that the interpreter can run, downloaded if need be; None when that can't be."""
    folder = machine.cache / "python-sdk" / interpreter.version
    try:
        await install_once(folder, lambda work: pip_install(interpreter, machine, work, ("boto3",)))
    except InstallFailed as error:
        log.warning(
            "functions on Python %s have no boto3 but their own: the one of this machine needs a newer Python, and an "
            "older one could not be installed: %s",
            interpreter.version,
            error,
        )
        return None
    return folder


def build_runtime_folder(folder: Path, sdk: Path | None, *, has_sdk: bool = True) -> None:
    """Fill `folder` with links to the packages and their metadata: the SDK's from `sdk`, if given. No others stay."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {file.name: file for file in _OWN_FILES}
    for name in _CLIENT if sdk is not None or not has_sdk else (*_CLIENT, *SDK):
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            file = Path(spec.origin)
            package = file.parent if file.name == "__init__.py" else file
            metadata = package.parent.glob(f"{name.replace('-', '_')}-*.dist-info")
            wanted.update((each.name, each) for each in (package, *metadata))
    if sdk is not None:
        wanted.update((each.name, each) for each in sdk.iterdir() if each.name not in ("bin", "__pycache__"))
    for entry in folder.iterdir():
        if entry.is_symlink() and (entry.name not in wanted or entry.readlink() != wanted[entry.name]):
            entry.unlink()
    for name, target in wanted.items():
        with suppress(FileExistsError):
            (folder / name).symlink_to(target)
