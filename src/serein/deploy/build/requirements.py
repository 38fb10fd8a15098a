"""Which Python packages a project wants: its `requirements.txt`, or the lock of Poetry, Pipenv or uv."""

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from serein.deploy.build.tools import output_of_tool, require_tool
from serein.deploy.errors import BuildFailed
from serein.deploy.sources import content_hash, source_entries

MANIFEST = "requirements.txt"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_INCLUDE = re.compile(r"^(-r|-c|--requirement|--constraint)[ =]+(?!https?:)(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which packages of a folder are installed, and what becomes of them."""

    file: str = MANIFEST
    """Empty: none are."""
    locks: tuple[str, ...] = ()
    """`poetry`, `pipenv`, `uv`, `project`: the first whose lock (or pyproject.toml) is there counts instead."""
    groups: tuple[str, ...] = ()
    """Options of `poetry export` that choose groups."""
    omitted: tuple[str, ...] = ()
    """Names of packages that are left out of the file."""
    pip_arguments: tuple[str, ...] = ()
    """With any, pip installs."""
    without: tuple[str, ...] = ()
    """Patterns of installed files that are left out."""
    strips: bool = False
    """Whether libraries lose the names of their symbols."""
    vendored: str = ""
    """A folder whose content goes with the packages."""
    is_zipped: bool = False
    """Whether the packages go as `.requirements.zip`, which the function unpacks."""


@dataclass(frozen=True, slots=True)
class Requirements:
    """What is to be installed."""

    text: str
    """As of a requirements.txt in the folder of the manifest."""
    folder: Path
    fingerprint: str
    """Of all that the installation depends on."""
    file: Path | None = None
    """The file that has the text, where one has."""


def find_requirements(what: str, source: Path, wanted: Wanted) -> Requirements | None:
    """What a folder wants; None when that is nothing. Raises BuildFailed."""
    for lock in wanted.locks:
        name, is_there, export = _LOCKS[lock]
        if (source / name).is_file() and is_there(source):
            text = _without(export(what, source, wanted.groups), wanted.omitted)
            return Requirements(text, source, hashlib.sha256(text.encode()).hexdigest()) if text.strip() else None
    manifest = source / wanted.file
    if not wanted.file or not manifest.is_file():
        return None
    text = _without(manifest.read_text(), wanted.omitted)
    if not _lines(text):
        return None
    fingerprint = _fingerprint(text, manifest.parent)
    if not wanted.omitted:
        return Requirements(text, manifest.parent, fingerprint, manifest)
    return Requirements(_with_absolute_includes(text, manifest.parent), manifest.parent, fingerprint)


def _lines(text: str) -> list[str]:
    lines = [line.split(" #", 1)[0].strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def _without(text: str, omitted: tuple[str, ...]) -> str:
    if not omitted:
        return text
    names = {_plain(name) for name in omitted}
    kept = [line for line in text.splitlines() if not ((found := _NAME.match(line)) and _plain(found[0]) in names)]
    return "\n".join(kept) + "\n"


def _with_absolute_includes(text: str, folder: Path) -> str:
    """The text as it can stand in a file elsewhere."""
    return _INCLUDE.sub(lambda found: f"{found[1]} {(folder / found[2].strip()).resolve()}", text)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _fingerprint(text: str, folder: Path) -> str:
    """What the installation depends on: the requirements, files they include, local folders they name."""
    digest = hashlib.sha256()
    for line in _lines(text):
        digest.update(line.encode() + b"\n")
        option, _, operand = line.replace("=", " ", 1).partition(" ")
        if option in ("-r", "--requirement", "-c", "--constraint"):
            included = folder / operand.strip()
            if included.is_file():
                digest.update(_fingerprint(included.read_text(), included.parent).encode())
        else:
            local = folder / (operand.strip() if option in ("-e", "--editable") else line)
            if line.startswith((".", "/", "-e", "--editable")) and local.is_dir():
                digest.update(content_hash(source_entries(local)).encode())
    return digest.hexdigest()


def _always(_folder: Path) -> bool:
    return True


def _is_of_poetry(folder: Path) -> bool:
    """Whether pyproject.toml is Poetry's, whose lock is there or will be made. Raises BuildFailed."""
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BuildFailed(f"{folder / 'pyproject.toml'} is not valid TOML: {error}") from error
    builder = (project.get("build-system") or {}).get("build-backend", "")
    return "poetry" in (project.get("tool") or {}) or str(builder).startswith("poetry")


def _of_poetry(what: str, folder: Path, groups: tuple[str, ...]) -> str:
    poetry = require_tool("poetry", f"{what}: pyproject.toml")
    command = [poetry, "export", "--without-hashes", "--format", MANIFEST, *groups]
    # Poetry writes folders of the machine as addresses; what is editable can't be installed into a folder.
    return re.sub(r"^-e ", "", output_of_tool(what, command, folder), flags=re.MULTILINE)


def _of_pipenv(what: str, folder: Path, _groups: tuple[str, ...]) -> str:
    lock = folder / "Pipfile.lock"
    if not lock.is_file():
        raise BuildFailed(f"{what}: {folder / 'Pipfile'} has no Pipfile.lock beside it. `pipenv lock` makes it.")
    try:
        packages: Mapping[str, Mapping[str, object]] = json.loads(lock.read_text())["default"]
        return "".join(f"{_pinned(name, package)}\n" for name, package in packages.items())
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise BuildFailed(f"{what}: {lock} can't be read: {error!r}") from error


def _pinned(name: str, package: Mapping[str, object]) -> str:
    extras = package.get("extras")
    full = f"{name}[{','.join(map(str, extras))}]" if isinstance(extras, list) and extras else name
    where = package.get("path") or package.get("file")
    if where is not None:
        return str(where)
    if "git" in package:
        return f"{full} @ git+{package['git']}@{package.get('ref', 'HEAD')}"
    markers = package.get("markers")
    return f"{full}{package.get('version', '')}{f' ; {markers}' if markers else ''}"


def _of_uv(what: str, folder: Path, _groups: tuple[str, ...]) -> str:
    uv = require_tool("uv", f"{what}: uv.lock")
    flags = ["--no-dev", "--frozen", "--no-hashes", "--no-emit-project", "--no-header", "--quiet"]
    return output_of_tool(what, [uv, "export", *flags], folder)


def _of_project(what: str, folder: Path, _groups: tuple[str, ...]) -> str:
    uv = require_tool("uv", f"{what}: pyproject.toml")
    flags = ["--quiet", "--no-header", "--no-annotate", "--no-strip-extras"]
    return output_of_tool(what, [uv, "pip", "compile", *flags, "pyproject.toml"], folder)


_Export = Callable[[str, Path, tuple[str, ...]], str]
_LOCKS: Mapping[str, tuple[str, Callable[[Path], bool], _Export]] = {
    "poetry": ("pyproject.toml", _is_of_poetry, _of_poetry),
    "pipenv": ("Pipfile", _always, _of_pipenv),
    "uv": ("uv.lock", _always, _of_uv),
    "project": ("pyproject.toml", _always, _of_project),
}
