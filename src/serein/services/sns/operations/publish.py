"""Publish: send a message to everyone who subscribed to a topic, to a phone, or to a device."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import publishing, push, texts
from serein.services.sns.errors import invalid
from serein.services.sns.messages import Message, parse_message, sequence_text
from serein.services.sns.topics import require_arn, require_topic_arn


@operation("Publish", partial="text and push messages are kept and shown; no carrier and no platform gets them")
async def publish(call: Call, request: Request) -> Reply:
    phone, target = request.get("PhoneNumber"), request.get("TargetArn")
    _require_one_target(request)
    if phone is not None:
        texts.require_number(phone)
        return await _publish_text(call, phone, parse_message(request))
    if target and require_arn(target, "TargetArn").resource.startswith("endpoint/"):
        platform = push.platform_of(target)
        return await _publish_push(call, target, parse_message(request, platform=platform))
    member = "TargetArn" if request.get("TopicArn") is None else "TopicArn"
    topic_arn = require_topic_arn(request[member], call.scope, member)
    (published,) = await publishing.publish_all(call, topic_arn, [parse_message(request)])
    sequence = published.sequence
    return {"MessageId": published.message_id, **({"SequenceNumber": sequence_text(sequence)} if sequence else {})}


async def _publish_text(call: Call, phone: str, message: Message) -> Reply:
    message_id = new_uuid()
    content = {
        "messageId": message_id,
        "message": message.text_for("sms"),
        "subject": message.subject,
        "attributes": {name: value.get("StringValue") for name, value in message.attributes.items()},
    }
    await call.write(lambda tx: texts.send(tx, call.scope, phone, content))
    return {"MessageId": message_id}


async def _publish_push(call: Call, endpoint_arn: str, message: Message) -> Reply:
    message_id = new_uuid()

    def write(tx: Transaction) -> None:
        push.send(tx, call.scope, endpoint_arn, message_id, message)

    await call.write(write)
    return {"MessageId": message_id}


def _require_one_target(request: Request) -> None:
    given = [member for member in ("TopicArn", "TargetArn", "PhoneNumber") if request.get(member) is not None]
    if not given:
        raise invalid("TopicArn or TargetArn", "no value for required parameter")
    if len(given) > 1:
        raise invalid(f"{given[0]} or {given[1]}", "both were given, only one is allowed")
