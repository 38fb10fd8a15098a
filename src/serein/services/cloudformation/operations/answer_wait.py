"""AnswerWait: the answer of a custom resource, or the reason why it couldn't be asked; for the platform only."""

import json
from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.engine import turns

_INVALID = "Invalid response object: Value of property Status must be SUCCESS or FAILED, and Data an object"


@operation("AnswerWait", internal=True)
async def answer_wait(call: Call, request: Request) -> Reply:
    """Take {Body}, or a failure with the text {Error}, for what waits under {Token}; reply with IsAwaited."""
    body: dict[str, Any] = request.get("Body") or {"Status": "FAILED", "Reason": request.get("Error", "")}
    if body.get("Status") not in ("SUCCESS", "FAILED") or not isinstance(body.get("Data") or {}, dict):
        body = {"Status": "FAILED", "Reason": _INVALID}
    text = json.dumps(body)
    return {"IsAwaited": await call.write(lambda tx: turns.answer(tx, request["Token"], text))}
