"""PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy: who else may use a stream or a consumer."""

import msgspec

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.policies import find_fault
from serein.services.kinesis import resourcearns
from serein.services.kinesis.errors import InvalidArgumentException, ResourceNotFoundException

_MOST_BYTES = 20_480


@operation("PutResourcePolicy")
async def put_resource_policy(call: Call, request: Request) -> Reply:
    scope, policy = call.scope, request["Policy"]
    _require_policy(policy)

    def write(tx: Transaction) -> None:
        resource = resourcearns.require_resource(tx, scope, request)
        resourcearns.require_settled(tx, resource)
        resourcearns.update_policy(tx, resource, policy)

    await call.write(write)
    return {}


@operation("GetResourcePolicy")
async def get_resource_policy(call: Call, request: Request) -> Reply:
    scope = call.scope
    resource = await call.read(lambda tx: resourcearns.require_resource(tx, scope, request))
    # AWS: a resource without a policy has an empty one.
    return {"Policy": resourcearns.policy_of(resource) or "{}"}


@operation("DeleteResourcePolicy")
async def delete_resource_policy(call: Call, request: Request) -> Reply:
    scope = call.scope

    def write(tx: Transaction) -> None:
        resource = resourcearns.require_resource(tx, scope, request)
        resourcearns.require_settled(tx, resource)
        if not resourcearns.policy_of(resource):
            raise ResourceNotFoundException(f"No resource policy found for resource ARN {request['ResourceARN']}")
        resourcearns.update_policy(tx, resource, "")

    await call.write(write)
    return {}


def _require_policy(text: str) -> None:
    """Raise InvalidArgumentException unless a text is a policy's."""
    if len(text.encode()) > _MOST_BYTES:
        raise InvalidArgumentException(f"The policy is larger than {_MOST_BYTES} bytes.")
    try:
        policy = msgspec.json.decode(text)
    except msgspec.DecodeError:
        raise InvalidArgumentException("The policy is not valid JSON.") from None
    if not isinstance(policy, dict) or "Statement" not in policy:
        raise InvalidArgumentException("The policy has no Statement.")
    if fault := find_fault(text):
        raise InvalidArgumentException(fault)
