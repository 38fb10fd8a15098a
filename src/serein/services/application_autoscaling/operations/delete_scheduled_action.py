"""DeleteScheduledAction: remove a scheduled action."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.application_autoscaling import store
from serein.services.application_autoscaling.errors import ObjectNotFoundException
from serein.services.application_autoscaling.targets import address_of


@operation("DeleteScheduledAction")
async def delete_scheduled_action(call: Call, request: Request) -> Reply:
    address, name = address_of(request), request["ScheduledActionName"]

    def write(tx: Transaction) -> None:
        target = store.find_target(tx, call.scope, address)
        if target is None or not store.delete_part(tx, store.ACTIONS, target.arn, name):
            raise ObjectNotFoundException(
                f"No scheduled action found for {address.sentence}, scheduled action name: {name}"
            )

    await call.write(write)
    return {}
