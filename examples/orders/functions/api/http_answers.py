"""What the API's functions share: who calls, replies, and orders as clients see them."""

import base64
import json
from decimal import Decimal


class Refused(Exception):
    """The request can't be served; answered with the status and a message."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def reply(status, body):
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body, default=_plain),
    }


def answering(function):
    """Turn a function of the event that returns (status, body) into a handler."""

    def handler(event, _context):
        try:
            status, body = function(event)
        except Refused as refusal:
            return reply(refusal.status, {"message": str(refusal)})
        return reply(status, body)

    return handler


def caller_of(event):
    """The customer who calls: the subject of a verified token when the API has an authorizer, else a header."""
    claims = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims", {})
    caller = claims.get("sub") or event["headers"].get("x-user-id", "")
    if not caller:
        raise Refused(401, "Say who you are: the header x-user-id is missing.")
    return caller


def body_of(event):
    text = event.get("body") or ""
    if event.get("isBase64Encoded"):
        text = base64.b64decode(text).decode(errors="replace")
    try:
        body = json.loads(text)
    except ValueError:
        raise Refused(400, "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Refused(400, "The body must be a JSON object.")
    return body


def shown(order):
    """An order as clients see it."""
    hidden = ("customer_id", "request_hash")
    return {name: value for name, value in order.items() if name not in hidden}


def _plain(value):
    if isinstance(value, Decimal):
        return int(value)
    raise TypeError(type(value).__name__)
