"""DeregisterScalableTarget: let something be scaled no more; its policies and scheduled actions go with it."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.application_autoscaling import store
from serein.services.application_autoscaling.targets import address_of


@operation("DeregisterScalableTarget")
async def deregister_scalable_target(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        store.delete_target(tx, store.require_target(tx, call.scope, address_of(request)).arn)

    await call.write(write)
    return {}
