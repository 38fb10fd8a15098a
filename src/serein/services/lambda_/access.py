"""What a function's resource policy allows: callers of other accounts, and anyone's use of a function URL.

Identity policies are not looked at: a caller of the function's own account is allowed what it asks for. Enforced
where signatures are.
AWS: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
"""

from collections.abc import Mapping
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Call, Platform
from serein.kernel.errors import AccessDenied
from serein.kernel.http import Signer
from serein.services.lambda_.names import FunctionReference
from serein.services.lambda_.store import aliases

_ROOT = ":root"


async def check_caller(call: Call, reference: FunctionReference) -> None:
    """Raise AccessDeniedException when a caller of another account may not invoke the function."""
    if call.caller.service is not None or call.scope.account == reference.scope.account:
        return
    signatures = call.platform.signatures
    if signatures is None or not signatures.is_enforced:
        return
    signer = Signer(call.scope.account, call.caller)
    if not await _allows(call.platform, reference, "lambda:InvokeFunction", signer, {}):
        raise AccessDenied(
            f"User: {call.caller.arn} is not authorized to perform: lambda:InvokeFunction on resource: "
            f"{reference.arn} because no resource-based policy allows the lambda:InvokeFunction action"
        )


async def may_use_url(platform: Platform, reference: FunctionReference, auth_type: str, signer: Signer | None) -> bool:
    """Whether a function URL may be used: by anyone when `signer` is None."""
    if platform.signatures is None or not platform.signatures.is_enforced:
        return True
    if signer is not None and signer.account == reference.scope.account:
        return True
    context = {"lambda:FunctionUrlAuthType": auth_type, "lambda:InvokedViaFunctionUrl": "true"}
    return await _allows(platform, reference, "lambda:InvokeFunctionUrl", signer, context)


async def _allows(
    platform: Platform, reference: FunctionReference, action: str, signer: Signer | None, context: Mapping[str, str]
) -> bool:
    resource = f"{reference.name}:{reference.qualifier}" if reference.qualifier else reference.name
    found = await platform.database.read(lambda tx: aliases.find_policy(tx, reference.scope, resource))
    return found is not None and allows(found[0], action, signer, context)


def allows(policy: dict[str, Any], action: str, signer: Signer | None, context: Mapping[str, str]) -> bool:
    """Whether a statement of the policy allows the action; nothing in such a policy denies."""
    return any(
        statement["Action"] in (action, "lambda:*")
        and _is_meant(statement["Principal"], signer)
        and _fits(statement.get("Condition", {}), context)
        for statement in policy["Statement"]
    )


def _is_meant(principal: str | dict[str, str], signer: Signer | None) -> bool:
    if principal == "*":
        return True
    if signer is None or not isinstance(principal, dict):
        return False
    named = principal.get("AWS", "")
    if named == "*":
        return True
    arn = find_arn(named)
    if arn is not None and named.endswith(_ROOT):
        return arn.account == signer.account
    return named in (signer.account, signer.caller.arn)


def _fits(condition: dict[str, dict[str, str]], context: Mapping[str, str]) -> bool:
    """Whether every condition holds; a key that the request doesn't have holds for none."""
    return all(context.get(key) == value for tests in condition.values() for key, value in tests.items())
