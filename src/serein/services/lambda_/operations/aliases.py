"""CreateAlias, GetAlias, UpdateAlias, DeleteAlias and ListAliases: names for versions."""

from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.errors import (
    InvalidParameterValueException,
    ResourceConflictException,
    ResourceNotFoundException,
    function_not_found,
    invalid,
)
from serein.services.lambda_.names import LATEST, FunctionReference, function_arn, parse_reference
from serein.services.lambda_.paging import find_place, place_token
from serein.services.lambda_.store import aliases as store
from serein.services.lambda_.store import functions
from serein.services.lambda_.versions import require_revision

_MAXIMUM = 50


@operation("CreateAlias")
async def create_alias(call: Call, request: Request) -> Reply:
    function = _function(call, request)
    weights = _weights(request)
    alias = store.Alias(
        request["Name"], request["FunctionVersion"], request.get("Description", ""), weights, new_uuid()
    )

    def create(tx: Transaction) -> None:
        if functions.find_function(tx, function.scope, function.name) is None:
            raise function_not_found(function_arn(function.scope, function.name, alias.version))
        if store.find_alias(tx, function.scope, function.name, alias.name) is not None:
            arn = function_arn(function.scope, function.name, alias.name)
            raise ResourceConflictException(f"Alias already exists: {arn}", Type="User")
        _check_versions(tx, function, alias)
        store.put_alias(tx, function.scope, function.name, alias)

    await call.write(create)
    return _reply(function, alias)


@operation("GetAlias")
async def get_alias(call: Call, request: Request) -> Reply:
    function = _function(call, request)
    return _reply(function, await call.read(lambda tx: _require(tx, function, request["Name"])))


@operation("UpdateAlias")
async def update_alias(call: Call, request: Request) -> Reply:
    function = _function(call, request)

    def update(tx: Transaction) -> store.Alias:
        alias = _require(tx, function, request["Name"], "Alias not found: ")
        require_revision(request, alias.revision)
        alias = replace(
            alias,
            version=request.get("FunctionVersion", alias.version),
            description=request.get("Description", alias.description),
            weights=_weights(request) if "RoutingConfig" in request else alias.weights,
            revision=new_uuid(),
        )
        _check_versions(tx, function, alias)
        store.put_alias(tx, function.scope, function.name, alias)
        return alias

    alias = await call.write(update)
    call.platform.runner.retire(function_arn(function.scope, function.name, alias.name), alias.revision)
    return _reply(function, alias)


@operation("DeleteAlias")
async def delete_alias(call: Call, request: Request) -> Reply:
    function = _function(call, request)

    def delete(tx: Transaction) -> None:
        functions.require_function(tx, function)
        store.remove_alias(tx, function.scope, function.name, request["Name"])
        store.remove_policy(tx, function.scope, f"{function.name}:{request['Name']}")

    await call.write(delete)
    call.platform.runner.retire(function_arn(function.scope, function.name, request["Name"]))
    return {}


@operation("ListAliases")
async def list_aliases(call: Call, request: Request) -> Reply:
    function = _function(call, request)
    limit = min(request.get("MaxItems", _MAXIMUM), _MAXIMUM)
    after = find_place(request.get("Marker")) or ""
    version = request.get("FunctionVersion")

    def read(tx: Transaction) -> list[store.Alias]:
        functions.require_function(tx, function)
        every = store.list_aliases(tx, function.scope, function.name, after, 100_000)
        return [alias for alias in every if version in (None, alias.version)]

    aliases = await call.read(read)
    reply: Reply = {"Aliases": [_reply(function, alias) for alias in aliases[:limit]]}
    if len(aliases) > limit:
        reply["NextMarker"] = place_token(aliases[limit - 1].name)
    return reply


def _function(call: Call, request: Request) -> FunctionReference:
    named = parse_reference(call.scope, request["FunctionName"])
    return FunctionReference(named.scope, named.name)


def _require(
    tx: Transaction, function: FunctionReference, name: str, missing: str = "Cannot find alias arn: "
) -> store.Alias:
    functions.require_function(tx, function)
    alias = store.find_alias(tx, function.scope, function.name, name)
    if alias is None:
        arn = function_arn(function.scope, function.name, name)
        raise ResourceNotFoundException(f"{missing}{arn}", Type="User")
    return alias


def _weights(request: Request) -> dict[str, float]:
    weights: dict[str, float] = request.get("RoutingConfig", {}).get("AdditionalVersionWeights") or {}
    if len(weights) > 1:
        raise invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    return weights


def _check_versions(tx: Transaction, function: FunctionReference, alias: store.Alias) -> None:
    if alias.weights and alias.version == LATEST:
        raise InvalidParameterValueException("$LATEST is not supported for an alias pointing to more than 1 version")
    if alias.version in alias.weights:
        raise invalid(
            f"Invalid function version {alias.version}. "
            f"Function version {alias.version} is already included in routing configuration."
        )
    for version in (alias.version, *alias.weights):
        if version == LATEST and version == alias.version:
            continue
        if not version.isdigit() or functions.find_version(tx, function.scope, function.name, int(version)) is None:
            raise function_not_found(function_arn(function.scope, function.name, version))


def _reply(function: FunctionReference, alias: store.Alias) -> Reply:
    reply: Reply = {
        "AliasArn": function_arn(function.scope, function.name, alias.name),
        "Name": alias.name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        "RevisionId": alias.revision,
    }
    if alias.weights:
        reply["RoutingConfig"] = {"AdditionalVersionWeights": alias.weights}
    return reply
