"""From a function's or layer's sources to its package."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serein.deploy.build import cargo, golang, java, ruby
from serein.deploy.build.cache import BuildCache
from serein.deploy.build.esbuild import bundle
from serein.deploy.build.images import build_image
from serein.deploy.build.make import make_artifacts
from serein.deploy.build.methods import BUNDLER, CARGO, ESBUILD, GO, GRADLE, MAKE, MAVEN, tool_of
from serein.deploy.build.node import INSTALLED, node_dependencies
from serein.deploy.build.python import package_prefix, python_dependencies
from serein.deploy.build.requirements import Wanted
from serein.deploy.errors import BuildFailed
from serein.deploy.selection import selected
from serein.deploy.sources import Entry, content_hash, source_entries

_ARCHIVES = (".zip", ".jar")
ZIPPED = ".requirements.zip"
_OF_UV = Wanted(locks=("uv", "project"))
_MADE = {
    ESBUILD: frozenset({INSTALLED}),
    MAKE: frozenset({INSTALLED}),
    CARGO: frozenset({cargo.TARGET}),
    GO: frozenset[str](),
    MAVEN: java.OUTPUTS,
    GRADLE: java.OUTPUTS,
    BUNDLER: frozenset({"vendor", ".bundle"}),
}
"""What each tool makes beside the sources: it says nothing of whether they changed."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Something to be packaged: a function's code or a layer's content."""

    logical_id: str
    source: Path
    """A folder, a file, or an archive that is ready."""
    runtime: str = ""
    """Of a function; empty for a layer."""
    handler: str = ""
    method: str = ""
    """The BuildMethod that the template asks for; empty: by the runtime."""
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
    has_packages: bool = False
    """Whether a bundle has the project's dependencies beside it, because it doesn't hold all of them."""
    is_built: bool = False
    """Whether the sources go as they are."""
    places: dict[str, Path] = field(default_factory=dict)
    """Of a makefile build: `ProjectRootDirectory`, `ContextPath`, `WorkingDirectory`."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package, ready for upload; `content` names it."""

    path: Path
    content: str


class Packager:
    """Builds units; what was built before and has not changed is not built again."""

    def __init__(self, cache: BuildCache) -> None:
        self._cache = cache

    def tool(self, unit: Unit) -> str:
        """The tool that makes the unit's whole package; empty when its sources do. Raises BuildFailed."""
        if unit.is_built or not unit.source.is_dir():
            return ""
        return tool_of(unit.logical_id, unit.method, unit.runtime, unit.source, is_layer=unit.is_layer)

    def image(self, logical_id: str, metadata: dict[str, Any], folder: Path) -> str:
        """The name of a function's container image, which its Metadata says how to build. Raises BuildFailed."""
        return build_image(logical_id, metadata, folder)

    def package(self, unit: Unit) -> Package:
        """The unit's package. Raises BuildFailed."""
        source, what = unit.source, unit.logical_id
        if not source.exists():
            raise BuildFailed(f"{what}: {source} does not exist.")
        if source.is_file():
            return self._of_file(what, source)
        if tool := self.tool(unit):
            return self._by_tool(unit, tool)
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
        runtime = unit.method if unit.method.startswith(("python3", "nodejs")) else unit.runtime
        if unit.is_built:
            return "", frozenset(), None
        if runtime.startswith("python"):
            place = "python/" if unit.is_layer else ""
            wanted = _OF_UV if unit.method == "python-uv" else unit.wanted
            found = python_dependencies(self._cache, what, source, runtime, place, wanted)
            return place + package_prefix(what, source, unit.handler, unit.properties), frozenset(), found
        if runtime.startswith("nodejs"):
            place = "nodejs/" if unit.is_layer else ""
            found = node_dependencies(self._cache, what, source, place)
            return place, frozenset({INSTALLED} if found is not None else ()), found
        return "", frozenset(), None

    def _by_tool(self, unit: Unit, tool: str) -> Package:
        folder = unit.source
        if tool == CARGO:
            folder = cargo.workspace(folder)
        elif tool == GO:
            folder = golang.module(folder)
        elif tool == MAKE:
            folder = unit.places.get("ProjectRootDirectory", folder)
        entries = source_entries(folder, _MADE[tool])
        asked = [repr(sorted(unit.properties.items())), str(unit.source.relative_to(folder)), str(unit.is_layer)]
        if tool == MAKE:
            asked += [unit.logical_id, repr(sorted(unit.places.items()))]
        elif tool in (ESBUILD, GO):
            asked.append(unit.handler)
        beside, packages = self._beside_bundle(unit, entries) if tool == ESBUILD else ([], None)
        asked += [entry.name for entry in beside] + [packages.name if packages else ""]
        inputs = content_hash(entries, tool, *asked)
        package = self._cache.package_path(inputs)
        if not package.exists():
            with self._cache.scratch() as target:
                self._run(unit, tool, target)
                made = {entry.name: entry for entry in [*beside, *source_entries(target)]}
                self._cache.write_package(unit.logical_id, inputs, list(made.values()), packages)
        return Package(package, inputs)

    def _beside_bundle(self, unit: Unit, entries: list[Entry]) -> tuple[list[Entry], Path | None]:
        """The source files that patterns name, and the dependencies that the bundle doesn't hold."""
        chosen = selected(entries, unit.patterns) if unit.patterns else []
        packages = node_dependencies(self._cache, unit.logical_id, unit.source, "") if unit.has_packages else None
        return chosen, packages

    def _run(self, unit: Unit, tool: str, target: Path) -> None:
        what, source = unit.logical_id, unit.source
        match tool:
            case "esbuild":
                bundle(self._cache, what, source, unit.handler, unit.properties, target)
            case "makefile":
                make_artifacts(self._cache, what, source, unit.places, target)
            case "cargo":
                cargo.build(self._cache, what, source, unit.properties, target)
            case "go":
                golang.build(what, source, unit.handler, unit.properties, target)
            case "maven":
                java.build_with_maven(self._cache, what, source, target, is_layer=unit.is_layer)
            case "gradle":
                java.build_with_gradle(self._cache, what, source, target, is_layer=unit.is_layer)
            case "bundler":
                ruby.build(self._cache, what, source, target, is_layer=unit.is_layer)


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
