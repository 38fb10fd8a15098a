"""ValidateStateMachineDefinition: what is wrong with a definition, without making a state machine of it."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.language import Diagnostic, diagnose
from serein.services.stepfunctions.tasks.sdk_definitions import diagnose_sdk_tasks

_MOST_RESULTS = 100


@operation("ValidateStateMachineDefinition")
async def validate_state_machine_definition(call: Call, request: Request) -> Reply:
    found = diagnose(request["definition"], request.get("type", "STANDARD"))
    if not any(item.severity == "ERROR" for item in found):
        found += diagnose_sdk_tasks(call.platform, request["definition"])
    has_errors = any(item.severity == "ERROR" for item in found)
    if request.get("severity", "ERROR") == "ERROR":
        found = [item for item in found if item.severity == "ERROR"]
    limit = request.get("maxResults") or _MOST_RESULTS
    return {
        "result": "FAIL" if has_errors else "OK",
        "diagnostics": [_shown(item) for item in found[:limit]],
        "truncated": len(found) > limit,
    }


def _shown(item: Diagnostic) -> dict[str, Any]:
    shown = {"severity": item.severity, "code": item.code, "message": item.message}
    return shown if item.location is None else {**shown, "location": item.location}
