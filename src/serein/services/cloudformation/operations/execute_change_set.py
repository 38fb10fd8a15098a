"""ExecuteChangeSet: carry out a change set."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation import starting
from serein.services.cloudformation.errors import InvalidChangeSetStatus
from serein.services.cloudformation.options import KEPT, apply_options
from serein.services.cloudformation.store import change_sets, stacks

_ON_FAILURE = {"DO_NOTHING": "DO_NOTHING", "DELETE": "DELETE", "ROLLBACK": "ROLLBACK"}


@operation("ExecuteChangeSet")
async def execute_change_set(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        found = change_sets.require_change_set(tx, call.scope, request.get("StackName", ""), request["ChangeSetName"])
        if found.execution_status != "AVAILABLE":
            raise InvalidChangeSetStatus(
                f"ChangeSet [{found.change_set_id}] cannot be executed in its current status of [{found.status}]"
            )
        stack = stacks.stack_by_id(tx, found.stack_id)
        settings = stack.settings
        settings.change_set_id = found.change_set_id
        asked = {name: found.changes[name] for name in KEPT if name in found.changes}
        apply_options(settings, {**asked, **request}, "ExecuteChangeSet")
        settings.on_failure = _ON_FAILURE.get(found.changes["on_failure"], "ROLLBACK")
        change_sets.delete_change_sets(tx, stack.stack_id)
        for change in found.changes["changes"]:
            if change.get("change_set_id"):
                change_sets.delete_change_sets(tx, change["physical_id"])
        settings.imports = found.changes.get("imports", {})
        if found.changes["type"] == "IMPORT":
            if stack.status != "REVIEW_IN_PROGRESS":
                starting.require_updatable(stack)
            starting.begin_update(tx, stack, found.definition, "IMPORT_IN_PROGRESS")
        elif found.changes["type"] == "CREATE":
            stack.definition = found.definition
            stack.updated_at = tx.now
            starting.begin_create(tx, stack)
        else:
            starting.require_updatable(stack)
            starting.begin_update(tx, stack, found.definition)

    await call.write(write)
    return {}
