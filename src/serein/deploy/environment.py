"""Variables that functions get on this machine besides those of their template."""

from collections.abc import Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.templates import Template

_FUNCTIONS = ("AWS::Serverless::Function", "AWS::Lambda::Function")


def with_environment(template: Template, given: Mapping[str, Any]) -> Template:
    """The template with variables added to its functions.

    A text goes to every function under its name; an object holds variables for the function of that logical id. Raises
    TemplateInvalid for a function that the template doesn't have or whose variables are an intrinsic function's.
    """
    if not given:
        return template
    functions = [name for name, resource in template["Resources"].items() if (resource or {}).get("Type") in _FUNCTIONS]
    shared = {name: str(value) for name, value in given.items() if not isinstance(value, Mapping)}
    own = {name: value for name, value in given.items() if isinstance(value, Mapping)}
    unknown = sorted(set(own) - set(functions))
    if unknown:
        raise TemplateInvalid(
            f"serein.toml has variables for {', '.join(unknown)}, which is no function of the template. It has: "
            f"{', '.join(functions) or 'none'}."
        )
    changed = dict(template["Resources"])
    for name in functions:
        added = {**shared, **{key: str(value) for key, value in own.get(name, {}).items()}}
        if added:
            changed[name] = _with_variables(name, changed[name], added)
    return {**template, "Resources": changed}


def _with_variables(logical_id: str, function: dict[str, Any], added: dict[str, str]) -> dict[str, Any]:
    properties = function.get("Properties") or {}
    environment = properties.get("Environment") or {}
    variables = environment.get("Variables") or {}
    for part in (environment, variables):
        if not isinstance(part, dict) or any(key.startswith("Fn::") or key == "Ref" for key in part):
            raise TemplateInvalid(
                f"The variables of {logical_id} are worked out by a function of CloudFormation: serein.toml can't add "
                "to them."
            )
    return {
        **function,
        "Properties": {**properties, "Environment": {**environment, "Variables": {**variables, **added}}},
    }
