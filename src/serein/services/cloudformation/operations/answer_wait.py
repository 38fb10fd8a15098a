"""AnswerWait: a custom resource's request could not be delivered; its stack is told so."""

import json

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.engine import turns


@operation("AnswerWait", internal=True)
async def answer_wait(call: Call, request: Request) -> Reply:
    """Fail what waits for {Token} with {Error}."""
    text = json.dumps({"Status": "FAILED", "Reason": request.get("Error", "")})
    await call.write(lambda tx: turns.answer(tx, request["Token"], text))
    return {}
