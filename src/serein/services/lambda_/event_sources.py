"""Event sources: which kinds there are, and what a mapping for each may say.

AWS: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from typing import Any

from serein.kernel.arn import Arn, arn_of, find_arn
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Request
from serein.services.lambda_.errors import invalid
from serein.services.lambda_.event_filters import check_filters
from serein.services.lambda_.event_source_refusals import refuse_brokers
from serein.services.lambda_.store.mappings import Mapping

MAPPINGS_TOPIC = "lambda:mappings"
QUEUE, TABLE_STREAM, DATA_STREAM = "sqs", "dynamodb", "kinesis"
_LEAST_AGE_SECONDS = 60
_QUEUE_BATCH = 10
_LEAST_PROVISIONED_POLLERS = 2
_SHARED = (
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "FunctionResponseTypes",
    "FilterCriteria",
    "KMSKeyArn",
    "MetricsConfig",
)
_QUEUE_ONLY = ("ScalingConfig", "ProvisionedPollerConfig")
_STREAM_ONLY = (
    "StartingPosition",
    "StartingPositionTimestamp",
    "ParallelizationFactor",
    "DestinationConfig",
    "MaximumRecordAgeInSeconds",
    "BisectBatchOnFunctionError",
    "MaximumRetryAttempts",
    "TumblingWindowInSeconds",
)
_BROKER_ONLY = (
    "LoggingConfig",
    "Topics",
    "Queues",
    "SourceAccessConfigurations",
    "SelfManagedEventSource",
    "AmazonManagedKafkaEventSourceConfig",
    "SelfManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
)
_DROPPED_WHEN_EMPTY = ("ScalingConfig", "ProvisionedPollerConfig", "MetricsConfig", "KMSKeyArn")
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
        refuse_brokers(request, "self-managed" if request.get("SelfManagedEventSource") else "")
        raise invalid("Unrecognized event source.")
    arn = find_arn(text)
    if arn is not None:
        if _is_supported(arn):
            return arn
        refuse_brokers(request, arn.service)
    raise invalid(f"Unrecognized event source, must be kinesis, dynamodb stream or sqs. Unsupported source arn {text}")


def _is_supported(arn: Arn) -> bool:
    if arn.service == QUEUE:
        return bool(arn.account) and bool(arn.region) and ":" not in arn.resource
    if arn.service == TABLE_STREAM:
        return arn.resource.startswith("table/") and "/stream/" in arn.resource
    return arn.service == DATA_STREAM and arn.resource.startswith("stream/")


def settings_of(source: Arn, request: Request, before: dict[str, Any] | None, now: float) -> dict[str, Any]:
    """A mapping's settings after a request, checked; `before` is None when it is made.

    Raises InvalidParameterValueException and NotImplementedHere.
    """
    is_queue = source.service == QUEUE
    _refuse_foreign(request, (*(_STREAM_ONLY if is_queue else _QUEUE_ONLY), *_BROKER_ONLY), is_queue=is_queue)
    settings = dict(before if before is not None else _QUEUE_DEFAULTS if is_queue else _STREAM_DEFAULTS)
    for member in (*_SHARED, *(_QUEUE_ONLY if is_queue else _STREAM_ONLY)):
        if member in request:
            settings[member] = request[member]
    for member in _DROPPED_WHEN_EMPTY:
        if not settings.get(member):
            settings.pop(member, None)
    if is_queue:
        _check_queue(source, settings)
    else:
        if before is None:
            _check_start(source, settings, now)
        _check_stream(settings)
    check_filters(settings)
    return settings


def _refuse_foreign(request: Request, foreign: tuple[str, ...], *, is_queue: bool) -> None:
    for member in foreign:
        if request.get(member) in (None, {}, [], -1, False, 0, {"OnFailure": {}}):
            continue
        if is_queue and member.startswith("StartingPosition"):
            raise invalid(f"{member} is not valid for SQS event sources.")
        raise invalid(f"Unsupported {member} parameter for given event source mapping type.")


def _check_start(source: Arn, settings: dict[str, Any], now: float) -> None:
    position, timestamp = settings.get("StartingPosition"), settings.get("StartingPositionTimestamp")
    if position is None:
        raise invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null."
        )
    if position != "AT_TIMESTAMP":
        if timestamp is not None:
            raise invalid("StartingPositionTimestamp is only valid when StartingPosition is AT_TIMESTAMP.")
        return
    if source.service != DATA_STREAM:
        raise invalid(f"Unsupported starting position for arn type: {source}")
    if timestamp is None:
        raise invalid("Need to specify a timestamp")
    if timestamp > now:
        raise invalid("StartingPositionTimestamp cannot be in the future.")


def _check_stream(settings: dict[str, Any]) -> None:
    age: int = settings["MaximumRecordAgeInSeconds"]
    if -1 < age < _LEAST_AGE_SECONDS:
        # AWS: the model allows these, the service doesn't (API reference, MaximumRecordAgeInSeconds).
        raise invalid(f"MaximumRecordAgeInSeconds must be -1 or at least {_LEAST_AGE_SECONDS} seconds.")
    destinations = settings["DestinationConfig"]
    if destinations.get("OnSuccess", {}).get("Destination"):
        raise invalid("Unsupported DestinationConfig parameter for given event source mapping type.")
    target = destinations.get("OnFailure", {}).get("Destination") or ""
    settings["DestinationConfig"] = {"OnFailure": {"Destination": target} if target else {}}
    _check_destination(target)


def _check_destination(target: str) -> None:
    if not target:
        return
    if target.startswith("kafka://"):
        raise NotImplementedHere(f"Serein does not deliver to Kafka topics ({target})")
    arn = find_arn(target)
    if arn is None or arn.service not in ("sqs", "sns", "s3"):
        raise invalid(f"The provided destination config DestinationConfig is invalid: {target}")


def _check_queue(source: Arn, settings: dict[str, Any]) -> None:
    size, window = settings["BatchSize"], settings["MaximumBatchingWindowInSeconds"]
    if source.resource.endswith(".fifo"):
        if size > _QUEUE_BATCH:
            raise invalid(f"Batch size must be less than or equal to {_QUEUE_BATCH} for FIFO queues.")
        if window:
            raise invalid("Batching window is not supported for FIFO queues.")
    if size > _QUEUE_BATCH and not window:
        raise invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
    pollers = settings.get("ProvisionedPollerConfig")
    if not pollers:
        return
    if settings.get("ScalingConfig"):
        # AWS: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
        raise invalid("ScalingConfig and ProvisionedPollerConfig cannot be specified together.")
    least, most = pollers.get("MinimumPollers"), pollers.get("MaximumPollers")
    is_few = least is not None and least < _LEAST_PROVISIONED_POLLERS
    if is_few or (most is not None and most < (least or _LEAST_PROVISIONED_POLLERS)):
        raise invalid("MinimumPollers must be at least 2, and MaximumPollers no fewer than MinimumPollers.")


def mapping_reply(mapping: Mapping, state: str) -> dict[str, Any]:
    """What the API shows of a mapping.

    AWS: who changed it last is `USER_INITIATED` for queues and `User action` for streams.
    """
    is_queue = mapping.source == QUEUE
    reply: dict[str, Any] = {
        "UUID": mapping.id,
        "EventSourceArn": mapping.source_arn,
        "FunctionArn": mapping.function_arn,
        "LastModified": mapping.modified_at,
        "State": state,
        "StateTransitionReason": "USER_INITIATED" if is_queue else "User action",
        "EventSourceMappingArn": arn_of("lambda", mapping.scope, f"event-source-mapping:{mapping.id}"),
        **mapping.settings,
    }
    if not is_queue:
        reply["LastProcessingResult"] = mapping.last_result
    return reply
