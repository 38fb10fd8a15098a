"""Saved files that are code of functions and nothing else: they take effect without running the app again.

The assembly holds copies of what the app packages. A folder of the project that has the same files with the same
content is where a copy came from; what a bundler has made has no such folder, and the app is run for it.
"""

import filecmp
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serein.deploy.cdk.assembly import Asset, StackArtifact
from serein.deploy.cdk.assets import every_entry
from serein.deploy.sources import is_skipped
from serein.deploy.templates import Template

_MOST_FILES = 2_000
_NOT_SOURCES = frozenset({"node_modules", "cdk.out", "site-packages"})
_OF_A_FUNCTION = "AWS::Lambda::Function"


@dataclass(frozen=True, slots=True)
class CodeFolder:
    """A folder of the project that functions run as it is."""

    asset: Asset
    folder: Path
    names: tuple[str, ...]
    """What of it is in the package."""
    functions: tuple[tuple[str, str], ...]
    """Ids of stacks, and logical ids in them."""


def find_code_folders(
    index: Mapping[str, list[Path]], stacks: Iterable[tuple[StackArtifact, Template]]
) -> list[CodeFolder]:
    """Folders whose files are code of functions of these stacks, and of nothing else in them.

    `index` is `files_by_name` of the project.
    """
    users: dict[str, list[tuple[str, str]]] = {}
    assets: dict[str, Asset] = {}
    for stack, template in stacks:
        keys = _keys(stack.assets)
        assets.update({asset.id: asset for asset in stack.assets})
        for key, logical_id in _uses(template):
            if key in keys:
                users.setdefault(keys[key], []).append((stack.id, logical_id))
    found = []
    for asset_id, functions in users.items():
        staged = assets[asset_id].folder / str(assets[asset_id].source["path"])
        names = tuple(entry.name for entry in every_entry(staged)) if staged.is_dir() else ()
        if not all(logical_id for _, logical_id in functions) or not 0 < len(names) <= _MOST_FILES:
            continue
        if (folder := _origin(staged, names, index)) is not None:
            found.append(CodeFolder(assets[asset_id], folder, names, tuple(functions)))
    return found


def edited(folders: Iterable[CodeFolder], changed: Iterable[Path]) -> list[CodeFolder] | None:
    """The folders that the changed files belong to; None when a file belongs to none, or has come or gone."""
    found: dict[Path, CodeFolder] = {}
    for path in changed:
        owners = [each for each in folders if _owns(each, path)]
        if not owners:
            return None
        found.update({owner.folder: owner for owner in owners})
    return list(found.values())


def _owns(each: CodeFolder, path: Path) -> bool:
    return (
        path.is_file()
        and path.is_relative_to(each.folder)
        and path.relative_to(each.folder).as_posix() in frozenset(each.names)
    )


def _keys(assets: Iterable[Asset]) -> dict[str, str]:
    """Ids of zipped folders by the keys of their objects."""
    return {
        str(destination["objectKey"]): asset.id
        for asset in assets
        if asset.source.get("packaging") == "zip" and asset.source.get("path")
        for destination in asset.destinations
    }


def _uses(template: Template) -> Iterator[tuple[str, str]]:
    """Keys of objects with the function that runs them, or with nothing when they are used otherwise."""
    resources = template["Resources"]
    versioned = {
        str(name.get("Ref"))
        for resource in resources.values()
        if resource.get("Type") == "AWS::Lambda::Version"
        and isinstance(name := (resource.get("Properties") or {}).get("FunctionName"), dict)
    }
    for logical_id, resource in resources.items():
        properties = resource.get("Properties") or {}
        code = properties.get("Code") if resource.get("Type") == _OF_A_FUNCTION else None
        is_code = isinstance(code, dict) and logical_id not in versioned
        for text in _texts(properties):
            own = is_code and isinstance(code, dict) and text == code.get("S3Key")
            yield text, logical_id if own else ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)


def files_by_name(project: Path) -> dict[str, list[Path]]:
    """The project's own files by their names."""
    found: dict[str, list[Path]] = {}
    for place, folders, files in os.walk(project):
        folders[:] = [
            name
            for name in folders
            if name not in _NOT_SOURCES and not is_skipped(name) and not Path(place, name, "pyvenv.cfg").exists()
        ]
        for name in files:
            found.setdefault(name, []).append(Path(place, name))
    return found


def _origin(staged: Path, names: tuple[str, ...], index: Mapping[str, list[Path]]) -> Path | None:
    """The only folder that holds all these files with the same content."""
    rarest = min(names, key=lambda name: len(index.get(name.rsplit("/", 1)[-1], ())))
    depth = rarest.count("/") + 1
    found = []
    for path in index.get(rarest.rsplit("/", 1)[-1], ()):
        folder = path.parents[depth - 1] if len(path.parents) >= depth else None
        if folder is not None and all(_is_same(staged / name, folder / name) for name in names):
            found.append(folder)
    return found[0] if len(found) == 1 else None


def _is_same(one: Path, other: Path) -> bool:
    return other.is_file() and filecmp.cmp(one, other, shallow=False)
