"""CreateUser: make a user."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import policies
from serein.services.iam.entities import USER, Entity, user_reply
from serein.services.iam.store import identities


@operation("CreateUser", partial="boundaries count where identities' policies are evaluated")
async def create_user(call: Call, request: Request) -> Reply:
    fields = {"Tags": policies.merged_tags([], request.get("Tags", []))}
    if "PermissionsBoundary" in request:
        fields["PermissionsBoundary"] = request["PermissionsBoundary"]

    def write(tx: Transaction) -> Entity:
        return identities.insert_entity(
            tx, call.scope.account, USER, request["UserName"], request.get("Path", "/"), fields
        )

    return {"User": user_reply(await call.write(write), call.scope.partition)}
