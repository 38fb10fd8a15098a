"""Code signing configurations: CreateCodeSigningConfig and its siblings, and which functions use them.

Nothing is signed or verified here: configurations and their associations are kept and shown.
"""

from dataclasses import replace
from typing import Any

from serein.kernel.arn import arn_of
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import random_hex
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.configuration import wire_time
from serein.services.lambda_.errors import ResourceConflictException
from serein.services.lambda_.names import FunctionReference, parse_reference
from serein.services.lambda_.paging import find_place, place_token
from serein.services.lambda_.store import functions
from serein.services.lambda_.store import signing as store
from serein.services.lambda_.tagging import check_tags

_MAXIMUM = 50
_MEMBERS = ("Description", "AllowedPublishers", "CodeSigningPolicies")
_EFFECTLESS = ("AllowedPublishers", "CodeSigningPolicies")


@operation("CreateCodeSigningConfig", stored=_EFFECTLESS)
async def create_code_signing_config(call: Call, request: Request) -> Reply:
    check_tags(request.get("Tags") or {})
    config_id = f"csc-{random_hex(17)}"
    arn = arn_of("lambda", call.scope, f"code-signing-config:{config_id}")
    config: dict[str, Any] = {
        "CodeSigningConfigId": config_id,
        "CodeSigningConfigArn": arn,
        "Description": "",
        "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": "Warn"},
        **{member: request[member] for member in _MEMBERS if member in request},
        "LastModified": wire_time(call.now),
    }
    row = store.SigningConfig(arn, config, request.get("Tags") or {})
    await call.write(lambda tx: store.put_config(tx, call.scope, row))
    return {"CodeSigningConfig": config}


@operation("UpdateCodeSigningConfig", stored=_EFFECTLESS)
async def update_code_signing_config(call: Call, request: Request) -> Reply:
    def update(tx: Transaction) -> dict[str, Any]:
        row = store.require_config(tx, request["CodeSigningConfigArn"])
        given = {member: request[member] for member in _MEMBERS if member in request}
        config = row.config | given | {"LastModified": wire_time(tx.now)}
        store.put_config(tx, call.scope, replace(row, config=config))
        return config

    return {"CodeSigningConfig": await call.write(update)}


@operation("GetCodeSigningConfig")
async def get_code_signing_config(call: Call, request: Request) -> Reply:
    row = await call.read(lambda tx: store.require_config(tx, request["CodeSigningConfigArn"]))
    return {"CodeSigningConfig": row.config}


@operation("DeleteCodeSigningConfig")
async def delete_code_signing_config(call: Call, request: Request) -> Reply:
    arn = request["CodeSigningConfigArn"]

    def delete(tx: Transaction) -> None:
        store.require_config(tx, arn)
        if store.list_functions(tx, call.scope, arn, "", 1):
            raise ResourceConflictException(
                "Cannot delete CodeSigningConfig. There are functions associated with it.", Type="User"
            )
        store.remove_config(tx, arn)

    await call.write(delete)
    return {}


@operation("ListCodeSigningConfigs")
async def list_code_signing_configs(call: Call, request: Request) -> Reply:
    limit = min(request.get("MaxItems", _MAXIMUM), _MAXIMUM)
    after = find_place(request.get("Marker")) or ""
    rows = await call.read(lambda tx: store.list_configs(tx, call.scope, after, limit + 1))
    reply: Reply = {"CodeSigningConfigs": [row.config for row in rows[:limit]]}
    if len(rows) > limit:
        reply["NextMarker"] = place_token(rows[limit - 1].arn)
    return reply


@operation("ListFunctionsByCodeSigningConfig")
async def list_functions_by_code_signing_config(call: Call, request: Request) -> Reply:
    limit = min(request.get("MaxItems", _MAXIMUM), _MAXIMUM)
    after, arn = find_place(request.get("Marker")) or "", request["CodeSigningConfigArn"]

    def read(tx: Transaction) -> list[str]:
        store.require_config(tx, arn)
        return store.list_functions(tx, call.scope, arn, after, limit + 1)

    arns = await call.read(read)
    reply: Reply = {"FunctionArns": arns[:limit]}
    if len(arns) > limit:
        reply["NextMarker"] = place_token(arns[limit - 1].rpartition(":")[2])
    return reply


@operation("PutFunctionCodeSigningConfig", stored=("CodeSigningConfigArn",))
async def put_function_code_signing_config(call: Call, request: Request) -> Reply:
    function, arn = _function(call, request), request["CodeSigningConfigArn"]

    def put(tx: Transaction) -> None:
        store.require_config(tx, arn, missing=store.for_function)
        functions.require_function(tx, function)
        store.associate(tx, function, arn)

    await call.write(put)
    return {"CodeSigningConfigArn": arn, "FunctionName": function.name}


@operation("GetFunctionCodeSigningConfig")
async def get_function_code_signing_config(call: Call, request: Request) -> Reply:
    function = _function(call, request)

    def read(tx: Transaction) -> str | None:
        functions.require_function(tx, function)
        return store.find_association(tx, function)

    arn = await call.read(read)
    # AWS: for a function without one, the reply is empty.
    return {"FunctionName": function.name, "CodeSigningConfigArn": arn} if arn else {}


@operation("DeleteFunctionCodeSigningConfig")
async def delete_function_code_signing_config(call: Call, request: Request) -> Reply:
    function = _function(call, request)

    def delete(tx: Transaction) -> None:
        functions.require_function(tx, function)
        store.dissociate(tx, function)

    await call.write(delete)
    return {}


def _function(call: Call, request: Request) -> FunctionReference:
    named = parse_reference(call.scope, request["FunctionName"])
    return FunctionReference(named.scope, named.name)
