"""From a function's or layer's sources to its package."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serein.deploy.build.cache import BuildCache
from serein.deploy.build.esbuild import bundle
from serein.deploy.build.make import make_artifacts
from serein.deploy.build.node import INSTALLED, node_dependencies
from serein.deploy.build.python import python_dependencies
from serein.deploy.build.requirements import Wanted
from serein.deploy.errors import BuildFailed
from serein.deploy.selection import selected
from serein.deploy.sources import Entry, content_hash, source_entries

_ARCHIVES = (".zip", ".jar")
ZIPPED = ".requirements.zip"


@dataclass(frozen=True, slots=True)
class Unit:
    """Something to be packaged: a function's code or a layer's content."""

    logical_id: str
    source: Path
    """A folder, a file, or an archive that is ready."""
    runtime: str = ""
    """Of a function; of a layer, what its BuildMethod says. Empty when unknown: the sources go as they are."""
    handler: str = ""
    method: str = ""
    """`esbuild`, `makefile`, or empty: by the runtime."""
    properties: dict[str, Any] = field(default_factory=dict)
    """BuildProperties."""
    is_layer: bool = False
    patterns: tuple[str, ...] = ()
    """Which files of the folder belong in the package, where not all do."""
    within: str = ""
    """What the patterns have before the names of the folder's files."""
    wanted: Wanted = field(default_factory=Wanted)
    """The Python packages that are installed."""
    files: tuple[tuple[str, str], ...] = ()
    """More files of the package: names and texts."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package, ready for upload; `content` names it."""

    path: Path
    content: str


class Packager:
    """Builds units; what was built before and has not changed is not built again."""

    def __init__(self, cache: BuildCache) -> None:
        self._cache = cache

    def package(self, unit: Unit) -> Package:
        """The unit's package. Raises BuildFailed."""
        source, what = unit.source, unit.logical_id
        if not source.exists():
            raise BuildFailed(f"{what}: {source} does not exist.")
        if source.is_file():
            return self._of_file(what, source)
        if unit.method:
            return self._by_tool(unit)
        prefix, skipping, dependencies = self._dependencies(unit)
        entries = source_entries(source, skipping, prefix)
        if unit.patterns:
            entries = selected(entries, unit.patterns, prefix, unit.within)
        if dependencies is not None and unit.wanted.is_zipped:
            entries, dependencies = [*entries, Entry(ZIPPED, dependencies)], None
        with self._cache.scratch() as scratch:
            entries = [*entries, *_written(scratch, unit.files, {entry.name for entry in entries})]
            return self._of_entries(what, source, entries, dependencies)

    def _of_entries(self, what: str, source: Path, entries: list[Entry], dependencies: Path | None) -> Package:
        if not entries and dependencies is None:
            raise BuildFailed(f"{what}: {source} is empty.")
        content = content_hash(entries, dependencies.name if dependencies else "")
        return Package(self._cache.write_package(what, content, entries, dependencies), content)

    def _of_file(self, what: str, source: Path) -> Package:
        entries = [entry for entry in source_entries(source.parent) if entry.path == source]
        content = content_hash(entries)
        if source.suffix in _ARCHIVES:
            return Package(source, content)
        return Package(self._cache.write_package(what, content, entries), content)

    def _dependencies(self, unit: Unit) -> tuple[str, frozenset[str], Path | None]:
        """Where the sources go in the package, what is left out of them, and the installed dependencies."""
        what, source = unit.logical_id, unit.source
        if unit.runtime.startswith("python"):
            prefix = "python/" if unit.is_layer else ""
            return (
                prefix,
                frozenset(),
                python_dependencies(self._cache, what, source, unit.runtime, prefix, unit.wanted),
            )
        if unit.runtime.startswith("nodejs"):
            prefix = "nodejs/" if unit.is_layer else ""
            found = node_dependencies(self._cache, what, source, prefix)
            return prefix, frozenset({INSTALLED} if found is not None else ()), found
        return "", frozenset(), None

    def _by_tool(self, unit: Unit) -> Package:
        entries = source_entries(unit.source, frozenset({INSTALLED}))
        asked = repr(sorted(unit.properties.items()))
        inputs = content_hash(entries, unit.method, unit.logical_id, unit.handler, asked)
        package = self._cache.package_path(inputs)
        if not package.exists():
            with self._cache.scratch() as target:
                if unit.method == "esbuild":
                    bundle(self._cache, unit.logical_id, unit.source, unit.handler, unit.properties, target)
                else:
                    make_artifacts(self._cache, unit.logical_id, unit.source, unit.logical_id, target)
                self._cache.write_package(unit.logical_id, inputs, source_entries(target))
        return Package(package, inputs)


def _written(folder: Path, files: tuple[tuple[str, str], ...], present: set[str]) -> list[Entry]:
    """Files with these texts; those of the project stay as they are."""
    made = []
    for name, text in files:
        if name not in present:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            made.append(Entry(name, path))
    return made
