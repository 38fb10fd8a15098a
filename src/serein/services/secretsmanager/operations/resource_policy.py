"""PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy and ValidateResourcePolicy."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.secretsmanager import store
from serein.services.secretsmanager.policies import find_problems, require_policy
from serein.services.secretsmanager.secrets import require_alive

_PARTIAL = "named policies are missing"


@operation("PutResourcePolicy", partial=_PARTIAL)
async def put_resource_policy(call: Call, request: Request) -> Reply:
    _refuse_name(request)
    text = request["ResourcePolicy"]
    require_policy(text, blocks_public=bool(request.get("BlockPublicPolicy")))
    return await _set_policy(call, request, text)


@operation("DeleteResourcePolicy", partial=_PARTIAL)
async def delete_resource_policy(call: Call, request: Request) -> Reply:
    _refuse_name(request)
    return await _set_policy(call, request, "")


@operation("GetResourcePolicy", partial=_PARTIAL)
async def get_resource_policy(call: Call, request: Request) -> Reply:
    _refuse_name(request)
    found = await call.read(lambda tx: store.require_secret(tx, call.scope, request["SecretId"]))
    require_alive(found.secret)
    reply: Reply = {"ARN": found.arn, "Name": found.name}
    if found.secret.policy:
        reply["ResourcePolicy"] = found.secret.policy
    return reply


@operation("ValidateResourcePolicy")
async def validate_resource_policy(call: Call, request: Request) -> Reply:
    if "SecretId" in request:
        await call.read(lambda tx: store.require_secret(tx, call.scope, request["SecretId"]))
    problems = find_problems(request["ResourcePolicy"])
    return {
        "PolicyValidationPassed": not problems,
        "ValidationErrors": [{"CheckName": "PolicySyntax", "ErrorMessage": problem} for problem in problems],
    }


def _refuse_name(request: Request) -> None:
    if "PolicyName" in request:
        raise NotImplementedHere("Serein does not implement named resource policies of secrets (PolicyName)")


async def _set_policy(call: Call, request: Request, text: str) -> Reply:
    def write(tx: Transaction) -> Reply:
        found = store.require_secret(tx, call.scope, request["SecretId"])
        require_alive(found.secret)
        store.update_secret(tx, found.secret_id, replace(found.secret, policy=text))
        return {"ARN": found.arn, "Name": found.name}

    return await call.write(write)
