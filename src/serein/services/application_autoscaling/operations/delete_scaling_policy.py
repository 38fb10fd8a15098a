"""DeleteScalingPolicy: remove a scaling policy."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.application_autoscaling import store
from serein.services.application_autoscaling.errors import ObjectNotFoundException
from serein.services.application_autoscaling.targets import address_of


@operation("DeleteScalingPolicy")
async def delete_scaling_policy(call: Call, request: Request) -> Reply:
    address, name = address_of(request), request["PolicyName"]

    def write(tx: Transaction) -> None:
        target = store.find_target(tx, call.scope, address)
        if target is None or not store.delete_part(tx, store.POLICIES, target.arn, name):
            raise ObjectNotFoundException(f"No scaling policy found for {address.sentence}, policy name: {name}")

    await call.write(write)
    return {}
