"""UpdateRole: change a role's description or session length; UpdateRoleDescription is its older form."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import ROLE, Entity, role_reply
from serein.services.iam.store import identities


@operation("UpdateRole")
async def update_role(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        role = identities.require_entity(tx, call.scope.account, ROLE, request["RoleName"])
        role.fields["Description"] = request.get("Description", role.fields.get("Description", ""))
        role.fields["MaxSessionDuration"] = request.get("MaxSessionDuration", 3600)
        identities.save_entity(tx, role)

    await call.write(write)
    return {}


@operation("UpdateRoleDescription")
async def update_role_description(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> Entity:
        role = identities.require_entity(tx, call.scope.account, ROLE, request["RoleName"])
        role.fields["Description"] = request["Description"]
        identities.save_entity(tx, role)
        return role

    return {"Role": role_reply(await call.write(write), call.scope.partition)}
