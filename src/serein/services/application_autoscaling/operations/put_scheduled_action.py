"""PutScheduledAction: make or change a scheduled action of a scalable target."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.application_autoscaling import store
from serein.services.application_autoscaling.errors import LimitExceededException
from serein.services.application_autoscaling.scheduledactions import (
    MOST_ACTIONS,
    changed_action,
    new_action,
    next_due,
)
from serein.services.application_autoscaling.targets import address_of


@operation(
    "PutScheduledAction",
    partial="The bounds of any target change as scheduled; only DynamoDB's tables and indexes and"
    " Lambda's provisioned concurrency are scaled into them.",
)
async def put_scheduled_action(call: Call, request: Request) -> Reply:
    scope, address, name = call.scope, address_of(request), request["ScheduledActionName"]

    def write(tx: Transaction) -> None:
        target = store.require_target(tx, scope, address, "registered")
        known = store.find_part(tx, store.ACTIONS, target.arn, name)
        if known is None and len(store.parts_of(tx, store.ACTIONS, target.arn)) >= MOST_ACTIONS:
            raise LimitExceededException(f"A scalable target cannot have more than {MOST_ACTIONS} scheduled actions")
        action = changed_action(known or new_action(scope, address, name, tx.now), request, address)
        store.put_part(tx, store.ACTIONS, target.arn, name, action, next_due(action, tx.now))

    await call.write(write)
    return {}
