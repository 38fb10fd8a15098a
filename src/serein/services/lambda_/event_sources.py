"""Event source mappings: what a request may say, the defaults, and what the API shows."""

import json
from collections.abc import Callable
from typing import Any

from serein.kernel.arn import Arn, arn_of, find_arn
from serein.kernel.call import Platform
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Request
from serein.services.lambda_.errors import invalid
from serein.services.lambda_.event_invokes import check_destination
from serein.services.lambda_.event_patterns import InvalidPattern, compile_object
from serein.services.lambda_.store.mappings import Mapping

MAPPINGS_TOPIC = "lambda:mappings"
_MAXIMUM_WINDOW_SECONDS = 300
_MAXIMUM_FILTERS = 10
_REFUSED = (
    "Topics",
    "Queues",
    "SourceAccessConfigurations",
    "SelfManagedEventSource",
    "AmazonManagedKafkaEventSourceConfig",
    "SelfManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "ProvisionedPollerConfig",
    "TumblingWindowInSeconds",
)
_SHARED = ("BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "FilterCriteria", "KMSKeyArn")
_STORED = ("MetricsConfig", "LoggingConfig")
_QUEUE_ONLY = ("ScalingConfig",)
_STREAM_ONLY = (
    "StartingPosition",
    "StartingPositionTimestamp",
    "ParallelizationFactor",
    "DestinationConfig",
    "MaximumRecordAgeInSeconds",
    "BisectBatchOnFunctionError",
    "MaximumRetryAttempts",
)
_QUEUE_DEFAULTS: dict[str, Any] = {
    "BatchSize": 10,
    "MaximumBatchingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
}
_STREAM_DEFAULTS: dict[str, Any] = {
    "BatchSize": 100,
    "MaximumBatchingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
    "ParallelizationFactor": 1,
    "DestinationConfig": {"OnFailure": {}},
    "MaximumRecordAgeInSeconds": -1,
    "BisectBatchOnFunctionError": False,
    "MaximumRetryAttempts": -1,
    "TumblingWindowInSeconds": 0,
}


def require_source(request: Request) -> Arn:
    """The event source of a request. Raises InvalidParameterValueException and NotImplementedHere."""
    text = request.get("EventSourceArn")
    if not text:
        if request.get("SelfManagedEventSource"):
            raise NotImplementedHere("Serein does not implement self-managed event sources")
        raise invalid("Event source ARN must not be null.")
    arn = find_arn(text)
    if arn is None:
        raise invalid(f"Unrecognized event source, must be kinesis, dynamodb stream, sqs or kafka: {text}")
    if arn.service == "sqs" or (arn.service == "dynamodb" and "/stream/" in arn.resource):
        return arn
    if arn.service in ("kinesis", "kafka", "mq", "rds"):
        raise NotImplementedHere(f"Serein does not implement event source mappings for {arn.service}")
    raise invalid(f"Unrecognized event source, must be kinesis, dynamodb stream, sqs or kafka: {text}")


def settings_of(platform: Platform, source: Arn, request: Request, before: dict[str, Any] | None) -> dict[str, Any]:
    """A mapping's settings after a request, checked; `before` is None when it is made."""
    for member in _REFUSED:
        if request.get(member):
            raise NotImplementedHere(f"Serein does not implement {member} for event source mappings")
    is_queue = source.service == "sqs"
    foreign = [member for member in (_STREAM_ONLY if is_queue else _QUEUE_ONLY) if _says(request, member)]
    if foreign:
        kind = "SQS" if is_queue else "stream"
        raise invalid(f"{', '.join(foreign)} is not valid for {kind} event sources.")
    settings = dict(before if before is not None else _QUEUE_DEFAULTS if is_queue else _STREAM_DEFAULTS)
    own = _QUEUE_ONLY if is_queue else _STREAM_ONLY
    for member in (*_SHARED, *_STORED, *own):
        if member in request:
            settings[member] = request[member]
    if before is None and not is_queue:
        _check_start(settings)
    _check_batches(source, settings)
    _check_filters(settings)
    if destination := settings.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"):
        check_destination(platform, destination)
    return settings


def _says(request: Request, member: str) -> bool:
    """Whether a request asks for something, rather than repeating that there is nothing."""
    return request.get(member) not in (None, {}, [], -1, False, {"OnFailure": {}})


def _check_start(settings: dict[str, Any]) -> None:
    position = settings.get("StartingPosition")
    if position is None:
        raise invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null."
        )
    if position not in ("TRIM_HORIZON", "LATEST"):
        raise invalid("Unsupported starting position for DynamoDB streams. Please use LATEST or TRIM_HORIZON.")


def _check_batches(source: Arn, settings: dict[str, Any]) -> None:
    size, window = settings["BatchSize"], settings["MaximumBatchingWindowInSeconds"]
    if not 0 <= window <= _MAXIMUM_WINDOW_SECONDS:
        raise invalid(f"MaximumBatchingWindowInSeconds must be between 0 and {_MAXIMUM_WINDOW_SECONDS}.")
    if source.service != "sqs":
        return
    is_fifo = source.resource.endswith(".fifo")
    if is_fifo and size > 10:
        raise invalid("Batch size must be less than or equal to 10 for FIFO queues.")
    if is_fifo and window:
        raise invalid("Batching window is not supported for FIFO queues.")
    if size > 10 and not window:
        raise invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")


def _check_filters(settings: dict[str, Any]) -> None:
    filters = (settings.get("FilterCriteria") or {}).get("Filters") or []
    if not filters:
        settings.pop("FilterCriteria", None)
    if len(filters) > _MAXIMUM_FILTERS:
        raise invalid(f"Number of filters must be at most {_MAXIMUM_FILTERS}.")
    for each in filters:
        try:
            compile_object(json.loads(each.get("Pattern", "")))
        except (ValueError, RecursionError):
            raise invalid("Invalid filter pattern definition.") from None


def filter_of(mapping: Mapping, body: str) -> Callable[[dict[str, Any]], bool] | None:
    """The predicate that a mapping's records must pass; None when it takes all. `body` is the record's payload member.

    AWS: a payload is compared as JSON when the pattern for it is an object, as text when it is a list, and a record
    whose payload has the other format is dropped (developer guide, "Event filtering").
    """
    patterns = [
        json.loads(each["Pattern"]) for each in (mapping.settings.get("FilterCriteria") or {}).get("Filters", [])
    ]
    if not patterns:
        return None
    tests = [(pattern, _compile(pattern)) for pattern in patterns]

    def selects(record: dict[str, Any]) -> bool:
        payload = record.get(body)
        parsed = _parsed(payload) if isinstance(payload, str) else payload
        for pattern, test in tests:
            rule = pattern.get(body)
            if isinstance(rule, dict):
                if isinstance(parsed, dict) and test({**record, body: parsed}):
                    return True
            elif (rule is None or not isinstance(parsed, dict | list)) and test(record):
                return True
        return False

    return selects


def _compile(pattern: dict[str, Any]) -> Callable[[dict[str, Any]], bool]:
    try:
        return compile_object(pattern)
    except InvalidPattern:
        return lambda record: False


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def mapping_reply(mapping: Mapping, state: str, last_result: str) -> dict[str, Any]:
    """What the API shows of a mapping."""
    reply: dict[str, Any] = {
        "UUID": mapping.id,
        "EventSourceArn": mapping.source_arn,
        "FunctionArn": mapping.function_arn,
        "LastModified": mapping.modified_at,
        "State": state,
        "StateTransitionReason": "USER_INITIATED",
        "EventSourceMappingArn": arn_of("lambda", mapping.scope, f"event-source-mapping:{mapping.id}"),
        **mapping.settings,
    }
    if mapping.source != "sqs":
        reply["LastProcessingResult"] = last_result
    return reply


def state_of(mapping: Mapping) -> str:
    return "Enabled" if mapping.is_enabled else "Disabled"
