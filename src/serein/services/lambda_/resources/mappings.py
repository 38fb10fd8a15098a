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
_EMPTY: dict[str, Any] = {
    "DestinationConfig": {"OnFailure": {}},
    "Enabled": True,
    "FilterCriteria": {"Filters": []},
    "FunctionResponseTypes": [],
    "MaximumBatchingWindowInSeconds": 0,
    "ScalingConfig": {},
}
"""What a setting becomes when an update of a stack leaves it out."""


@resource("AWS::Lambda::EventSourceMapping")
class EventSourceMappingResource:
    """An event source mapping; Ref is its UUID."""

    replaced_by = frozenset(_FIXED)
    stored = frozenset({"KmsKeyArn", "LoggingConfig", "MetricsConfig"})
    properties = frozenset({*_CHANGEABLE, *_FIXED, *_OTHERS, "KmsKeyArn", "Tags"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = _request(properties)
        request |= {key: properties[key] for key in (*_FIXED, *_OTHERS) if key in properties}
        request["Tags"] = {**deployment.tags, **{tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}}
        return _made(await deployment.call("lambda", "CreateEventSourceMapping", request))

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        changed = {
            key: new.get(key, _EMPTY.get(key))
            for key in _CHANGEABLE
            if old.get(key) != new.get(key) and (key in new or key in _EMPTY)
        }
        request = _request(changed) | {"UUID": physical_id}
        return _made(await deployment.call("lambda", "UpdateEventSourceMapping", request))

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("lambda", "DeleteEventSourceMapping", {"UUID": physical_id})
        except ResourceNotFoundException:
            return


def _request(properties: Properties) -> dict[str, Any]:
    request: dict[str, Any] = {key: properties[key] for key in _CHANGEABLE if key in properties}
    if "KmsKeyArn" in properties:
        request["KMSKeyArn"] = properties["KmsKeyArn"]
    for key in _NUMBERS:
        if key in request:
            request[key] = int(request[key])
    for key in _FLAGS:
        if key in request:
            request[key] = str(request[key]).lower() == "true"
    if request.get("ScalingConfig"):
        request["ScalingConfig"] = {"MaximumConcurrency": int(request["ScalingConfig"]["MaximumConcurrency"])}
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
