"""Templates as data: finding them, and reading YAML with CloudFormation's tags."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from serein.deploy.errors import Place, Problem, TemplateInvalid
from serein.deploy.samconfig import Presets, read_samconfig

NAMES = ("template.yaml", "template.yml", "template.json")
SERVICES = (
    "serverless.yml",
    "serverless.yaml",
    "serverless.json",
    "serverless.js",
    "serverless.cjs",
    "serverless.mjs",
    "serverless.ts",
)
"""What the Serverless Framework calls its configuration."""
LOOP = "Fn::ForEach::"
_SUB_NAME = re.compile(r"\$\{([^{}]*)\}")
_SUFFIXES = (".yaml", ".yml", ".json", ".template")
Template = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a template, and what its samconfig.toml presets; or with the configuration of a service."""

    folder: Path
    template_path: Path
    presets: Presets = field(default_factory=Presets)

    @property
    def is_service(self) -> bool:
        """Whether it is one of the Serverless Framework's."""
        return self.template_path.name in SERVICES


def open_project(path: Path, stage: str = "") -> Project:
    """The project in a folder, or around a template file. Raises TemplateInvalid.

    Of a folder, the template that its samconfig.toml names is taken; else the first of `NAMES` and `SERVICES`; of one
    without, the only template there is.
    """
    path = path.resolve()
    if not path.exists():
        raise TemplateInvalid(f"{path} does not exist.")
    folder = path.parent if path.is_file() else path
    if path.name in SERVICES:
        return Project(folder, path)
    presets = Presets() if _is_service(path) else read_samconfig(folder, stage)
    if path.is_dir() and presets.template:
        named = folder / presets.template
        if not named.is_file():
            raise TemplateInvalid(f"{named}, which {folder}'s samconfig.toml names, does not exist.")
        return Project(named.parent, named, presets)
    template_path = path if path.is_file() else _template_in(path)
    return Project(folder, template_path, presets)


def _is_service(path: Path) -> bool:
    """Whether a folder is one of the Serverless Framework's alone."""
    return not any((path / name).is_file() for name in NAMES) and any((path / name).is_file() for name in SERVICES)


def _template_in(folder: Path) -> Path:
    named = [folder / name for name in (*NAMES, *SERVICES) if (folder / name).is_file()]
    if named:
        return named[0]
    found = [path for path in sorted(folder.iterdir()) if path.suffix in _SUFFIXES and _is_template(path)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(path.name for path in found)
        raise TemplateInvalid(f"There are several templates in {folder}: {names}. Name the one to take.")
    raise TemplateInvalid(f"There is no template in {folder} (looked for {', '.join((*NAMES, *SERVICES))}).")


def _is_template(path: Path) -> bool:
    try:
        text = path.read_text()
        return "Resources" in text and "Type" in text and "Resources" in parse_template(text, path.name)
    except (OSError, UnicodeDecodeError, TemplateInvalid):
        return False


def read_template(path: Path) -> Template:
    """Parse a template file. Raises TemplateInvalid with the place of the mistake."""
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateInvalid(f"{path} can't be read: {error}") from error
    template = parse_template(text, str(path))
    if not isinstance(template.get("Resources"), dict) or not template["Resources"]:
        raise TemplateInvalid(f"{path} has no Resources.")
    for logical_id, resource in template["Resources"].items():
        if not isinstance(resource, dict) and not logical_id.startswith(LOOP):
            raise TemplateInvalid(f"{path}: resource {logical_id} is not an object.")
    return template


def parse_template(text: str, name: str) -> Template:
    """Parse JSON or YAML; `!Ref x` and the other tags become their long forms."""
    try:
        parsed = json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, CloudFormationLoader)
    except (ValueError, yaml.YAMLError) as error:
        raise _not_well_formed(text, name, error) from error
    if not isinstance(parsed, dict):
        raise TemplateInvalid(f"{name} is not a template: it holds no object.")
    return parsed


def _not_well_formed(text: str, name: str, error: Exception) -> TemplateInvalid:
    """What to raise for a text that is no YAML or JSON, with the line where that shows."""
    message = f"{name} is not a valid template"
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark is not None else getattr(error, "lineno", None)
    if line is None:
        return TemplateInvalid(f"{message}: {error}")
    said = " ".join(filter(None, (getattr(error, "context", None), getattr(error, "problem", None))))
    place = Place(Path(name), min(line, len(text.splitlines())))
    return TemplateInvalid(f"{message}.", Problem(said or getattr(error, "msg", str(error)), place=place))


class CloudFormationLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML as CloudFormation reads it: dates stay text, tags are functions."""


def _function(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


CloudFormationLoader.add_multi_constructor("!", _function)
CloudFormationLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in CloudFormationLoader.yaml_implicit_resolvers.items()
}


def parameter_values(template: Template, given: dict[str, str]) -> dict[str, str]:
    """What each of the template's parameters will be, as far as it is known before the deployment."""
    declared = template.get("Parameters") or {}
    values = {name: str(spec["Default"]) for name, spec in declared.items() if "Default" in (spec or {})}
    return {**values, **given}


def resolved(value: Any, parameters: dict[str, str]) -> Any:
    """A property's value with a `Ref` or a `Fn::Sub` of parameters worked out; anything else stays as it is."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    function, argument = next(iter(value.items()))
    if function == "Ref" and argument in parameters:
        return parameters[argument]
    if function == "Fn::Sub" and isinstance(argument, str):
        names = _SUB_NAME.findall(argument)
        if all(name in parameters for name in names):
            return _SUB_NAME.sub(lambda found: parameters[found[1]], argument)
    return value
