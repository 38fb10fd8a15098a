"""Finding a CDK project, and what its `cdk.json` says."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.selection import selected
from serein.deploy.sources import Entry

CONFIGURATION = "cdk.json"
CONTEXT = "cdk.context.json"
ASSEMBLY = "cdk.out"
MANIFEST = "manifest.json"
_DEEP = ("", "/**")
"""A pattern that names a folder means what is in it."""


@dataclass(frozen=True, slots=True)
class CdkProject:
    """A folder with an app, or an assembly that an app has written."""

    folder: Path
    app: str = ""
    """The command that runs the app; empty when there is only an assembly."""
    build: str = ""
    """A command to run before it."""
    assembly: Path | None = None
    """The assembly that is taken as it is."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Everything that cdk.json says."""
    context: dict[str, Any] = field(default_factory=dict)

    def watched(self, paths: Iterable[Path]) -> list[Path]:
        """The files that the project watches: by `watch` in cdk.json, as `cdk watch` does, cdk.json always.

        Raises BuildFailed for a pattern that can't be read.
        """
        if self.assembly is not None:
            return list(paths)
        watch = self.settings.get("watch") or {}
        excluded = [ASSEMBLY, *_texts(watch.get("exclude"))]
        included = _texts(watch.get("include"))
        patterns = (*(("!**", *included) if included else ()), *(f"!{each}{end}" for each in excluded for end in _DEEP))
        entries = [
            Entry(path.relative_to(self.folder).as_posix(), path) for path in paths if path.is_relative_to(self.folder)
        ]
        found = [entry.path for entry in selected(entries, patterns)]
        return found + [entry.path for entry in entries if entry.name == CONFIGURATION and entry.path not in found]


def is_cdk(path: Path) -> bool:
    """Whether a path names a CDK project, its cdk.json, or an assembly."""
    if path.is_file():
        return path.name == CONFIGURATION
    return (path / CONFIGURATION).is_file() or is_assembly(path) or is_assembly(path / ASSEMBLY)


def is_assembly(folder: Path) -> bool:
    """Whether a folder is a cloud assembly."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and "version" in manifest and isinstance(manifest.get("artifacts", {}), dict)


def open_cdk(path: Path) -> CdkProject:
    """The project that a path names. Raises TemplateInvalid."""
    path = path.resolve()
    folder = path.parent if path.is_file() else path
    if not (folder / CONFIGURATION).is_file():
        assembly = folder if is_assembly(folder) else folder / ASSEMBLY
        return CdkProject(folder if assembly != folder else folder.parent, assembly=assembly)
    settings = _read(folder / CONFIGURATION)
    app = settings.get("app")
    if not isinstance(app, str) or not app.strip():
        raise TemplateInvalid(f'{folder / CONFIGURATION} needs "app": the command that runs the app.')
    context: dict[str, Any] = {}
    for found in (
        _context(Path.home() / ".cdk.json"),
        _object(folder / CONTEXT, _read_if_there(folder / CONTEXT)),
        _context(folder / CONFIGURATION),
    ):
        context.update(found)
    if is_assembly(folder / app):
        return CdkProject(folder, assembly=folder / app, settings=settings)
    build = settings.get("build")
    return CdkProject(folder, app, build if isinstance(build, str) else "", None, settings, context)


def _texts(value: Any) -> list[str]:
    """One pattern or several."""
    texts = value if isinstance(value, list) else [value] if value else []
    return [str(text).removesuffix("/") for text in texts]


def _context(path: Path) -> dict[str, Any]:
    return _object(path, _read_if_there(path).get("context", {}))


def _read_if_there(path: Path) -> dict[str, Any]:
    return _read(path) if path.is_file() else {}


def _read(path: Path) -> dict[str, Any]:
    try:
        return _object(path, json.loads(path.read_text()))
    except (OSError, ValueError) as error:
        raise TemplateInvalid(f"{path} can't be read: {error}") from error


def _object(path: Path, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TemplateInvalid(f"{path} does not hold an object where one is needed.")
    return value
