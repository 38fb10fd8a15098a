"""Where custom resources answer and wait conditions are signalled: the URLs that CloudFormation gives them.

The door only reads; the engine is imported when the first answer comes, so that start-up stays cheap.
"""

import json
from typing import Any

from serein.kernel.call import Platform
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.scope import Scope
from serein.services.cloudformation.callbacks import RESPONSE_PATH, SIGNAL_PATH

_LARGEST_ANSWER_BYTES = 64 * 1024


class CloudFormationDoor:
    """Takes PUT (as a presigned S3 URL would) and POST, of JSON, under any content type."""

    host_label = "cloudformation-response"
    path_prefix = "/_aws/cloudformation/"

    async def answer(self, platform: Platform, http: HttpRequest) -> HttpReply | None:
        is_response, is_signal = http.path.startswith(RESPONSE_PATH), http.path.startswith(SIGNAL_PATH)
        if http.method not in ("PUT", "POST") or not (is_response or is_signal):
            return None
        token = http.path.rpartition("/")[2]
        body = await _read(http)
        if body is None or (is_signal and not _is_signal(body)):
            return _refusal(400, b"not an answer that CloudFormation understands\n")
        operation = "SignalWait" if is_signal else "AnswerWait"
        request = {"Token": token, "Body": body}
        reply = await platform.call("cloudformation", operation, request, scope=Scope())
        return HttpReply(200) if reply["IsAwaited"] else _refusal(403, b"nothing waits for this answer\n")


def _refusal(status: int, text: bytes) -> HttpReply:
    return HttpReply(status, [("content-type", "text/plain")], text)


def _is_signal(body: dict[str, Any]) -> bool:
    return isinstance(body.get("UniqueId"), str) and body.get("Status") in ("SUCCESS", "FAILURE")


async def _read(http: HttpRequest) -> dict[str, Any] | None:
    """The body as an object, or None when it is too large or isn't one."""
    read = bytearray()
    async for chunk in http.body:
        read += chunk
        if len(read) > _LARGEST_ANSWER_BYTES:
            return None
    try:
        body = json.loads(bytes(read))
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


door = CloudFormationDoor()
