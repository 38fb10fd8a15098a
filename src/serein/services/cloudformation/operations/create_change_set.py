"""CreateChangeSet: work out what a template would change, to be looked at and executed later."""

from dataclasses import asdict
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation import starting
from serein.services.cloudformation.engine.advance import stack_event
from serein.services.cloudformation.errors import AlreadyExistsException, TransformFailure, ValidationError
from serein.services.cloudformation.options import KEPT
from serein.services.cloudformation.planning import Change, plan_update
from serein.services.cloudformation.stacks import Definition, Settings, Stack
from serein.services.cloudformation.store import change_sets, stacks
from serein.services.cloudformation.store.events import append_events
from serein.services.cloudformation.submission import submitted, target_of

_NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
_NO_UPDATES = "No updates are to be performed."


@operation(
    "CreateChangeSet",
    partial="resources are not imported; nested stacks are not looked into",
    stored=("DisableValidation", "ImportExistingResources", "RoleARN"),
)
async def create_change_set(call: Call, request: Request) -> Reply:
    kind = request.get("ChangeSetType", "UPDATE")
    # `cdk bootstrap` always sends ImportExistingResources: where none exists that has no effect on AWS either.
    if kind == "IMPORT" or request.get("ResourcesToImport"):
        raise ValidationError("Serein does not import existing resources into stacks")
    stack, is_new = await _stack_for(call, request, kind)
    name = request["ChangeSetName"]
    scope = call.scope
    change_set_id = f"arn:{scope.partition}:cloudformation:{scope.region}:{scope.account}:changeSet/{name}/{new_uuid()}"
    status, reason = "CREATE_COMPLETE", ""
    definition, changes = stack.definition, list[Change]()
    try:
        definition = await submitted(call, request, target_of(stack), is_change_set=True)
        plan = await plan_update(call, stack, definition)
        changes = plan.changes
        if kind == "UPDATE" and plan.is_empty:
            status, reason = "FAILED", _NO_CHANGES if not stack.definition.processed.get("Transform") else _NO_UPDATES
    except ValidationError as error:
        if not isinstance(error, TransformFailure) and not error.message.startswith("Transform "):
            raise
        status, reason = "FAILED", error.message
    made = change_sets.ChangeSet(
        change_set_id=change_set_id,
        stack_id=stack.stack_id,
        name=name,
        status=status,
        execution_status="AVAILABLE" if status == "CREATE_COMPLETE" else "UNAVAILABLE",
        reason=reason,
        created_at=call.now,
        definition=definition,
        changes={
            "type": kind,
            "description": request.get("Description", ""),
            "on_failure": request.get("OnStackFailure", ""),
            **{name: request[name] for name in KEPT if name in request},
            "changes": [asdict(change) for change in changes],
        },
    )
    await call.write(lambda tx: _keep(tx, stack, made, is_new=is_new))
    return {"Id": change_set_id, "StackId": stack.stack_id}


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


def _keep(tx: Transaction, stack: Stack, made: change_sets.ChangeSet, *, is_new: bool) -> None:
    if is_new:
        starting.insert_stack(tx, stack)
        event: Any = stack_event(stack, stack.status, stack.reason)
        append_events(tx, stack, [event])
    change_sets.insert_change_set(tx, made)
