"""Definitions of state machines: functions are named as in the configuration, CloudFormation puts the rest in."""

import copy
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.service import Service
from serein.services.stepfunctions.language import diagnose

_PLACEHOLDER = "arn:aws:lambda:us-east-1:123456789012:function:placeholder"
_NUMBERS = ("Attempts", "Concurrency", "Count", "Percentage", "Rate", "Seconds")
_INVOKE = "arn:aws:states:::lambda:invoke"
_DEFAULT_TIMEOUT_SECONDS = 6


def definition_string(service: Service, key: str, settings: Mapping[str, Any]) -> Any:
    """The property DefinitionString. Raises TemplateInvalid when it is to be validated, and isn't valid."""
    given = settings.get("definition")
    if given is None:
        raise TemplateInvalid(f"stepFunctions.stateMachines.{key} needs a definition.")
    if (service.document.get("stepFunctions") or {}).get("validate"):
        _validate(key, settings, given)
    if isinstance(given, str):
        return given
    if settings.get("configureTaskTimeouts"):
        given = _with_timeouts(service, given)
    values: dict[str, Any] = {}
    text = json.dumps(_with_variables(service, given, values), indent=2)
    for name in values:
        # A wait's time is a number, whatever gives it.
        text = text.replace(f'"Seconds": "${{{name}}}"', f'"Seconds": ${{{name}}}')
    if "#{" in text:
        text = text.replace("#{", "${")
        return {"Fn::Sub": [text, values] if values else text}
    return {"Fn::Sub": [text, values]} if values else text


def translated(service: Service, function: str, argument: Any) -> dict[str, Any]:
    """A reference to a function by its name in the configuration, as one to its resource."""
    name = argument[0] if isinstance(argument, list) and argument else argument
    found = service.find_function(name) if isinstance(name, str) else None
    if found is None or function not in ("Ref", "Fn::GetAtt"):
        return {function: argument}
    return {"Fn::GetAtt": [found.logical_id, "Arn"]}


def is_intrinsic(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref"))


def task_states(definition: Any) -> Iterator[dict[str, Any]]:
    """The Task states of a definition, however deep."""
    if isinstance(definition, list):
        for item in definition:
            yield from task_states(item)
    elif isinstance(definition, dict):
        if definition.get("Type") == "Task":
            yield definition
        for item in definition.values():
            yield from task_states(item)


def _with_variables(service: Service, value: Any, values: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_with_variables(service, item, values) for item in value]
    if not isinstance(value, dict):
        return value
    if is_intrinsic(value):
        function = next(iter(value))
        name = "V" + hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
        values[name] = translated(service, function, value[function])
        return f"${{{name}}}"
    return {key: _with_variables(service, item, values) for key, item in value.items()}


def _with_timeouts(service: Service, definition: Any) -> Any:
    """Tasks of functions last as long as their functions may, unless they say something else."""
    copied = copy.deepcopy(definition)
    for state in task_states(copied):
        resource = state.get("Resource")
        if isinstance(resource, str) and resource.startswith(_INVOKE):
            resource = (state.get("Parameters") or {}).get("FunctionName")
        key = _function_key(resource)
        function = next((each for each in service.functions if key in (each.key, each.logical_id)), None)
        if function is not None and not {"TimeoutSeconds", "TimeoutSecondsPath"} & state.keys():
            default = service.provider.get("timeout", _DEFAULT_TIMEOUT_SECONDS)
            state["TimeoutSeconds"] = function.settings.get("timeout", default)
    return copied


def _function_key(reference: Any) -> str:
    if not is_intrinsic(reference):
        return ""
    argument = reference.get("Ref") or reference.get("Fn::GetAtt") or ""
    return str(argument[0] if isinstance(argument, list) else argument).partition(".")[0]


def _validate(key: str, settings: Mapping[str, Any], definition: Any) -> None:
    text = definition if isinstance(definition, str) else json.dumps(_filled(definition))
    found = [each for each in diagnose(text, settings.get("type") or "STANDARD") if each.severity == "ERROR"]
    if found:
        told = "; ".join(f"{each.message} at {each.location or '/'}" for each in found)
        raise TemplateInvalid(f"stepFunctions.stateMachines.{key}: the definition is not valid: {told}")


def _filled(value: Any, key: str = "") -> Any:
    """A definition with something in place of what only CloudFormation knows."""
    if is_intrinsic(value):
        return 1 if key.endswith(_NUMBERS) else _PLACEHOLDER
    if isinstance(value, list):
        return [_filled(item) for item in value]
    if isinstance(value, dict):
        return {name: _filled(item, name) for name, item in value.items()}
    return value
