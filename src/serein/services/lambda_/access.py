"""What a function's resource policy allows and denies: callers of other accounts, services, users of function URLs.

Enforced where signatures are.
AWS: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
"""

from serein.kernel.access import find_refusal
from serein.kernel.call import Call, Platform
from serein.kernel.errors import AccessDenied
from serein.kernel.http import Signer
from serein.kernel.policies import (
    ANONYMOUS,
    Policy,
    Request,
    caller_context,
    caller_principal,
    decide_resource,
    stored_policy,
)
from serein.kernel.policies.requests import Value
from serein.services.lambda_.names import LATEST, FunctionReference
from serein.services.lambda_.store import aliases


async def check_caller(call: Call, reference: FunctionReference, action: str = "InvokeFunction") -> None:
    """Raise AccessDeniedException when the caller may not invoke the function. Ask `call.is_asked` first."""
    policy = await _find_policy(call.platform, reference)
    owner, resource = reference.scope.account, _unqualified_latest(reference).arn
    refusal = find_refusal(call, policy, owner, f"lambda:{action}", resource)
    if refusal:
        raise AccessDenied(refusal)


async def may_use_url(platform: Platform, reference: FunctionReference, auth_type: str, signer: Signer | None) -> bool:
    """Whether a function URL may be used: by anyone when `signer` is None."""
    if platform.signatures is None or not platform.signatures.is_enforced:
        return True
    policy = await _find_policy(platform, reference)
    principal = ANONYMOUS if signer is None else caller_principal(signer.caller)

    def context() -> dict[str, Value]:
        keys: dict[str, Value] = {"lambda:FunctionUrlAuthType": auth_type, "lambda:InvokedViaFunctionUrl": "true"}
        if signer is not None:
            keys |= caller_context(signer.caller, reference.scope.region, platform.clock.now())
        return keys

    resource = _unqualified_latest(reference).arn
    asked = Request("lambda:InvokeFunctionUrl", resource, principal, context)
    return decide_resource(asked, policy, reference.scope.account).is_allowed


async def _find_policy(platform: Platform, reference: FunctionReference) -> Policy | None:
    found = _unqualified_latest(reference)
    resource = f"{found.name}:{found.qualifier}" if found.qualifier else found.name
    return stored_policy(
        await platform.database.read(lambda tx: aliases.find_policy_text(tx, reference.scope, resource))
    )


def _unqualified_latest(reference: FunctionReference) -> FunctionReference:
    """AWS: the policy of a function is that of its latest version."""
    return FunctionReference(reference.scope, reference.name) if reference.qualifier == LATEST else reference
