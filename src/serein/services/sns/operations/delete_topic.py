"""DeleteTopic: remove a topic and its subscriptions."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import access, store
from serein.services.sns.errors import InvalidState
from serein.services.sns.topics import require_topic_arn


@operation("DeleteTopic")
async def delete_topic(call: Call, request: Request) -> Reply:
    arn = require_topic_arn(request.get("TopicArn"), call.scope)

    def write(tx: Transaction) -> None:
        # AWS: a topic that isn't there is no error.
        topic = access.find_topic(call, tx, arn)
        if topic is not None and "ArchivePolicy" in topic.attributes:
            raise InvalidState("Cannot delete a topic with an ArchivePolicy")
        store.delete_topic(tx, arn)

    await call.write(write)
    return {}
