"""The account gate: a function of the target account that may refuse a stack set's operation.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-account-gating.html
"""

import json

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope

_FUNCTION = "AWSCloudFormationStackSetAccountGate"


async def gate_of(call: Call, scope: Scope) -> dict[str, str]:
    """The AccountGateResult of an account and region."""
    try:
        reply = await call.to("lambda", "Invoke", {"FunctionName": _FUNCTION, "Payload": b"{}"}, scope)
    except AwsError as error:
        if error.code == "ResourceNotFoundException":
            return {"Status": "SKIPPED", "StatusReason": f"Function not found: {_FUNCTION}"}
        return {"Status": "FAILED", "StatusReason": error.message}
    try:
        answer = json.loads(reply["Payload"])
    except (TypeError, ValueError):
        answer = None
    status = answer.get("Status") if isinstance(answer, dict) else None
    if "FunctionError" in reply or status not in ("SUCCEEDED", "FAILED"):
        return {"Status": "FAILED", "StatusReason": f"{_FUNCTION} did not answer with a status"}
    return {"Status": status}
