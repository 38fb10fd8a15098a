"""AWS::Lambda::EventSourceMapping and AWS::Lambda::EventInvokeConfig."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.lambda_.errors import ResourceNotFoundException

_NUMBERS = (
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "TumblingWindowInSeconds",
)
_FLAGS = ("BisectBatchOnFunctionError", "Enabled")
_CHANGEABLE = (
    *_NUMBERS,
    *_FLAGS,
    "DestinationConfig",
    "FilterCriteria",
    "FunctionName",
    "FunctionResponseTypes",
    "KmsKeyArn",
    "LoggingConfig",
    "MetricsConfig",
    "ProvisionedPollerConfig",
    "ScalingConfig",
    "SourceAccessConfigurations",
)
_FIXED = ("EventSourceArn", "SelfManagedEventSource", "StartingPosition", "StartingPositionTimestamp")
_OTHERS = (
    "AmazonManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "Queues",
    "SelfManagedKafkaEventSourceConfig",
    "Topics",
)
_LEFT_OUT: dict[str, Any] = {
    "BisectBatchOnFunctionError": False,
    "DestinationConfig": {"OnFailure": {}},
    "Enabled": True,
    "FilterCriteria": {"Filters": []},
    "FunctionResponseTypes": [],
    "KmsKeyArn": "",
    "MaximumBatchingWindowInSeconds": 0,
    "MaximumRecordAgeInSeconds": -1,
    "MaximumRetryAttempts": -1,
    "MetricsConfig": {},
    "ParallelizationFactor": 1,
    "ProvisionedPollerConfig": {},
    "ScalingConfig": {},
    "TumblingWindowInSeconds": 0,
}
"""What a setting becomes when an update of a stack leaves it out."""
_ENDPOINTS = {"KafkaBootstrapServers": "KAFKA_BOOTSTRAP_SERVERS"}
_QUEUE_BATCH, _STREAM_BATCH = 10, 100
_POLL_SECONDS = 1.0


@resource("AWS::Lambda::EventSourceMapping")
class EventSourceMappingResource:
    """An event source mapping; Ref is its UUID."""

    replaced_by = frozenset(_FIXED)
    stored = frozenset({"KmsKeyArn", "MetricsConfig", "ProvisionedPollerConfig"})
    properties = frozenset({*_CHANGEABLE, *_FIXED, *_OTHERS, "Tags"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = _request(properties)
        request |= {key: properties[key] for key in (*_FIXED, *_OTHERS) if key in properties}
        if "StartingPositionTimestamp" in request:
            request["StartingPositionTimestamp"] = float(request["StartingPositionTimestamp"])
        if "SelfManagedEventSource" in request:
            request["SelfManagedEventSource"] = _self_managed(request["SelfManagedEventSource"])
        request["Tags"] = _tags(deployment, properties)
        made = await deployment.call("lambda", "CreateEventSourceMapping", request)
        await deployment.begun(made["UUID"])
        await _settled(deployment, made["UUID"])
        return _made(made)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        left_out = {**_LEFT_OUT, "BatchSize": _default_batch(new)}
        changed = {
            key: new.get(key, left_out.get(key))
            for key in _CHANGEABLE
            if old.get(key) != new.get(key) and (key in new or key in left_out)
        }
        made = await deployment.call("lambda", "UpdateEventSourceMapping", _request(changed) | {"UUID": physical_id})
        await _settled(deployment, physical_id)
        await _retag(deployment, made["EventSourceMappingArn"], _tags(deployment, new))
        return _made(made)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await _settled(deployment, physical_id)
            await deployment.call("lambda", "DeleteEventSourceMapping", {"UUID": physical_id})
            await _settled(deployment, physical_id)
        except ResourceNotFoundException:
            return


async def _settled(deployment: Deployment, mapping_id: str) -> None:
    """Wait until a mapping is enabled or disabled. Raises ResourceNotFoundException once it is gone."""
    while True:
        mapping = await deployment.call("lambda", "GetEventSourceMapping", {"UUID": mapping_id})
        if mapping["State"] in ("Enabled", "Disabled"):
            return
        await deployment.sleep(_POLL_SECONDS)


def _default_batch(properties: Properties) -> int:
    return _QUEUE_BATCH if ":sqs:" in properties.get("EventSourceArn", "") else _STREAM_BATCH


def _tags(deployment: Deployment, properties: Properties) -> dict[str, str]:
    return {**deployment.tags, **{tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}}


async def _retag(deployment: Deployment, arn: str, tags: dict[str, str]) -> None:
    before = (await deployment.call("lambda", "ListTags", {"Resource": arn}))["Tags"]
    if gone := sorted(before.keys() - tags.keys()):
        await deployment.call("lambda", "UntagResource", {"Resource": arn, "TagKeys": gone})
    if tags.items() - before.items():
        await deployment.call("lambda", "TagResource", {"Resource": arn, "Tags": tags})


def _self_managed(source: dict[str, Any]) -> dict[str, Any]:
    """AWS: templates have KafkaBootstrapServers where the API has KAFKA_BOOTSTRAP_SERVERS."""
    endpoints = {_ENDPOINTS.get(kind, kind): addresses for kind, addresses in source.get("Endpoints", {}).items()}
    return {"Endpoints": endpoints}


def _request(properties: Properties) -> dict[str, Any]:
    request: dict[str, Any] = {key: properties[key] for key in _CHANGEABLE if key in properties}
    if "KmsKeyArn" in request:
        request["KMSKeyArn"] = request.pop("KmsKeyArn")
    for key in _NUMBERS:
        if key in request:
            request[key] = int(request[key])
    for key in _FLAGS:
        if key in request:
            request[key] = str(request[key]).lower() == "true"
    for key in ("ScalingConfig", "ProvisionedPollerConfig"):
        if key in request:
            request[key] = {
                name: value if name == "PollerGroupName" else int(value) for name, value in request[key].items()
            }
    return request


def _made(reply: dict[str, Any]) -> Made:
    return Made(reply["UUID"], {"Id": reply["UUID"], "EventSourceMappingArn": reply["EventSourceMappingArn"]})


@resource("AWS::Lambda::EventInvokeConfig")
class EventInvokeConfigResource:
    """How asynchronous invocations are retried; Ref is `<function>|<qualifier>`."""

    replaced_by = frozenset({"FunctionName", "Qualifier"})
    stored: frozenset[str] = frozenset()
    properties = frozenset(
        {"DestinationConfig", "FunctionName", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "Qualifier"}
    )

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = _invoke_config(properties)
        await deployment.call("lambda", "PutFunctionEventInvokeConfig", request)
        return Made(f"{request['FunctionName']}|{request['Qualifier']}")

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        await deployment.call("lambda", "PutFunctionEventInvokeConfig", _invoke_config(new))
        return Made(physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"FunctionName": properties["FunctionName"], "Qualifier": properties["Qualifier"]}
        try:
            await deployment.call("lambda", "DeleteFunctionEventInvokeConfig", request)
        except ResourceNotFoundException:
            return


def _invoke_config(properties: Properties) -> dict[str, Any]:
    request: dict[str, Any] = {
        "FunctionName": properties["FunctionName"],
        "Qualifier": properties["Qualifier"],
        "DestinationConfig": properties.get("DestinationConfig", {}),
    }
    for key in ("MaximumEventAgeInSeconds", "MaximumRetryAttempts"):
        if key in properties:
            request[key] = int(properties[key])
    return request
