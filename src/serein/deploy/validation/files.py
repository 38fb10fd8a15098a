"""Files that a template names and that aren't there: code, handlers, definitions, nested templates."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from serein.deploy.causes import meant
from serein.deploy.errors import Problem
from serein.deploy.origins import Origins
from serein.deploy.packaging import NESTED, is_local
from serein.deploy.templates import Template, parameter_values, resolved
from serein.deploy.validation.findings import Finding

_NAMED = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Lambda::Function": "Code",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Lambda::LayerVersion": "Content",
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
    **NESTED,
}
_FUNCTIONS = ("AWS::Serverless::Function", "AWS::Lambda::Function")
_SUFFIXES = {"python": (".py",), "nodejs": (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx")}


def file_findings(template: Template, folder: Path, given: Mapping[str, str], origins: Origins) -> Iterator[Finding]:
    """Errors for what a deployment could not find, and handlers that a function could not."""
    values = parameter_values(template, dict(given))
    defaults = (template.get("Globals") or {}).get("Function") or {}
    for logical_id, resource in template["Resources"].items():
        kind = resource.get("Type", "") if isinstance(resource, dict) else ""
        properties = (resource.get("Properties") or {}) if kind in _NAMED else {}
        if not isinstance(properties, dict):
            continue
        if kind in _FUNCTIONS:
            properties = {**defaults, **properties} if kind.startswith("AWS::Serverless") else properties
        name = _NAMED.get(kind, "")
        location = resolved(properties.get(name), values)
        if is_local(location):
            path = folder / location
            if not path.exists():
                origin = origins.find((logical_id,), "Properties", name)
                hint = meant(path.name, _names_beside(path))
                message = f"{name} names {location}, which does not exist."
                yield Finding("error", Problem(message, logical_id, kind, origin.place if origin else None, hint))
            elif kind in _FUNCTIONS and "BuildMethod" not in (resource.get("Metadata") or {}):
                yield from _handler_findings(logical_id, kind, properties, path, values, origins)


def _handler_findings(
    logical_id: str, kind: str, properties: Mapping[str, Any], code: Path, values: dict[str, str], origins: Origins
) -> Iterator[Finding]:
    handler, runtime = (str(resolved(properties.get(name, ""), values)) for name in ("Handler", "Runtime"))
    suffixes = next((found for family, found in _SUFFIXES.items() if runtime.startswith(family)), ())
    module, dot, name = handler.rpartition(".")
    if not suffixes or not dot or not code.is_dir():
        return
    files = [code / f"{module}{suffix}" for suffix in suffixes]
    if runtime.startswith("python"):
        files = [code / f"{module.replace('.', '/')}.py", code / module.replace(".", "/") / "__init__.py"]
    found = next((file for file in files if file.is_file()), None)
    origin = origins.find((logical_id,), "Properties", "Handler")
    place = origin.place if origin else None
    if found is None:
        message = f"The handler {handler} is in no file of {code}: {files[0].name} is not there."
        hint = meant(files[0].name, _names_beside(files[0]))
        yield Finding("error", Problem(message, logical_id, kind, place, hint))
    elif not re.search(rf"\b{re.escape(name)}\b", found.read_text(errors="replace")):
        yield Finding("error", Problem(f"{found} has nothing called {name}.", logical_id, kind, place))


def _names_beside(path: Path) -> list[str]:
    return [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
