"""DeleteTopic: remove a topic and its subscriptions."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import store
from serein.services.sns.topics import require_topic_arn


@operation("DeleteTopic")
async def delete_topic(call: Call, request: Request) -> Reply:
    arn = require_topic_arn(request.get("TopicArn"), call.scope)
    await call.write(lambda tx: store.delete_topic(tx, arn))
    return {}
