"""The cloud assembly: what an app has written, read into stacks and assets, nested assemblies (stages) included."""

import fnmatch
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from serein.deploy.cdk.project import MANIFEST
from serein.deploy.errors import TemplateInvalid
from serein.deploy.templates import Template, read_template

_ANY_ACCOUNT, _ANY_REGION = "unknown-account", "unknown-region"
_LEVELS = {"aws:cdk:warning": "warning", "aws:cdk:error": "error"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file, folder or image that stacks refer to, and where they expect it."""

    id: str
    folder: Path
    """What paths are relative to."""
    source: dict[str, Any]
    destinations: tuple[dict[str, Any], ...]
    is_image: bool = False


@dataclass(frozen=True, slots=True)
class StackArtifact:
    """A stack of the app."""

    id: str
    """Unique in the whole assembly, nested ones included."""
    display_name: str
    """How the app names it: `Stage/Stack`."""
    name: str
    template_path: Path
    account: str
    """Empty where any will do."""
    region: str
    """Empty where any will do."""
    properties: dict[str, Any]
    assets: tuple[Asset, ...]
    dependencies: tuple[str, ...]
    """Ids of the stacks that must be there before."""
    messages: tuple[tuple[str, str], ...] = ()
    """What the app has to say of it: `warning` or `error`, and the text."""

    def template(self) -> Template:
        """Its template. Raises TemplateInvalid."""
        return read_template(self.template_path)


@dataclass(frozen=True, slots=True)
class Assembly:
    """Everything that an app has written."""

    stacks: tuple[StackArtifact, ...]
    """Each after those it depends on."""
    missing: tuple[dict[str, Any], ...] = field(default=())
    """Context that the app asks for."""

    def selected(self, pattern: str) -> tuple[StackArtifact, ...]:
        """The stacks that patterns with commas between them name, and those they depend on. Raises TemplateInvalid."""
        if not pattern:
            return self.stacks
        by_id = {stack.id: stack for stack in self.stacks}
        wanted: set[str] = set()
        for each in pattern.split(","):
            found = [stack.id for stack in self.stacks if _is_named(stack, each.strip())]
            if not found:
                names = ", ".join(stack.display_name for stack in self.stacks)
                raise TemplateInvalid(f"The app has no stack {each.strip()}. It has: {names or 'none'}.")
            wanted.update(found)
        waiting = list(wanted)
        while waiting:
            new = set(by_id[waiting.pop()].dependencies) - wanted
            wanted |= new
            waiting += new
        return tuple(stack for stack in self.stacks if stack.id in wanted)


def read_assembly(folder: Path) -> Assembly:
    """Read the assembly in a folder. Raises TemplateInvalid."""
    stacks: dict[str, StackArtifact] = {}
    missing: list[dict[str, Any]] = []
    for stack in _read_level(folder, "", missing):
        stacks[stack.id] = stack
    try:
        order = TopologicalSorter({stack.id: stack.dependencies for stack in stacks.values()}).static_order()
        ordered = tuple(stacks[each] for each in order)
    except CycleError as error:
        raise TemplateInvalid(f"{folder}: stacks depend on one another: {' → '.join(error.args[1])}.") from error
    return Assembly(ordered, tuple(missing))


def _is_named(stack: StackArtifact, pattern: str) -> bool:
    own_id = stack.id.rsplit("/", 1)[-1]
    return any(fnmatch.fnmatchcase(name, pattern) for name in (stack.display_name, stack.name, own_id))


def _read_level(folder: Path, prefix: str, missing: list[dict[str, Any]]) -> Iterator[StackArtifact]:
    """The stacks of an assembly and of those inside of it."""
    artifacts, own_missing = _manifest(folder)
    missing += own_missing
    for name, artifact in artifacts.items():
        properties = artifact.get("properties") or {}
        if artifact["type"] == "cdk:cloud-assembly":
            nested = f"{prefix}{name}/"
            yield from _read_level(folder / str(properties["directoryName"]), nested, missing)
        elif artifact["type"] == "aws:cloudformation:stack":
            yield _stack(folder, prefix, name, artifacts)


def _manifest(folder: Path) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """A manifest's artifacts, and the context that it misses."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise TemplateInvalid(f"{folder} is not a cloud assembly: {error}") from error
    artifacts = manifest.get("artifacts") or {}
    if not all(isinstance(each, dict) and isinstance(each.get("type"), str) for each in artifacts.values()):
        raise TemplateInvalid(f"{folder / MANIFEST}: an artifact has no type.")
    return artifacts, list(manifest.get("missing") or ())


def _stack(folder: Path, prefix: str, name: str, artifacts: dict[str, dict[str, Any]]) -> StackArtifact:
    artifact = artifacts[name]
    properties = artifact.get("properties") or {}
    needed = set(_needed(name, artifacts))
    assets: list[Asset] = []
    for each in needed:
        if artifacts[each]["type"] == "cdk:asset-manifest":
            assets += _assets(folder, str(artifacts[each]["properties"]["file"]))
    account, region = _environment(str(artifact.get("environment", "")))
    metadata = dict(artifact.get("metadata") or {})
    if extra := artifact.get("additionalMetadataFile"):
        metadata.update(_json(folder / str(extra)))
    return StackArtifact(
        id=prefix + name,
        display_name=str(artifact.get("displayName") or name),
        name=str(properties.get("stackName") or name),
        template_path=folder / str(properties["templateFile"]),
        account=account,
        region=region,
        properties={**properties, "legacyAssets": _legacy_assets(metadata)},
        assets=tuple(sorted(assets, key=lambda asset: asset.id)),
        dependencies=tuple(
            sorted(prefix + each for each in needed if artifacts[each]["type"] == "aws:cloudformation:stack")
        ),
        messages=tuple(_messages(metadata)),
    )


def _needed(name: str, artifacts: dict[str, dict[str, Any]]) -> Iterable[str]:
    """What an artifact depends on: its own dependencies, and the stacks that its assets wait for."""
    return [each for each in artifacts[name].get("dependencies") or () if each in artifacts]


def _environment(text: str) -> tuple[str, str]:
    account, _, region = text.removeprefix("aws://").partition("/")
    return "" if account == _ANY_ACCOUNT else account, "" if region == _ANY_REGION else region


def _assets(folder: Path, file: str) -> Iterator[Asset]:
    manifest = _json(folder / file)
    for kind, is_image in (("files", False), ("dockerImages", True)):
        for asset_id, entry in (manifest.get(kind) or {}).items():
            yield Asset(asset_id, folder, entry["source"], tuple(entry["destinations"].values()), is_image)


def _legacy_assets(metadata: dict[str, Any]) -> list[dict[str, Any]]:
    """Assets whose places are parameters of the template, as version 1 and the LegacyStackSynthesizer write them."""
    return [entry["data"] for _, entry in _entries(metadata) if entry.get("type") == "aws:cdk:asset"]


def _messages(metadata: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for path, entry in _entries(metadata):
        level = _LEVELS.get(str(entry.get("type")))
        if level is not None:
            yield level, f"{path.strip('/')}: {entry.get('data')}"


def _entries(metadata: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, entries in metadata.items():
        for entry in entries:
            yield path, entry


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise TemplateInvalid(f"{path} can't be read: {error}") from error
    if not isinstance(content, dict):
        raise TemplateInvalid(f"{path} does not hold an object.")
    return content
