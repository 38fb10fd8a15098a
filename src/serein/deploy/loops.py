"""Loops of AWS::LanguageExtensions, unrolled before what they make is packaged."""

from collections.abc import Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.templates import LOOP, Template
from serein.services.cloudformation.errors import NotYetKnown, ValidationError
from serein.services.cloudformation.functions import Evaluation
from serein.services.cloudformation.transforms.extensions import unroll


class _NoResources:
    """Nothing is made yet."""

    def reference(self, logical_id: str) -> Any:
        raise NotYetKnown(logical_id)

    def attribute(self, logical_id: str, name: str) -> Any:
        raise NotYetKnown(logical_id)


def unrolled(template: Template, given: Mapping[str, str]) -> Template:
    """The template with its loops over resources replaced by those; one without such loops stays as it is.

    `given` are parameters; what they don't say their defaults do. Raises TemplateInvalid for a loop over what nobody
    knows before the deployment.
    """
    if not any(name.startswith(LOOP) for name in template["Resources"]):
        return template
    parameters = {
        name: _value(spec or {}, given[name] if name in given else (spec or {})["Default"])
        for name, spec in (template.get("Parameters") or {}).items()
        if name in given or "Default" in (spec or {})
    }
    evaluation = Evaluation(
        parameters=parameters,
        mappings=template.get("Mappings") or {},
        conditions=template.get("Conditions") or {},
        resources=_NoResources(),
        has_extensions=True,
    )
    try:
        return unroll(template, evaluation)
    except NotYetKnown as unknown:
        raise TemplateInvalid(
            f"A loop (Fn::ForEach) depends on {unknown}, which isn't known before the deployment."
        ) from None
    except ValidationError as error:
        raise TemplateInvalid(error.message) from None


def _value(spec: Mapping[str, Any], value: Any) -> Any:
    kind = str(spec.get("Type", ""))
    if "CommaDelimitedList" in kind or "List<" in kind:
        return [member.strip() for member in str(value).split(",")] if value else []
    return value
