"""PutFunctionEventInvokeConfig and its siblings: retries and destinations of asynchronous invocations."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.destinations import check_destinations
from serein.services.lambda_.errors import ResourceNotFoundException, invalid
from serein.services.lambda_.names import LATEST, FunctionReference, function_arn, parse_reference
from serein.services.lambda_.paging import find_place, place_token
from serein.services.lambda_.store import aliases as store
from serein.services.lambda_.store import functions

_MEMBERS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
_MAXIMUM = 50


@operation("PutFunctionEventInvokeConfig")
async def put_function_event_invoke_config(call: Call, request: Request) -> Reply:
    return await _put(call, request, keeps=False)


@operation("UpdateFunctionEventInvokeConfig")
async def update_function_event_invoke_config(call: Call, request: Request) -> Reply:
    return await _put(call, request, keeps=True)


async def _put(call: Call, request: Request, *, keeps: bool) -> Reply:
    reference = _reference(call, request)
    given = {member: request[member] for member in _MEMBERS if member in request}
    if not given:
        raise invalid("You must specify at least one of error handling or destination setting.")
    destinations = {side: to for side, to in given.get("DestinationConfig", {}).items() if to.get("Destination")}
    if "DestinationConfig" in given:
        given["DestinationConfig"] = destinations

    def put(tx: Transaction) -> store.EventConfig:
        _require_function(tx, reference)
        check_destinations(tx, call.platform, reference, destinations)
        settings = given
        if keeps:
            kept = _require(tx, reference).settings
            settings = {**kept, **given}
            if "DestinationConfig" in given and kept.get("DestinationConfig"):
                settings["DestinationConfig"] = _merged(kept["DestinationConfig"], request["DestinationConfig"])
        store.put_event_config(tx, reference.scope, reference.name, reference.qualifier, settings)
        return store.EventConfig(reference.qualifier, settings, tx.now)

    return _reply(reference, await call.write(put))


def _merged(kept: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """What an update makes of destinations: a side that it names is replaced, or taken away by an empty ARN."""
    both = {**kept, **given}
    return {side: to for side, to in both.items() if to.get("Destination")}


@operation("GetFunctionEventInvokeConfig")
async def get_function_event_invoke_config(call: Call, request: Request) -> Reply:
    reference = _reference(call, request)

    return _reply(reference, await call.read(lambda tx: _require(tx, reference)))


@operation("DeleteFunctionEventInvokeConfig")
async def delete_function_event_invoke_config(call: Call, request: Request) -> Reply:
    reference = _reference(call, request)

    def delete(tx: Transaction) -> None:
        _require(tx, reference)
        store.remove_event_config(tx, reference.scope, reference.name, reference.qualifier)

    await call.write(delete)
    return {}


@operation("ListFunctionEventInvokeConfigs")
async def list_function_event_invoke_configs(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"])
    limit = min(request.get("MaxItems", _MAXIMUM), _MAXIMUM)
    after = find_place(request.get("Marker")) or ""

    def read(tx: Transaction) -> list[store.EventConfig]:
        if functions.find_function(tx, reference.scope, reference.name) is None:
            raise ResourceNotFoundException("The function doesn't exist.", Type="User")
        return store.list_event_configs(tx, reference.scope, reference.name, after, limit + 1)

    configs = await call.read(read)
    reply: Reply = {"FunctionEventInvokeConfigs": [_reply(reference, config) for config in configs[:limit]]}
    if len(configs) > limit:
        reply["NextMarker"] = place_token(configs[limit - 1].qualifier)
    return reply


def _reference(call: Call, request: Request) -> FunctionReference:
    named = parse_reference(call.scope, request["FunctionName"], request.get("Qualifier", ""))
    return FunctionReference(named.scope, named.name, named.qualifier or LATEST)


def _require_function(tx: Transaction, reference: FunctionReference) -> None:
    """AWS: here alone, what is missing is told without its ARN."""
    try:
        functions.require_configuration(tx, reference)
    except ResourceNotFoundException:
        raise ResourceNotFoundException("The function doesn't exist.", Type="User") from None


def _require(tx: Transaction, reference: FunctionReference) -> store.EventConfig:
    """AWS: whoever asks for the settings of a function that isn't there hears that it has none."""
    found = store.find_event_config(tx, reference.scope, reference.name, reference.qualifier)
    if found is None:
        raise ResourceNotFoundException(f"The function {reference.arn} doesn't have an EventInvokeConfig", Type="User")
    return found


def _reply(reference: FunctionReference, config: store.EventConfig) -> dict[str, Any]:
    return {
        "LastModified": config.modified_at,
        "FunctionArn": function_arn(reference.scope, reference.name, config.qualifier),
        **config.settings,
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}, **config.settings.get("DestinationConfig", {})},
    }
