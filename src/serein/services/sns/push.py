"""Mobile push: kept where tests and people can read it; no platform's servers get it."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.sns.errors import EndpointDisabled, invalid
from serein.services.sns.messages import Message
from serein.services.sns.store import outbox, platforms


def platform_of(arn: str) -> str:
    """The platform of an application or endpoint (`GCM`), by its ARN."""
    return arn.split(":", 5)[5].split("/")[1]


def send(tx: Transaction, scope: Scope, endpoint_arn: str, message_id: str, message: Message) -> None:
    """Keep a push message for one endpoint. Raises InvalidParameter and EndpointDisabled."""
    text = message.text_for(platform_of(endpoint_arn))
    _send(tx, scope, endpoint_arn, {"messageId": message_id, "message": text, "subject": message.subject})


async def send_notification(call: Call, packed: dict[str, Any], address: dict[str, Any]) -> None:
    texts: dict[str, str] = packed["Texts"]
    content = {
        "messageId": packed["MessageId"],
        "topicArn": packed["Topic"],
        "message": texts.get(platform_of(address["Endpoint"]), texts["application"]),
        "subject": packed["Subject"],
    }
    await call.write(lambda tx: _send(tx, call.scope, address["Endpoint"], content))


def _send(tx: Transaction, scope: Scope, endpoint_arn: str, content: dict[str, Any]) -> None:
    found = platforms.find_endpoint(tx, endpoint_arn)
    if found is None:
        raise invalid("TargetArn", "No endpoint found for the target arn specified")
    if found["Enabled"] != "true":
        raise EndpointDisabled
    outbox.append(tx, scope, "push", endpoint_arn, {**content, "token": found["Token"]})
