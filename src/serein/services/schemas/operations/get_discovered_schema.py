"""GetDiscoveredSchema: the schema of some events, which is stored nowhere."""

import json
from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.schemas.documents import DRAFT4, draft4_of
from serein.services.schemas.errors import BadRequestException
from serein.services.schemas.inference import TooDeep, infer_document


@operation("GetDiscoveredSchema")
async def get_discovered_schema(call: Call, request: Request) -> Reply:
    """AWS: the events are of one type."""
    try:
        document = infer_document([_event(text) for text in request["Events"]])
    except TooDeep:
        raise BadRequestException("An event has too many levels.") from None
    if request["Type"] == DRAFT4:
        document = draft4_of(document)
    return {"Content": json.dumps(document, separators=(",", ":"), ensure_ascii=False)}


def _event(text: str) -> Any:
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequestException("An event is not valid JSON.") from None
    if not isinstance(event, dict):
        raise BadRequestException("An event must be a JSON object.")
    return event
