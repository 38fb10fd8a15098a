"""serein.toml: what has no other home: several applications deployed together, and what they get on this machine only.

A file without `applications` is about the project in its own folder.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serein.deploy.errors import Place, Problem, TemplateInvalid

FILE = "serein.toml"
_TABLES = ("parameters", "environment")
_OWN = ("stack", "stage", *_TABLES)
_SHARED = ("region", "stage")


@dataclass(frozen=True, slots=True)
class Part:
    """An application and how it is deployed."""

    path: Path
    stack: str = ""
    stage: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a serein.toml says, or what holds without one."""

    parts: tuple[Part, ...]
    """In the order in which they are deployed."""
    region: str = ""
    path: Path | None = None


def read_configuration(path: Path) -> Configuration:
    """Of a folder, or of a file, which has none. Raises TemplateInvalid with the place of what it doesn't know."""
    file = path / FILE
    if not path.is_dir() or not file.is_file():
        return Configuration((Part(path),))
    try:
        document = tomllib.loads(file.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TemplateInvalid(f"{file} is not valid TOML: {error}") from error
    if "applications" not in document:
        _require_known(file, document, (*_OWN, "region"), "")
        return Configuration((_part(file, path, document, ""),), _text(file, document, "region"), file)
    _require_known(file, document, ("applications", *_SHARED), "")
    given = document["applications"]
    if not isinstance(given, list) or not given or not all(isinstance(each, dict) for each in given):
        raise _wrong(file, "applications", "applications are tables: [[applications]], each with a path.")
    parts = []
    for each in given:
        _require_known(file, each, ("path", *_OWN), "applications.")
        inner = _text(file, each, "path")
        if not inner:
            raise _wrong(file, "applications", "An application needs its path.")
        parts.append(_part(file, path / inner, each, _text(file, document, "stage")))
    return Configuration(tuple(parts), _text(file, document, "region"), file)


def _part(file: Path, path: Path, given: Mapping[str, Any], stage: str) -> Part:
    for name in _TABLES:
        if not isinstance(given.get(name, {}), dict):
            raise _wrong(file, name, f"{name} is a table: [{name}].")
    for name, value in given.get("parameters", {}).items():
        if isinstance(value, dict | list):
            raise _wrong(file, name, f"The parameter {name} is no text, number or boolean.")
    parameters = {name: _value(value) for name, value in given.get("parameters", {}).items()}
    environment = {
        name: {key: _value(inner) for key, inner in value.items()} if isinstance(value, dict) else _value(value)
        for name, value in given.get("environment", {}).items()
    }
    return Part(path, _text(file, given, "stack"), _text(file, given, "stage") or stage, parameters, environment)


def _value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(file: Path, given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise _wrong(file, name, f"{name} is a text.")
    return value


def _require_known(file: Path, given: Mapping[str, Any], known: tuple[str, ...], prefix: str) -> None:
    for name in given:
        if name not in known:
            raise _wrong(file, name, f"{prefix}{name} is not known here. There are: {', '.join(sorted(known))}.")


def _wrong(file: Path, name: str, message: str) -> TemplateInvalid:
    lines = file.read_text().splitlines()
    number = next((number for number, line in enumerate(lines, 1) if name in line), 1)
    return TemplateInvalid(f"{file} can't be used.", Problem(message, place=Place(file, number)))
