"""The permissions boundary of a role: put and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import policies
from serein.services.iam.entities import ROLE
from serein.services.iam.errors import NoSuchEntity
from serein.services.iam.store import identities


@operation("PutRolePermissionsBoundary", partial="boundaries count where identities' policies are evaluated")
async def put_role_permissions_boundary(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        role = identities.require_entity(tx, call.scope.account, ROLE, request["RoleName"])
        policies.require_attachable(tx, call.scope.account, request["PermissionsBoundary"])
        role.fields["PermissionsBoundary"] = request["PermissionsBoundary"]
        identities.save_entity(tx, role)

    await call.write(write)
    return {}


@operation("DeleteRolePermissionsBoundary")
async def delete_role_permissions_boundary(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        role = identities.require_entity(tx, call.scope.account, ROLE, request["RoleName"])
        if role.fields.pop("PermissionsBoundary", None) is None:
            raise NoSuchEntity(f"Role {role.name} does not have a permissions boundary.")
        identities.save_entity(tx, role)

    await call.write(write)
    return {}
