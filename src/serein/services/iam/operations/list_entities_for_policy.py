"""ListEntitiesForPolicy: the roles, users and groups that a managed policy is attached to."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import policies
from serein.services.iam.entities import Entity
from serein.services.iam.errors import InvalidInput
from serein.services.iam.store import identities

_MEMBERS = {"role": ("PolicyRoles", "Role"), "user": ("PolicyUsers", "User"), "group": ("PolicyGroups", "Group")}


@operation("ListEntitiesForPolicy", partial="PolicyUsageFilter and PathPrefix are refused")
async def list_entities_for_policy(call: Call, request: Request) -> Reply:
    for member in ("PolicyUsageFilter", "PathPrefix"):
        if member in request:
            raise InvalidInput(f"Serein does not support {member} in ListEntitiesForPolicy.")

    def read(tx: Transaction) -> list[Entity]:
        policies.require_attachable(tx, call.scope.account, request["PolicyArn"])
        return identities.attached_entities(tx, call.scope.account, request["PolicyArn"])

    reply: Reply = {"PolicyRoles": [], "PolicyUsers": [], "PolicyGroups": [], "IsTruncated": False}
    wanted = request.get("EntityFilter", "").lower()
    for entity in await call.read(read):
        if wanted in ("", entity.kind):
            member, noun = _MEMBERS[entity.kind]
            reply[member].append({f"{noun}Name": entity.name, f"{noun}Id": entity.id})
    return reply
