"""What secrets' resource policies allow and deny. Enforced where signatures are.

AWS: https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
"""

from serein.kernel.access import find_refusal
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Request
from serein.kernel.policies import stored_policy
from serein.services.secretsmanager import store
from serein.services.secretsmanager.errors import AccessDeniedException


async def check(call: Call, request: Request) -> None:
    """Raise AccessDeniedException when the policy of a secret that the request names doesn't let the caller through.

    A name, and a secret that isn't there, are left to the operation.
    """
    named = [request["SecretId"]] if "SecretId" in request else request.get("SecretIdList", [])
    refusal = await call.read(lambda tx: _find_refusal(tx, call, named, request)) if named else ""
    if refusal:
        raise AccessDeniedException(refusal)


def _find_refusal(tx: Transaction, call: Call, named: list[str], request: Request) -> str:
    # AWS: a batch asks for each of its secrets what GetSecretValue asks.
    action = "GetSecretValue" if call.operation == "BatchGetSecretValue" else call.operation
    context = {
        key: request[member]
        for key, member in (("secretsmanager:VersionId", "VersionId"), ("secretsmanager:VersionStage", "VersionStage"))
        if isinstance(request.get(member), str)
    }
    for secret_id in named:
        found = store.find_secret(tx, call.scope, secret_id)
        if found is None:
            continue
        policy, owner = stored_policy(found.secret.policy), found.scope.account
        keys = {**context, "secretsmanager:SecretId": found.arn}
        refusal = find_refusal(call, policy, owner, f"secretsmanager:{action}", found.arn, keys)
        if refusal:
            return refusal
    return ""
