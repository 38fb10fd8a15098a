"""The folder that stands for /var/runtime in Python functions: the packages AWS's Python runtimes carry, no others.

It holds links into the interpreter's site-packages, so that a function finds boto3 and not, say, a test tool that is
installed beside Serein. The runtime client must be there, built for the interpreter.
"""

import asyncio
import importlib.util
import json
import logging
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger("serein.runtime")
BOOTSTRAP = Path(__file__).parent / "guest" / "bootstrap.py"
"""The runtime as a program of its own: for wrapper scripts, as /var/runtime/bootstrap.py."""
PACKAGES = (
    "awslambdaric",
    "runtime_client",
    "simplejson",
    "snapshot_restore_py",
    "boto3",
    "botocore",
    "s3transfer",
    "jmespath",
    "dateutil",
    "six",
    "urllib3",
)
_PROBE_SECONDS = 15.0
_PROBE = """
import importlib.util, json, sys
found = {name: spec.origin for name in sys.argv[1:] if (spec := importlib.util.find_spec(name)) and spec.origin}
print(json.dumps({"version": "%d.%d" % sys.version_info[:2], "found": found}))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python interpreter that can run functions."""

    executable: str
    version: str
    """`3.12`."""
    origins: tuple[tuple[str, str], ...]
    """Where it has each of the packages: name and file."""


def own_interpreter() -> Interpreter:
    """The interpreter running Serein."""
    origins = []
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            origins.append((name, spec.origin))
    return Interpreter(sys.executable, f"{sys.version_info[0]}.{sys.version_info[1]}", tuple(origins))


async def find_interpreter(version: str) -> Interpreter | None:
    """An interpreter of this version on PATH that has the runtime client, or None."""
    executable = shutil.which(f"python{version}")
    if executable is None:
        return None
    process = await asyncio.create_subprocess_exec(
        executable,
        "-c",
        _PROBE,
        *PACKAGES,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _PROBE_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    if process.returncode != 0:
        return None
    answer = json.loads(output)
    if answer["version"] != version or not {"awslambdaric", "runtime_client"} <= answer["found"].keys():
        return None
    return Interpreter(executable, version, tuple(sorted(answer["found"].items())))


def build_runtime_folder(folder: Path, interpreter: Interpreter) -> None:
    """Fill `folder` with links to the interpreter's packages and their metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, origin in interpreter.origins:
        file = Path(origin)
        package = file.parent if file.name == "__init__.py" else file
        metadata = package.parent.glob(f"{name.replace('-', '_')}-*.dist-info")
        for target in (package, *metadata):
            link = folder / target.name
            if link.is_symlink() and link.readlink() == target:
                continue
            with suppress(FileNotFoundError):
                link.unlink()
            link.symlink_to(target)
    program = folder / BOOTSTRAP.name
    if not program.is_symlink():
        program.symlink_to(BOOTSTRAP)
