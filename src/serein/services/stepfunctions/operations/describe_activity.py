"""DescribeActivity: what is known of an activity."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.activities import shown
from serein.services.stepfunctions.store.activities import require_activity


@operation("DescribeActivity")
async def describe_activity(call: Call, request: Request) -> Reply:
    activity = await call.read(lambda tx: require_activity(tx, request["activityArn"], call.scope))
    reply = shown(activity)
    if activity.encryption:
        reply["encryptionConfiguration"] = dict(activity.encryption)
    return reply
