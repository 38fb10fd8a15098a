"""ListChangeSets: a stack's change sets that wait to be executed."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.store import change_sets, stacks


@operation("ListChangeSets")
async def list_change_sets(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> tuple[str, list[change_sets.ChangeSet]]:
        stack = stacks.find_stack(tx, call.scope, request["StackName"])
        if stack is None:
            raise ValidationError(f"Stack [{request['StackName']}] does not exist")
        return stack.name, change_sets.change_sets_of(tx, stack.stack_id)

    stack_name, found = await call.read(read)
    return {"Summaries": [_summary(stack_name, change_set) for change_set in found]}


def _summary(stack_name: str, found: change_sets.ChangeSet) -> Reply:
    summary: Reply = {
        "StackId": found.stack_id,
        "StackName": stack_name,
        "ChangeSetId": found.change_set_id,
        "ChangeSetName": found.name,
        "ExecutionStatus": found.execution_status,
        "Status": found.status,
        "CreationTime": found.created_at,
        "IncludeNestedStacks": False,
    }
    if found.reason:
        summary["StatusReason"] = found.reason
    if found.changes["description"]:
        summary["Description"] = found.changes["description"]
    return summary
