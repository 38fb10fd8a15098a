"""CheckStreamAccess: whether the policy of a stream lets a caller through, on behalf of DynamoDB Streams."""

from serein.kernel.access import find_refusal
from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.policies import stored_policy
from serein.services.dynamodb.errors import AccessDeniedException
from serein.services.dynamodb.store.policies import find_policy


@operation("CheckStreamAccess", internal=True)
async def check_stream_access(call: Call, request: Request) -> Reply:
    """The request is {"StreamArn", "Action"}; the caller is who asks DynamoDB Streams. Raises AccessDeniedException."""
    arn = request["StreamArn"]
    kept = await call.read(lambda tx: find_policy(tx, arn))
    policy = stored_policy(kept.text) if kept is not None else None
    refusal = find_refusal(call, policy, arn.split(":")[4], f"dynamodb:{request['Action']}", arn)
    if refusal:
        raise AccessDeniedException(refusal)
    return {}
