"""CreateEventSourceMapping, Get…, Update…, Delete… and ListEventSourceMappings."""

from dataclasses import replace
from typing import Any

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.errors import (
    ResourceConflictException,
    ResourceInUseException,
    ResourceNotFoundException,
    invalid,
)
from serein.services.lambda_.event_source_checks import check_source
from serein.services.lambda_.event_sources import MAPPINGS_TOPIC, QUEUE, mapping_reply, require_source, settings_of
from serein.services.lambda_.names import FunctionReference, parse_reference
from serein.services.lambda_.paging import find_place, place_token
from serein.services.lambda_.store import functions
from serein.services.lambda_.store import mappings as store
from serein.services.lambda_.store.shard_cursors import put_cursor

_MAXIMUM = 100
_PARTIAL = "sources can be SQS queues, DynamoDB streams and Kinesis streams; other ones are refused by name"
_STORED = ("KMSKeyArn", "MetricsConfig", "ProvisionedPollerConfig")
_GRADUAL_SECONDS = {"Creating": 15.0, "Updating": 5.0, "Enabling": 10.0, "Disabling": 10.0, "Deleting": 10.0}
"""How long a mapping passes through a state, where that takes time as on AWS."""


@operation("CreateEventSourceMapping", partial=_PARTIAL, stored=_STORED)
async def create_event_source_mapping(call: Call, request: Request) -> Reply:
    source = require_source(request)
    reference = parse_reference(call.scope, request["FunctionName"])
    settings = settings_of(source, request, None, call.now)
    timeout = await call.read(lambda tx: _require_function(tx, reference)["Timeout"])
    positions = await check_source(call, source, timeout, settings)
    mapping_id, is_enabled = new_uuid(), request.get("Enabled", True)
    # AWS: a mapping for a queue that is made without being enabled is not shown as coming.
    transition = "Creating" if is_enabled or source.service != QUEUE else ""

    def create(tx: Transaction) -> store.Mapping:
        _require_function(tx, reference)
        mapping = store.Mapping(
            id=mapping_id,
            scope=call.scope,
            function_name=reference.name,
            function_arn=reference.arn,
            source_arn=str(source),
            is_enabled=is_enabled,
            settings=settings,
            tags=request.get("Tags") or {},
            modified_at=tx.now,
            transition=transition,
            transition_until=tx.now + _transition_seconds(call, transition),
        )
        if not store.append_mapping(tx, mapping):
            raise _conflict(mapping, store.find_twin(tx, mapping) or "")
        for shard, position in positions.items():
            put_cursor(tx, mapping.id, shard, position)
        tx.wake(MAPPINGS_TOPIC)
        return mapping

    mapping = await call.write(create)
    return mapping_reply(mapping, transition or "Disabled")


@operation("GetEventSourceMapping")
async def get_event_source_mapping(call: Call, request: Request) -> Reply:
    mapping = await call.read(lambda tx: store.require_mapping(tx, call.scope, request["UUID"]))
    return mapping_reply(mapping, mapping.state_at(call.now))


@operation("UpdateEventSourceMapping", partial=_PARTIAL, stored=_STORED)
async def update_event_source_mapping(call: Call, request: Request) -> Reply:
    before = await call.read(lambda tx: store.require_mapping(tx, call.scope, request["UUID"]))
    reference = parse_reference(call.scope, request.get("FunctionName") or before.function_arn)
    source = _source_of(before)

    def update(tx: Transaction) -> tuple[store.Mapping, str]:
        mapping = store.require_mapping(tx, call.scope, request["UUID"])
        _require_settled(mapping, tx.now, "update")
        is_enabled = request.get("Enabled", mapping.is_enabled)
        transition = "Updating"
        if is_enabled != mapping.is_enabled:
            transition = "Enabling" if is_enabled else "Disabling"
        mapping = replace(
            mapping,
            function_name=reference.name,
            function_arn=reference.arn,
            is_enabled=is_enabled,
            settings=settings_of(source, request, mapping.settings, tx.now),
            modified_at=tx.now,
        )
        if request.get("FunctionName"):
            _require_function(tx, reference)
        twin = store.find_twin(tx, mapping)
        if twin is not None and twin != mapping.id:
            raise _conflict(mapping, twin)
        store.update_mapping(tx, mapping)
        store.begin_transition(tx, mapping.id, transition, tx.now + _transition_seconds(call, transition))
        tx.wake(MAPPINGS_TOPIC)
        return mapping, transition

    return mapping_reply(*await call.write(update))


@operation("DeleteEventSourceMapping")
async def delete_event_source_mapping(call: Call, request: Request) -> Reply:
    seconds = _transition_seconds(call, "Deleting")

    def delete(tx: Transaction) -> store.Mapping:
        mapping = store.require_mapping(tx, call.scope, request["UUID"])
        _require_settled(mapping, tx.now, "delete")
        if seconds:
            store.begin_transition(tx, mapping.id, "Deleting", tx.now + seconds)
        else:
            store.remove_mapping(tx, mapping.id)
        tx.wake(MAPPINGS_TOPIC)
        return mapping

    return mapping_reply(await call.write(delete), "Deleting")


@operation("ListEventSourceMappings")
async def list_event_source_mappings(call: Call, request: Request) -> Reply:
    name, source_arn = request.get("FunctionName"), request.get("EventSourceArn", "")
    function_arn = parse_reference(call.scope, name).arn if name else ""
    limit, after = min(request.get("MaxItems", _MAXIMUM), _MAXIMUM), find_place(request.get("Marker")) or ""
    mappings = await call.read(
        lambda tx: store.list_mappings(tx, call.scope, function_arn, source_arn, after, limit + 1)
    )
    reply: Reply = {"EventSourceMappings": [_listed(mapping, call.now) for mapping in mappings[:limit]]}
    if len(mappings) > limit:
        reply["NextMarker"] = place_token(mappings[limit - 1].id)
    return reply


def _listed(mapping: store.Mapping, now: float) -> dict[str, Any]:
    """AWS: filters that are encrypted with a key of one's own are not shown in lists (API reference)."""
    shown = mapping_reply(mapping, mapping.state_at(now))
    if "KMSKeyArn" in shown:
        shown.pop("FilterCriteria", None)
    return shown


def _transition_seconds(call: Call, transition: str) -> float:
    return _GRADUAL_SECONDS.get(transition, 0.0) if call.platform.realism.is_gradual else 0.0


def _require_settled(mapping: store.Mapping, now: float, verb: str) -> None:
    """Raise ResourceInUseException while a mapping comes, changes or goes."""
    if mapping.state_at(now) not in ("Enabled", "Disabled"):
        raise ResourceInUseException(f"Cannot {verb} the event source mapping because it is in use.", Type="User")


def _require_function(tx: Transaction, reference: FunctionReference) -> dict[str, Any]:
    try:
        return functions.require_configuration(tx, reference)
    except ResourceNotFoundException:
        raise invalid("Function does not exist") from None


def _source_of(mapping: store.Mapping) -> Arn:
    source = find_arn(mapping.source_arn)
    if source is None:
        raise invalid("Unrecognized event source.")
    return source


def _conflict(mapping: store.Mapping, twin: str) -> ResourceConflictException:
    name = mapping.function_arn.partition(":function:")[2]
    ending = f"already exists. Please update or delete the existing mapping with UUID {twin}"
    if mapping.source == QUEUE:
        text = f'An event source mapping with SQS arn (" {mapping.source_arn} ") and function (" {name} ") {ending}'
    else:
        text = f'The event source arn (" {mapping.source_arn} ") and function (" {name} ") provided mapping {ending}'
    return ResourceConflictException(text, Type="User")
