"""Who may manage and look at a function. Enforced where signatures are; who may invoke it is asked when it is found."""

from serein.kernel.call import Call
from serein.kernel.operation import Request
from serein.services.lambda_.access import check_caller
from serein.services.lambda_.names import parse_reference

_ASKED_LATER = frozenset({"CreateFunction", "Invoke", "InvokeAsync", "InvokeWithResponseStream"})


async def check(call: Call, request: Request) -> None:
    """Raise AccessDeniedException when the policy of the function doesn't let the caller through."""
    named = request.get("FunctionName") or request.get("ResourceArn") or request.get("Resource") or ""
    if call.operation in _ASKED_LATER or not named or (named.startswith("arn:") and ":function:" not in named):
        return
    reference = parse_reference(call.scope, named, request.get("Qualifier", ""))
    await check_caller(call, reference, call.operation)
