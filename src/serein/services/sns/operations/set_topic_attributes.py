"""SetTopicAttributes: change one attribute of a topic."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import access, store
from serein.services.sns.errors import missing
from serein.services.sns.store import archive
from serein.services.sns.topics import parse_attribute, require_topic_arn


@operation(
    "SetTopicAttributes",
    partial="DisplayName, KmsMasterKeyId and TracingConfig, and the throttlePolicy of a DeliveryPolicy, are stored and "
    "shown",
)
async def set_topic_attributes(call: Call, request: Request) -> Reply:
    arn = require_topic_arn(request.get("TopicArn"), call.scope)
    name = request.get("AttributeName")
    if name is None:
        raise missing("attributeName")
    value = request.get("AttributeValue") or ""

    def write(tx: Transaction) -> None:
        topic = access.require_topic(call, tx, arn)
        parsed = parse_attribute(name, value, is_fifo=topic.is_fifo)
        attributes = {key: text for key, text in {**topic.attributes, name: parsed}.items() if text}
        store.update_topic(tx, topic, attributes)
        if name == "ArchivePolicy" and not parsed:
            archive.clear(tx, arn)

    await call.write(write)
    return {}
