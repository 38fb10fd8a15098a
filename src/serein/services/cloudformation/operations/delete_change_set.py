"""DeleteChangeSet: forget a change set; not an error when there is none."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.store import change_sets


@operation("DeleteChangeSet")
async def delete_change_set(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        name = request["ChangeSetName"]
        found = change_sets.find_change_set(tx, call.scope, request.get("StackName", ""), name)
        if found is not None:
            change_sets.delete_change_set(tx, found.change_set_id)

    await call.write(write)
    return {}
