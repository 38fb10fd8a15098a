"""AddLayerVersionPermission, RemoveLayerVersionPermission and GetLayerVersionPolicy."""

import json
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.errors import ResourceConflictException, ResourceNotFoundException
from serein.services.lambda_.layers import layer_resource, parse_layer_version
from serein.services.lambda_.names import LayerReference
from serein.services.lambda_.policies import statement_of
from serein.services.lambda_.store import aliases, layers
from serein.services.lambda_.versions import require_revision

_LATEST = "GetLayerPolicy"


@operation("AddLayerVersionPermission")
async def add_layer_version_permission(call: Call, request: Request) -> Reply:
    layer = _layer(call, request)
    organisation = {"PrincipalOrgID": request["OrganizationId"]} if "OrganizationId" in request else {}
    statement = statement_of(layer.arn, {**request, **organisation})

    def add(tx: Transaction) -> str:
        policy, revision = _policy(tx, layer)
        require_revision(request, revision, _LATEST)
        if any(each["Sid"] == statement["Sid"] for each in policy["Statement"]):
            raise ResourceConflictException(
                f"The statement id ({statement['Sid']}) provided already exists. "
                "Please provide a new statement id, or remove the existing statement.",
                Type="User",
            )
        policy["Statement"].append(statement)
        return aliases.put_policy(tx, layer.scope, layer_resource(layer), policy)

    revision = await call.write(add)
    return {"Statement": json.dumps(statement, separators=(",", ":")), "RevisionId": revision}


@operation("RemoveLayerVersionPermission")
async def remove_layer_version_permission(call: Call, request: Request) -> Reply:
    layer = _layer(call, request)

    def remove(tx: Transaction) -> None:
        policy, revision = _policy(tx, layer)
        left = [each for each in policy["Statement"] if each["Sid"] != request["StatementId"]]
        if len(left) == len(policy["Statement"]):
            raise ResourceNotFoundException(
                f"Statement {request['StatementId']} is not found in resource policy.", Type="User"
            )
        require_revision(request, revision, _LATEST)
        if left:
            aliases.put_policy(tx, layer.scope, layer_resource(layer), policy | {"Statement": left})
        else:
            aliases.remove_policy(tx, layer.scope, layer_resource(layer))

    await call.write(remove)
    return {}


@operation("GetLayerVersionPolicy")
async def get_layer_version_policy(call: Call, request: Request) -> Reply:
    layer = _layer(call, request)
    policy, revision = await call.read(lambda tx: _policy(tx, layer))
    if not revision:
        raise ResourceNotFoundException("No policy is associated with the given resource.", Type="User")
    return {"Policy": json.dumps(policy, separators=(",", ":")), "RevisionId": revision}


def _layer(call: Call, request: Request) -> LayerReference:
    return parse_layer_version(call, request)


def _policy(tx: Transaction, layer: LayerReference) -> tuple[dict[str, Any], str]:
    if layers.find_version(tx, layer.scope, layer.name, layer.version) is None:
        raise ResourceNotFoundException(f"Layer version {layer.arn} does not exist.", Type="User")
    found = aliases.find_policy(tx, layer.scope, layer_resource(layer))
    return found or ({"Version": "2012-10-17", "Id": "default", "Statement": []}, "")
