"""CreateServiceLinkedRole: the role that a service makes for itself; DeleteServiceLinkedRole removes it."""

import json

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import ROLE, Entity, role_reply
from serein.services.iam.errors import InvalidInput, NoSuchEntity
from serein.services.iam.store import identities


@operation("CreateServiceLinkedRole")
async def create_service_linked_role(call: Call, request: Request) -> Reply:
    service = request["AWSServiceName"]
    suffix = f"_{request['CustomSuffix']}" if request.get("CustomSuffix") else ""
    words = service.partition(".")[0].replace("-", " ").title().replace(" ", "")
    name = f"AWSServiceRoleFor{words}{suffix}"
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"Service": [service]}}],
    }
    fields = {"AssumeRolePolicyDocument": json.dumps(trust), "Description": request.get("Description", "")}

    def write(tx: Transaction) -> Entity:
        if identities.find_entity(tx, call.scope.account, ROLE, name) is not None:
            raise InvalidInput(
                f"Service role name {name} has been taken in this account, please try a different suffix."
            )
        return identities.insert_entity(tx, call.scope.account, ROLE, name, f"/aws-service-role/{service}/", fields)

    return {"Role": role_reply(await call.write(write), call.scope.partition)}


@operation("DeleteServiceLinkedRole")
async def delete_service_linked_role(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> Entity:
        role = identities.require_entity(tx, call.scope.account, ROLE, request["RoleName"])
        identities.delete_entity(tx, role)
        return role

    role = await call.write(write)
    return {"DeletionTaskId": f"task{role.path}{role.name}/{new_uuid()}"}


@operation("GetServiceLinkedRoleDeletionStatus")
async def get_service_linked_role_deletion_status(call: Call, request: Request) -> Reply:
    parts = request["DeletionTaskId"].split("/")
    if len(parts) < 3:
        raise NoSuchEntity(f"The deletion task {request['DeletionTaskId']} cannot be found.")
    found = await call.read(lambda tx: identities.find_entity(tx, call.scope.account, ROLE, parts[-2]))
    return {"Status": "SUCCEEDED" if found is None else "NOT_STARTED"}
