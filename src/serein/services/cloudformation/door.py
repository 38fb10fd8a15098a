"""Where custom resources answer and wait conditions are signalled: the URLs that CloudFormation gives them."""

import json
from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.http import HttpReply, HttpRequest
from serein.services.cloudformation.builtin.custom import RESPONSE_PATH
from serein.services.cloudformation.builtin.waiting import SIGNAL_PATH
from serein.services.cloudformation.engine import turns
from serein.services.cloudformation.store import resources

_LARGEST_ANSWER_BYTES = 4096 * 16
_REFUSED = HttpReply(400, [("content-type", "text/plain")], b"not an answer that CloudFormation understands\n")
_GONE = HttpReply(403, [("content-type", "text/plain")], b"nothing waits for this answer\n")


class CloudFormationDoor:
    """Takes PUT (as a presigned S3 URL would) and POST, of JSON, under any content type."""

    async def answer(self, platform: Platform, http: HttpRequest) -> HttpReply | None:
        is_response, is_signal = http.path.startswith(RESPONSE_PATH), http.path.startswith(SIGNAL_PATH)
        if http.method not in ("PUT", "POST") or not (is_response or is_signal):
            return None
        token = http.path.rpartition("/")[2]
        body = await _read(http)
        if body is None:
            return _REFUSED
        if is_signal:
            return await self._signal(platform, token, body)
        return await self._respond(platform, token, body)

    async def _respond(self, platform: Platform, token: str, body: dict[str, Any]) -> HttpReply:
        if body.get("Status") not in ("SUCCESS", "FAILED") or not isinstance(body.get("Data") or {}, dict):
            body = {"Status": "FAILED", "Reason": "Invalid response object: Value of property Status is not valid"}
        text = json.dumps(body)
        is_awaited = await platform.database.write(lambda tx: turns.answer(tx, token, text))
        return HttpReply(200) if is_awaited else _GONE

    async def _signal(self, platform: Platform, handle: str, body: dict[str, Any]) -> HttpReply:
        unique_id, status = body.get("UniqueId"), body.get("Status")
        if not isinstance(unique_id, str) or status not in ("SUCCESS", "FAILURE"):
            return _REFUSED

        def write(tx: Transaction) -> None:
            reason, data = str(body.get("Reason", "")), str(body.get("Data", ""))
            resources.put_signal(tx, handle, unique_id, status, reason, data)
            turns.answer(tx, handle, "signalled")

        await platform.database.write(write)
        return HttpReply(200)


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
