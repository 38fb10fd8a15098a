"""CreateChangeSet: work out what a template would change, to be looked at and executed later."""

from dataclasses import asdict

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation import starting
from serein.services.cloudformation.engine.advance import stack_event
from serein.services.cloudformation.errors import AlreadyExistsException, TransformFailure, ValidationError
from serein.services.cloudformation.imports import (
    existing_imports,
    mark_imports,
    named_imports,
    require_importable,
)
from serein.services.cloudformation.nested_changes import look_into
from serein.services.cloudformation.options import KEPT
from serein.services.cloudformation.planning import Plan, plan_update
from serein.services.cloudformation.stacks import Definition, Settings, Stack
from serein.services.cloudformation.store import change_sets, stacks
from serein.services.cloudformation.store.events import append_events
from serein.services.cloudformation.submission import submitted, target_of

_NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
_NO_UPDATES = "No updates are to be performed."
_TOLD = ("Transform ", "CloudFormation is attempting to import")
"""How the messages begin of what fails a change set, rather than the request for one."""


@operation(
    "CreateChangeSet",
    partial="nested stacks that don't exist yet are looked into when they are made",
    stored=("DisableValidation", "RoleARN"),
)
async def create_change_set(call: Call, request: Request) -> Reply:
    kind = request.get("ChangeSetType", "UPDATE")
    if kind != "IMPORT" and request.get("ResourcesToImport"):
        raise ValidationError("ResourcesToImport can only be specified for change sets of type IMPORT")
    stack, is_new = await _stack_for(call, request, kind)
    made = change_sets.new_change_set(call.scope, stack.stack_id, request["ChangeSetName"], call.now)
    made.definition = stack.definition
    made.changes |= {
        "type": kind,
        "description": request.get("Description", ""),
        "on_failure": request.get("OnStackFailure", ""),
        **{name: request[name] for name in KEPT if name in request},
    }
    nested: list[change_sets.ChangeSet] = []
    try:
        made.definition = await submitted(call, request, target_of(stack), is_change_set=True)
        plan = await _planned(call, request, kind, stack, made)
        if request.get("IncludeNestedStacks"):
            nested = await look_into(call, plan, made)
        made.changes["changes"] = [asdict(change) for change in plan.changes]
        if kind == "UPDATE" and plan.is_empty:
            has_transform = bool(stack.definition.processed.get("Transform"))
            change_sets.mark_failed(made, _NO_UPDATES if has_transform else _NO_CHANGES)
    except ValidationError as error:
        if not isinstance(error, TransformFailure) and not error.message.startswith(_TOLD):
            raise
        change_sets.mark_failed(made, error.message)
    await call.write(lambda tx: _keep(tx, stack, [made, *nested], is_new=is_new))
    return {"Id": made.change_set_id, "StackId": stack.stack_id}


async def _planned(call: Call, request: Request, kind: str, stack: Stack, made: change_sets.ChangeSet) -> Plan:
    plan = await plan_update(call, stack, made.definition)
    if kind == "IMPORT":
        imports = named_imports(request, made.definition)
        await require_importable(call, plan, imports)
    else:
        imports = await existing_imports(call, plan, made.definition) if request.get("ImportExistingResources") else {}
    mark_imports(plan, imports)
    made.changes["imports"] = imports
    return plan


async def _stack_for(call: Call, request: Request, kind: str) -> tuple[Stack, bool]:
    name = request["StackName"]
    found = await call.read(lambda tx: stacks.find_stack(tx, call.scope, name))
    if kind == "UPDATE":
        if found is None or not found.is_live:
            raise ValidationError(f"Stack [{name}] does not exist")
        if found.status == "REVIEW_IN_PROGRESS":
            raise ValidationError(f"Stack:{found.stack_id} is in REVIEW_IN_PROGRESS state and can not be updated.")
        starting.require_updatable(found)
        return found, False
    if found is not None:
        if kind == "IMPORT" and found.status != "REVIEW_IN_PROGRESS":
            starting.require_updatable(found)
            return found, False
        if found.status != "REVIEW_IN_PROGRESS":
            raise AlreadyExistsException(
                f"Stack [{name}] already exists and cannot be created again with the changeSet"
                f" [{request['ChangeSetName']}]."
            )
        return found, False
    starting.check_name(name)
    empty = Definition("", {"Resources": {}}, {}, {}, [], [])
    stack = starting.new_stack(call, name, starting.new_stack_id(call, name), empty, Settings())
    stack.status, stack.reason = "REVIEW_IN_PROGRESS", "User Initiated"
    return stack, True


def _keep(tx: Transaction, stack: Stack, made: list[change_sets.ChangeSet], *, is_new: bool) -> None:
    if is_new:
        starting.insert_stack(tx, stack)
        append_events(tx, stack, [stack_event(stack, stack.status, stack.reason)])
    for change_set in made:
        change_sets.insert_change_set(tx, change_set)
