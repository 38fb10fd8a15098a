"""CreateEventSourceMapping, Get…, Update…, Delete… and ListEventSourceMappings."""

from dataclasses import replace
from typing import Any

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.errors import ResourceConflictException, invalid
from serein.services.lambda_.event_invokes import queue_url
from serein.services.lambda_.event_sources import (
    MAPPINGS_TOPIC,
    mapping_reply,
    require_source,
    settings_of,
    state_of,
)
from serein.services.lambda_.memory import memory_of
from serein.services.lambda_.names import FunctionReference, parse_reference
from serein.services.lambda_.paging import find_place, place_token
from serein.services.lambda_.store import functions
from serein.services.lambda_.store import mappings as store

_MAXIMUM = 100
_PARTIAL = "sources can be SQS queues and DynamoDB streams; tumbling windows and provisioned pollers are refused"
_STORED = ("MetricsConfig", "LoggingConfig", "KMSKeyArn")


@operation("CreateEventSourceMapping", partial=_PARTIAL, stored=_STORED)
async def create_event_source_mapping(call: Call, request: Request) -> Reply:
    source = require_source(request)
    reference = parse_reference(call.scope, request["FunctionName"])
    settings = settings_of(call.platform, source, request, None)
    positions = await _check_source(call, source, reference, settings)
    mapping_id = new_uuid()

    def create(tx: Transaction) -> store.Mapping:
        functions.require_configuration(tx, reference)
        mapping = store.Mapping(
            id=mapping_id,
            scope=call.scope,
            function_name=reference.name,
            function_arn=reference.arn,
            source_arn=str(source),
            is_enabled=request.get("Enabled", True),
            settings=settings,
            tags=request.get("Tags") or {},
            modified_at=tx.now,
        )
        if not store.append_mapping(tx, mapping):
            raise _conflict(mapping, store.find_twin(tx, mapping) or "")
        for shard, position in positions.items():
            store.put_cursor(tx, mapping.id, shard, position)
        tx.wake(MAPPINGS_TOPIC)
        return mapping

    return _reply(call, await call.write(create), "Creating")


@operation("GetEventSourceMapping")
async def get_event_source_mapping(call: Call, request: Request) -> Reply:
    mapping = await call.read(lambda tx: store.require_mapping(tx, call.scope, request["UUID"]))
    return _reply(call, mapping, state_of(mapping))


@operation("UpdateEventSourceMapping", partial=_PARTIAL, stored=_STORED)
async def update_event_source_mapping(call: Call, request: Request) -> Reply:
    before = await call.read(lambda tx: store.require_mapping(tx, call.scope, request["UUID"]))
    source = find_arn(before.source_arn)
    if source is None:
        raise invalid(f"Unrecognized event source: {before.source_arn}")
    reference = parse_reference(call.scope, request.get("FunctionName") or before.function_arn)

    def update(tx: Transaction) -> store.Mapping:
        mapping = store.require_mapping(tx, call.scope, request["UUID"])
        mapping = replace(
            mapping,
            function_name=reference.name,
            function_arn=reference.arn,
            is_enabled=request.get("Enabled", mapping.is_enabled),
            settings=settings_of(call.platform, source, request, mapping.settings),
            modified_at=tx.now,
        )
        functions.require_configuration(tx, reference)
        twin = store.find_twin(tx, mapping)
        if twin is not None and twin != mapping.id:
            raise _conflict(mapping, twin)
        store.update_mapping(tx, mapping)
        tx.wake(MAPPINGS_TOPIC)
        return mapping

    mapping = await call.write(update)
    state = "Updating"
    if mapping.is_enabled != before.is_enabled:
        state = "Enabling" if mapping.is_enabled else "Disabling"
    return _reply(call, mapping, state)


@operation("DeleteEventSourceMapping")
async def delete_event_source_mapping(call: Call, request: Request) -> Reply:
    def delete(tx: Transaction) -> store.Mapping:
        mapping = store.require_mapping(tx, call.scope, request["UUID"])
        store.remove_mapping(tx, mapping.id)
        tx.wake(MAPPINGS_TOPIC)
        return mapping

    return _reply(call, await call.write(delete), "Deleting")


@operation("ListEventSourceMappings")
async def list_event_source_mappings(call: Call, request: Request) -> Reply:
    name = request.get("FunctionName")
    function_arn = parse_reference(call.scope, name).arn if name else ""
    limit, after = min(request.get("MaxItems", _MAXIMUM), _MAXIMUM), find_place(request.get("Marker")) or ""
    every = await call.read(
        lambda tx: store.list_mappings(tx, call.scope, function_arn, request.get("EventSourceArn", ""))
    )
    mappings = [mapping for mapping in every if mapping.id > after]
    reply: Reply = {"EventSourceMappings": [_reply(call, mapping, state_of(mapping)) for mapping in mappings[:limit]]}
    if len(mappings) > limit:
        reply["NextMarker"] = place_token(mappings[limit - 1].id)
    return reply


def _reply(call: Call, mapping: store.Mapping, state: str) -> dict[str, Any]:
    return mapping_reply(mapping, state, memory_of(call.platform).mapping_result(mapping.id))


def _conflict(mapping: store.Mapping, twin: str) -> ResourceConflictException:
    return ResourceConflictException(
        f'The event source arn (" {mapping.source_arn} ") and function (" {mapping.function_name} ") provided '
        f"mapping already exists. Please update or delete the existing mapping with UUID {twin}",
        Type="User",
    )


async def _check_source(
    call: Call, source: Arn, reference: FunctionReference, settings: dict[str, Any]
) -> dict[str, str]:
    """Check that the source is there and suits the function.

    Return where reading starts: positions by shards, of those that are not read from their beginning.
    """
    configuration = await call.read(lambda tx: functions.require_configuration(tx, reference))
    if source.service == "sqs":
        await _check_queue(call, source, configuration["Timeout"])
        return {}
    try:
        stream = await call.to("dynamodb", "DescribeTableStream", {"StreamArn": str(source)}, source.scope)
    except AwsError as error:
        raise invalid(f"Stream not found: {source}. {error.message}") from error
    if settings["StartingPosition"] != "LATEST":
        return {}
    # Why now: what is written from here on must reach the function, even before its poller first runs.
    return {shard["ShardId"]: shard["Last"] for shard in stream["Shards"]}


async def _check_queue(call: Call, source: Arn, timeout_seconds: int) -> None:
    request = {"QueueUrl": queue_url(call.platform, source), "AttributeNames": ["VisibilityTimeout"]}
    try:
        attributes = (await call.to("sqs", "GetQueueAttributes", request, source.scope))["Attributes"]
    except AwsError as error:
        raise invalid(
            f"Error occurred while ReceiveMessage. SQS Error Code: {error.code}. SQS Error Message: {error.message}"
        ) from error
    visibility = int(attributes["VisibilityTimeout"])
    if visibility < timeout_seconds:
        raise invalid(
            f"Queue visibility timeout: {visibility} seconds is less than Function timeout: {timeout_seconds} seconds"
        )
