"""A container engine for tests, and an image for it that is made without a registry: this Python with AWS's client."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import awslambdaric
import pytest

from serein.runtime.containers import ENGINES

_SECONDS = 240
_LEFT_OUT = shutil.ignore_patterns(
    "__pycache__", "test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "site-packages",
    "config-*", "*.a", "pydoc_data", "distutils", "_test*",
)  # fmt: skip
_CLIENT = ("awslambdaric", "simplejson")
_PYTHON = "/usr/bin/python3"
_DOCKERFILE = f"""\
FROM scratch
COPY . /
ENV PYTHONHOME=/usr PYTHONPATH=/var/runtime:/var/task LD_LIBRARY_PATH=/usr/lib
WORKDIR /var/task
ENTRYPOINT ["{_PYTHON}", "-m", "awslambdaric"]
CMD ["app.handler"]
"""


def _run(command: Iterable[str], **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command], capture_output=True, text=True, timeout=_SECONDS, **options)  # type: ignore[call-overload,no-any-return]


@lru_cache(maxsize=1)
def _find_engine() -> tuple[tuple[str, ...], str]:
    """An engine that can run a container here, or why there is none."""
    given = os.environ.get("SEREIN_CONTAINER_ENGINE", "")
    wanted = [tuple(given.split())] if given else [(name,) for name in ENGINES]
    problems = []
    for name in wanted:
        if shutil.which(name[0]) is None:
            problems.append(f"{name[0]} is not installed")
            continue
        for command in (name, (*name, "--runtime", "runc")) if name[0] == "podman" else (name,):
            if _run([*command, "info"]).returncode != 0:
                problems.append(f"{name[0]} does not answer")
                break
            problem = _try(command)
            if not problem:
                return command, ""
            problems.append(f"{' '.join(command)}: {problem}")
    return (), "; ".join(problems)


def _try(command: tuple[str, ...]) -> str:
    """Why this engine can't run a container of the tests' image; empty when it can."""
    image = _image(command)
    limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=8192:8192"]
    done = _run([*command, "run", "--rm", *limits, "--entrypoint", _PYTHON, image, "-c", "1"])
    return "" if done.returncode == 0 else done.stderr.strip()[-200:]


@lru_cache(maxsize=4)
def _image(command: tuple[str, ...]) -> str:
    tag = f"localhost/serein-tests/python:{sys.version_info[0]}.{sys.version_info[1]}-{awslambdaric.__version__}"
    if _run([*command, "image", "inspect", tag]).returncode != 0:
        folder = Path(os.environ.get("TMPDIR", "/tmp"), f"serein-tests-image-{os.getpid()}")
        try:
            _make_root(folder)
            done = _run([*command, "build", "--tag", tag, str(folder)])
            assert done.returncode == 0, done.stderr
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return tag


def require_engine() -> tuple[str, ...]:
    """The command of an engine that runs containers here; skips the test when there is none."""
    command, problem = _find_engine()
    if not command:
        pytest.skip(f"no container engine runs containers here: {problem}")
    return command


def python_image() -> str:
    """An image whose entry point is AWS's runtime client for Python; `app.handler` is to be added."""
    return _image(require_engine())


def build_image(tag: str, folder: Path, files: dict[str, str], instructions: str = "") -> str:
    """Build an image with these files in /var/task, and give its identity."""
    engine = require_engine()
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "Dockerfile").write_text(f"FROM {python_image()}\nCOPY *.py /var/task/\n{instructions}\n")
    done = _run([*engine, "build", "--tag", tag, str(folder)])
    assert done.returncode == 0, done.stderr
    inspected = json.loads(_run([*engine, "image", "inspect", tag]).stdout)
    return str(inspected[0]["Id"]).removeprefix("sha256:")


def remove_image(tag: str) -> None:
    """Remove an image that was built."""
    _run([*require_engine(), "image", "rm", "--force", tag])


def containers(label: str) -> list[str]:
    """The containers that carry this label, ended ones too."""
    return _run([*require_engine(), "ps", "--all", "--quiet", "--filter", f"label={label}"]).stdout.split()


def _make_root(folder: Path) -> None:
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    library = folder / "usr" / "lib"
    runtime = folder / "var" / "runtime"
    for each in (folder / "usr" / "bin", library, runtime, folder / "var" / "task", folder / "etc"):
        each.mkdir(parents=True)
    executable = Path(sys.executable).resolve()
    shutil.copy(executable, folder / _PYTHON.lstrip("/"))
    shutil.copytree(Path(sysconfig.get_path("stdlib")), library / version, ignore=_LEFT_OUT)
    packages = Path(awslambdaric.__file__).parent.parent
    for name in _CLIENT:
        shutil.copytree(packages / name, runtime / name, ignore=_LEFT_OUT)
    for extra in (*packages.glob("runtime_client*.so"), packages / "snapshot_restore_py.py"):
        shutil.copy(extra, runtime)
    (folder / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (folder / "Dockerfile").write_text(_DOCKERFILE)
    (folder / ".dockerignore").write_text("Dockerfile\n.dockerignore\n")
    for program in (executable, *folder.rglob("*.so")):
        for found in re.findall(r"(/\S+) \(0x", _run(["ldd", str(program)]).stdout):
            # Why both: the loader is looked for at its own path, libraries where LD_LIBRARY_PATH says.
            target = folder / found.lstrip("/") if "ld-linux" in found else library / Path(found).name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copy(found, target)
