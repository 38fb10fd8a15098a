"""Requests: kept when they come, carried out in a delivery, shown as progress events."""

import json
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Delivery, Target, Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request
from serein.services.cloudcontrol import store
from serein.services.cloudcontrol.errors import (
    ClientTokenConflictException,
    ConcurrentOperationException,
    InvalidRequestException,
)
from serein.services.cloudcontrol.store import ResourceRequest


def parse_document(text: str, kind: type[Any], member: str) -> Any:
    """A JSON document of a request. Raises InvalidRequestException."""
    try:
        found = json.loads(text)
    except ValueError:
        raise InvalidRequestException(f"{member} is not valid JSON") from None
    if not isinstance(found, kind):
        raise InvalidRequestException(f"{member} must be a JSON {'object' if kind is dict else 'array'}")
    return found


async def submit(call: Call, request: Request, operation: str, asked: dict[str, Any], model: Any = None) -> Reply:
    """Keep a request and let it begin; the reply is its first progress event."""
    client_token = request.get("ClientToken") or new_uuid()

    def write(tx: Transaction) -> ResourceRequest:
        known = store.find_by_client_token(tx, call.scope, client_token)
        if known is not None:
            if (known.operation, known.type, known.content["asked"]) != (operation, request["TypeName"], asked):
                raise ClientTokenConflictException(
                    f"Client token {client_token} has already been used in another resource request"
                )
            return known
        identifier = request.get("Identifier", "")
        if identifier and store.is_being_changed(tx, call.scope, request["TypeName"], identifier):
            raise ConcurrentOperationException(
                f"A resource operation on {request['TypeName']} with identifier {identifier} is already in progress"
            )
        content = {"asked": asked, **({"model": model} if model is not None else {})}
        new = ResourceRequest(
            new_uuid(), call.scope, client_token, "PENDING", operation, request["TypeName"], identifier, tx.now, content
        )
        store.insert_request(tx, new)
        tx.send(Delivery(Target("cloudcontrol", "RunResourceRequest", call.scope), {"RequestToken": new.token}))
        return new

    return {"ProgressEvent": progress(await call.write(write), is_first=True)}


def progress(request: ResourceRequest, *, is_first: bool = False) -> Reply:
    """The ProgressEvent shape. AWS: what was just begun is IN_PROGRESS to who began it."""
    status = "IN_PROGRESS" if is_first and request.status == "PENDING" else request.status
    content = request.content
    shown: dict[str, Any] = {
        "TypeName": request.type,
        "Identifier": request.identifier,
        "RequestToken": request.token,
        "Operation": request.operation,
        "OperationStatus": status,
        "EventTime": request.at,
        "ResourceModel": json.dumps(content["model"]) if "model" in content else None,
        "StatusMessage": content.get("message"),
        "ErrorCode": content.get("code"),
    }
    return {name: value for name, value in shown.items() if value not in (None, "")}
