"""Source folders and packages: what belongs in a package, a package's name by its content, and writing the zip.

Packages are stored, not compressed: they go to a server on this machine, and a save must be answered within a second.
"""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SKIPPED = frozenset(
    {
        ".aws-sam",
        ".DS_Store",
        ".git",
        ".hg",
        ".idea",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".serein",
        ".tox",
        ".vscode",
        "__pycache__",
    }
)
_FIXED_DATE = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a package."""

    name: str
    path: Path


def is_skipped(name: str) -> bool:
    """Whether a file or folder of this name never belongs in a package."""
    return name in _SKIPPED


def source_entries(folder: Path, skipping: frozenset[str] = frozenset(), prefix: str = "") -> list[Entry]:
    """Every file of a source folder that belongs in the package, sorted by name; `skipping` are more names to leave."""
    return sorted(_walk(folder, prefix, skipping), key=lambda entry: entry.name)


def _walk(folder: Path, prefix: str, skipping: frozenset[str]) -> Iterator[Entry]:
    with os.scandir(folder) as found:
        for item in found:
            if item.name in _SKIPPED or item.name in skipping:
                continue
            path = Path(item.path)
            if item.is_dir():
                # A virtual environment is a tool of the developer, not a part of the application.
                if not (path / "pyvenv.cfg").exists():
                    yield from _walk(path, f"{prefix}{item.name}/", skipping)
            elif item.is_file():
                yield Entry(prefix + item.name, path)


def copy_sources(folder: Path, target: Path, skipping: frozenset[str] = frozenset()) -> None:
    """Copy every file of a source folder that belongs in the package, for a tool to work on."""
    for entry in source_entries(folder, skipping):
        copy = target / entry.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(entry.path, copy)


def content_hash(entries: list[Entry], *more: str) -> str:
    """A name for what the entries hold, whoever made them and when."""
    digest = hashlib.sha256()
    for text in more:
        digest.update(text.encode() + b"\0")
    for entry in entries:
        content = entry.path.read_bytes()
        is_executable = os.access(entry.path, os.X_OK)
        digest.update(f"{entry.name}\0{len(content)}\0{is_executable}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def write_package(package: Path, entries: list[Entry], dependencies: Path | None = None) -> None:
    """Write a zip of the entries; `dependencies` is a zip whose files come too where no entry has their name."""
    package.parent.mkdir(parents=True, exist_ok=True)
    partial = package.with_suffix(f".{os.getpid()}.partial")
    names = {entry.name for entry in entries}
    try:
        if dependencies is None:
            _write(partial, entries, "w")
        elif names.isdisjoint(_names(dependencies)):
            shutil.copyfile(dependencies, partial)
            _write(partial, entries, "a")
        else:
            _merge(partial, entries, dependencies, names)
        partial.replace(package)
    finally:
        partial.unlink(missing_ok=True)


def _names(package: Path) -> set[str]:
    with zipfile.ZipFile(package) as opened:
        return set(opened.namelist())


def _write(path: Path, entries: list[Entry], mode: str) -> None:
    with zipfile.ZipFile(path, "a" if mode == "a" else "w", zipfile.ZIP_STORED) as package:
        for entry in entries:
            package.writestr(_info(entry), entry.path.read_bytes())


def _merge(path: Path, entries: list[Entry], dependencies: Path, names: set[str]) -> None:
    with zipfile.ZipFile(dependencies) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package:
        for info in old.infolist():
            if info.filename not in names:
                package.writestr(info, old.read(info))
        for entry in entries:
            package.writestr(_info(entry), entry.path.read_bytes())


def _info(entry: Entry) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(entry.name, _FIXED_DATE)
    info.external_attr = (0o100755 if os.access(entry.path, os.X_OK) else 0o100644) << 16
    return info
