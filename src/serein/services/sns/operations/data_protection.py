"""PutDataProtectionPolicy, GetDataProtectionPolicy: what a topic's messages must not hold; stored and shown."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import access, store
from serein.services.sns.errors import invalid
from serein.services.sns.protection import require_protection_policy
from serein.services.sns.topics import require_topic_arn

_ATTRIBUTE = "DataProtectionPolicy"


@operation(
    "PutDataProtectionPolicy", partial="the policy is stored and shown; messages aren't audited, masked or denied"
)
async def put_data_protection_policy(call: Call, request: Request) -> Reply:
    arn = require_topic_arn(request.get("ResourceArn"), call.scope, "ResourceArn")
    text = request.get("DataProtectionPolicy") or ""
    require_protection_policy(text)

    def write(tx: Transaction) -> None:
        topic = access.require_topic(call, tx, arn)
        if topic.is_fifo:
            raise invalid("DataProtectionPolicy", "FIFO topics don't support data protection policies")
        attributes = {**topic.attributes, _ATTRIBUTE: text}
        store.update_topic(tx, topic, {name: value for name, value in attributes.items() if value})

    await call.write(write)
    return {}


@operation("GetDataProtectionPolicy")
async def get_data_protection_policy(call: Call, request: Request) -> Reply:
    arn = require_topic_arn(request.get("ResourceArn"), call.scope, "ResourceArn")
    topic = await call.read(lambda tx: access.require_topic(call, tx, arn))
    return {"DataProtectionPolicy": topic.attributes.get(_ATTRIBUTE, "")}
