"""DeleteActivity: forget an activity; it is no error when there is none."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.activities import parse_activity_arn, topic_of
from serein.services.stepfunctions.store.activities import delete_activity as delete


@operation("DeleteActivity")
async def delete_activity(call: Call, request: Request) -> Reply:
    arn = request["activityArn"]
    scope, name = parse_activity_arn(arn)
    if scope == call.scope:

        def forget(tx: Transaction) -> None:
            delete(tx, scope, name)
            tx.wake(topic_of(arn))

        await call.write(forget)
    return {}
