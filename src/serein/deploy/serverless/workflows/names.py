"""What state machines of a configuration are called in its template."""

from collections.abc import Iterator, Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import normalized


def machines_of(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The machines by their names in the configuration. Raises TemplateInvalid."""
    given = document.get("stepFunctions") or {}
    if not isinstance(given, dict):
        raise TemplateInvalid("stepFunctions is not an object.")
    for key, settings in (given.get("stateMachines") or {}).items():
        if not isinstance(settings, dict):
            raise TemplateInvalid(f"stepFunctions.stateMachines.{key} is not an object.")
        yield str(key), settings


def logical_id_of(key: str, settings: Mapping[str, Any]) -> str:
    custom = _custom(settings)
    return normalized(custom) if custom else f"{normalized(key)}StepFunctionsStateMachine"


def output_id_of(key: str, settings: Mapping[str, Any]) -> str:
    custom = _custom(settings)
    return f"{normalized(custom)}Arn" if custom else f"{normalized(key)}StepFunctionsStateMachineArn"


def _custom(settings: Mapping[str, Any]) -> str:
    return str(settings.get("id") or settings.get("name") or "")
