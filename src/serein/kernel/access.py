"""Whether the policy of a resource lets a call through, where the settings ask for it.

Identities' policies are not asked: a caller of the resource's own account may do what no statement denies. Other
accounts, and services that say what they call for, need a statement that allows it.
"""

from serein.kernel.call import Call
from serein.kernel.policies import (
    Context,
    Policy,
    Request,
    caller_context,
    caller_principal,
    decide_resource,
    refusal_text,
)
from serein.kernel.policies.requests import Value


def request_of(call: Call, action: str, resource: str, context: Context | None = None) -> Request:
    """What the call asks of policies. `context` holds condition keys of the service's own."""

    def whole() -> dict[str, Value]:
        return caller_context(call.caller, call.scope.region, call.now) | dict(context or {})

    return Request(action, resource, caller_principal(call.caller), whole)


def find_refusal(
    call: Call, policy: Policy | None, owner: str, action: str, resource: str, context: Context | None = None
) -> str:
    """Why the call may not do this, in AWS's words; empty when it may. `owner` is the account of the resource."""
    request = request_of(call, action, resource, context)
    verdict = decide_resource(request, policy, owner)
    return "" if verdict.is_allowed else refusal_text(request, verdict)
