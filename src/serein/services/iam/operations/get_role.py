"""GetRole: describe a role with its trust policy."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import ROLE, role_reply
from serein.services.iam.store import identities


@operation("GetRole")
async def get_role(call: Call, request: Request) -> Reply:
    role = await call.read(lambda tx: identities.require_entity(tx, call.scope.account, ROLE, request["RoleName"]))
    return {"Role": role_reply(role, call.scope.partition)}
