"""Text messages: kept where tests and people can read them; no carrier gets them."""

import re
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.sns.errors import OptedOut, invalid
from serein.services.sns.store import outbox, phones

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}\Z")


def require_number(number: str | None, reason: str = "") -> str:
    """A number in E.164. Raises InvalidParameter."""
    if not number or not _NUMBER.match(number):
        raise invalid("PhoneNumber", reason or f"{number or ''} is not valid to publish to")
    return number


def send(tx: Transaction, scope: Scope, number: str, content: dict[str, Any]) -> None:
    """Keep a text message, unless its recipient doesn't want any: AWS drops it silently then."""
    if not phones.is_opted_out(tx, scope, number):
        outbox.append(tx, scope, "sms", number, content)


async def send_notification(call: Call, packed: dict[str, Any], address: dict[str, Any]) -> None:
    number: str = address["Endpoint"]
    content = {
        "messageId": packed["MessageId"],
        "topicArn": packed["Topic"],
        "message": packed["Texts"]["sms"],
        "attributes": {name: value.get("StringValue") for name, value in packed["Attributes"].items()},
    }

    def write(tx: Transaction) -> None:
        if phones.is_opted_out(tx, call.scope, number):
            raise OptedOut
        outbox.append(tx, call.scope, "sms", number, content)

    await call.write(write)
