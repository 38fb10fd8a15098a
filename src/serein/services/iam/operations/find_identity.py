"""FindIdentity: the policies that bear on a principal, compiled; for the platform only."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.identity import find_identity


@operation("FindIdentity", internal=True)
async def find(call: Call, request: Request) -> Reply:
    """Reply with {"Identity": kernel.policies.Identity} for {"Arn", "AccessKeyId"}: those of a `Caller`.

    The key tells the policies and the tags of a session; it may be left out. Raises NoSuchEntity.
    """
    access_key_id = request.get("AccessKeyId", "")
    found = await call.read(lambda tx: find_identity(tx, call.platform, request["Arn"], access_key_id))
    return {"Identity": found}
