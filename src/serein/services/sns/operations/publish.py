"""Publish: send a message to everyone who subscribed to a topic."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import publishing, store
from serein.services.sns.errors import invalid
from serein.services.sns.messages import parse_message, require_routable, sequence_text
from serein.services.sns.subscriptions import require_phone
from serein.services.sns.topics import require_arn, require_topic_arn


@operation("Publish", partial="messages carry no signature; phone numbers and mobile endpoints can't be published to")
async def publish(call: Call, request: Request) -> Reply:
    topic_arn = _require_target(call, request)
    message = parse_message(request)
    endpoint = call.platform.limits.endpoint

    def write(tx: Transaction) -> tuple[str, int]:
        topic = store.require_topic(tx, topic_arn)
        require_routable(topic, message)
        return publishing.publish(tx, topic, store.subscriptions_to(tx, topic), message, endpoint, call.trace_id)

    message_id, sequence = await call.write(write)
    return {"MessageId": message_id, **({"SequenceNumber": sequence_text(sequence)} if sequence else {})}


def _require_target(call: Call, request: Request) -> str:
    """The ARN of the topic to publish to."""
    phone = request.get("PhoneNumber")
    if phone is not None:
        _refuse_phone(phone)
    member = "TopicArn" if request.get("TopicArn") else "TargetArn"
    text = request.get(member)
    if not text:
        raise invalid("TopicArn or TargetArn", "no value for required parameter")
    if member == "TargetArn" and require_arn(text, member).resource.startswith("endpoint/"):
        raise invalid("TargetArn", "No endpoint found for the target arn specified")
    return require_topic_arn(text, call.scope, member)


def _refuse_phone(number: str) -> None:
    if not number.startswith("+") or not number[1:].isdigit():
        raise invalid("PhoneNumber", f"{number} is not valid to publish to")
    require_phone(number)
    raise NotImplementedHere("Serein does not send text messages: PhoneNumber")
