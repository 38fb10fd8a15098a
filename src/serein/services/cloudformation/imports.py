"""Resources that exist already and become a stack's: those that a change set names, and those that it comes upon.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources.html
"""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Request
from serein.services.cloudformation import types
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.live.catalog import LIVE
from serein.services.cloudformation.live.looking import Look
from serein.services.cloudformation.planning import Change, Plan
from serein.services.cloudformation.stacks import Definition
from serein.services.cloudformation.store import resources

Imports = dict[str, str]
"""Physical ids by logical ids."""
_KEPT = ("Retain", "RetainExceptOnCreate")


def named_imports(request: Request, definition: Definition) -> Imports:
    """What a change set of the type IMPORT asks to import. Raises ValidationError."""
    wanted = request.get("ResourcesToImport", [])
    if not wanted:
        raise ValidationError("ResourcesToImport must be specified for change sets of type IMPORT")
    declared: dict[str, Any] = definition.processed["Resources"]
    found = {}
    for resource in wanted:
        logical_id, type_name = resource["LogicalResourceId"], resource["ResourceType"]
        if declared.get(logical_id, {}).get("Type") != type_name:
            raise ValidationError(f"Resource [{logical_id}] of type {type_name} is not defined in the template")
        description = types.find_description(type_name)
        identifier = description.identifier if description else ()
        given: dict[str, str] = resource["ResourceIdentifier"]
        if given.keys() != set(identifier):
            raise ValidationError(
                f"Invalid ResourceIdentifier for {logical_id}: {type_name} is identified by [{', '.join(identifier)}]"
            )
        live = LIVE.get(type_name)
        named = "|".join(given[name] for name in identifier)
        found[logical_id] = live.physical_id_of(named) if live is not None else named
    unsupported = sorted({declared[name]["Type"] for name in found} - LIVE.keys())
    if unsupported:
        raise ValidationError(f"ResourceTypes [{', '.join(unsupported)}] are not supported for Import")
    careless = [name for name in found if "DeletionPolicy" not in declared[name]]
    if careless:
        raise ValidationError(
            f"The following resources to import [{', '.join(careless)}] must have DeletionPolicy attribute specified"
            " in the template."
        )
    return found


async def require_importable(call: Call, plan: Plan, imports: Imports) -> None:
    """Raise ValidationError unless a plan does nothing but import what exists and belongs to no stack."""
    others = [change.logical_id for change in plan.changes if change.logical_id not in imports]
    others += ["Outputs"] if plan.has_other_changes else []
    if others:
        raise ValidationError(f"As part of the import operation, you cannot modify or add [{', '.join(others)}]")
    for change in plan.changes:
        physical_id = imports[change.logical_id]
        owner = await _owner(call, physical_id)
        if owner is not None:
            raise ValidationError(f"{physical_id} already exists in stack {owner}")
        if not await _exists(call, change, physical_id):
            raise ValidationError(f"Resource of type '{change.type}' with identifier '{physical_id}' was not found.")


async def existing_imports(call: Call, plan: Plan, definition: Definition) -> Imports:
    """What would be made and exists already, under the name that the template gives it. Raises ValidationError."""
    found, careless = {}, []
    for change in plan.changes:
        identifier = _identifier(change)
        if change.action != "Add" or identifier is None:
            continue
        name, physical_id = identifier
        owner = await _owner(call, physical_id)
        if owner is not None or not await _exists(call, change, physical_id):
            continue
        found[change.logical_id] = physical_id
        if definition.processed["Resources"][change.logical_id].get("DeletionPolicy") not in _KEPT:
            careless.append(f"{change.logical_id} ({{{name}={physical_id}}})")
    if careless:
        raise ValidationError(
            "CloudFormation is attempting to import some resources because they already exist in your account. The"
            " resources must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate' in the"
            f" template for successful import. The affected resources are {', '.join(careless)}"
        )
    return found


def mark_imports(plan: Plan, imports: Imports) -> None:
    """Say of the changes which are imports."""
    for change in plan.changes:
        if change.logical_id in imports and change.action == "Add":
            change.action, change.physical_id = "Import", imports[change.logical_id]


def _identifier(change: Change) -> tuple[str, str] | None:
    """The property that identifies a resource, and its value; None unless the template gives one."""
    description = types.find_description(change.type)
    if description is None or len(description.identifier) != 1 or change.type not in LIVE:
        return None
    value = change.after.get(description.identifier[0])
    return (description.identifier[0], value) if isinstance(value, str) and "{{" not in value else None


async def _owner(call: Call, physical_id: str) -> str | None:
    return await call.read(lambda tx: resources.stack_of_physical_id(tx, call.scope, physical_id))


async def _exists(call: Call, change: Change, physical_id: str) -> bool:
    live = LIVE[change.type]
    look = Look(call.platform, call.scope)
    return await live.read(look, live.identifier_of(physical_id, change.after, {})) is not None
