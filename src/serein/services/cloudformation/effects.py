"""What of a stack has no effect here: resources that are only recorded, and properties that are only kept."""

from dataclasses import dataclass, field
from typing import Any

from serein.kernel.operation import Catalog
from serein.kernel.resource import Resource
from serein.services.cloudformation import types
from serein.services.cloudformation.engine.run import LiveResources, evaluation_for, wanted_resources
from serein.services.cloudformation.errors import NotYetKnown, ResourceFailure, ValidationError
from serein.services.cloudformation.functions import NO_VALUE, Evaluation
from serein.services.cloudformation.inert import InertType
from serein.services.cloudformation.stacks import Definition, Stack, StackResource


@dataclass(slots=True)
class Effects:
    """In the shapes of the internal operation DescribeEffects."""

    inert: list[dict[str, Any]] = field(default_factory=list)
    without_effect: list[dict[str, Any]] = field(default_factory=list)

    def add(self, logical_id: str, type_name: str, handler: Resource, properties: set[str]) -> None:
        """Note what of a resource with these properties has no effect."""
        named = {"LogicalResourceId": logical_id, "ResourceType": type_name}
        if isinstance(handler, InertType):
            self.inert.append(named)
        elif kept := sorted(handler.stored & properties):
            self.without_effect.append(named | {"Properties": kept})


def effects_of_definition(catalog: Catalog, stack: Stack, definition: Definition, exports: dict[str, str]) -> Effects:
    """What would have no effect if the stack became what the definition says."""
    evaluation = evaluation_for(stack, definition, LiveResources({}), exports)
    found = Effects()
    for logical_id, resource in sorted(wanted_resources(definition, evaluation).items()):
        properties = resource.get("Properties")
        given = set(properties) if isinstance(properties, dict) else set()
        handler = types.handler_of(catalog, resource["Type"])
        kept = {name for name in given & handler.stored if _is_set(evaluation, properties[name])}
        found.add(logical_id, resource["Type"], handler, kept)
    return found


def effects_of_resources(catalog: Catalog, rows: list[StackResource]) -> Effects:
    """What has no effect of a stack as it is."""
    found = Effects()
    for row in rows:
        if not row.slot and row.physical_id and row.status != "DELETE_COMPLETE":
            found.add(row.logical_id, row.type, types.handler_of(catalog, row.type), set(row.properties))
    return found


def _is_set(evaluation: Evaluation, template_value: Any) -> bool:
    """False for AWS::NoValue; what isn't known before its resources are made is taken as set."""
    try:
        return evaluation.value(template_value) is not NO_VALUE
    except (NotYetKnown, ResourceFailure, ValidationError):
        return True
