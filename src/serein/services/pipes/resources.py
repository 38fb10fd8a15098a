"""EventBridge Pipes' CloudFormation type, written as calls."""

from datetime import UTC, datetime
from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.pipes.errors import NotFoundException, ValidationException

_PASSED = (
    *("Description", "DesiredState", "Enrichment", "EnrichmentParameters", "KmsKeyIdentifier", "LogConfiguration"),
    *("RoleArn", "SourceParameters", "Target", "TargetParameters"),
)
_EMPTY: dict[str, Any] = {
    "Description": "",
    "Enrichment": "",
    "KmsKeyIdentifier": "",
    "LogConfiguration": {"Level": "OFF"},
}
_FIXED = ("StartingPosition", "StartingPositionTimestamp")
_NUMBERS = (
    *("BatchSize", "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts"),
    "ParallelizationFactor",
)
_MADE_WITH = (
    "ActiveMQBrokerParameters/QueueName",
    "DynamoDBStreamParameters/StartingPosition",
    *(f"KinesisStreamParameters/{fixed}" for fixed in _FIXED),
    *(f"ManagedStreamingKafkaParameters/{name}" for name in ("ConsumerGroupID", "StartingPosition", "TopicName")),
    *(f"RabbitMQBrokerParameters/{name}" for name in ("QueueName", "VirtualHost")),
    *(
        f"SelfManagedKafkaParameters/{name}"
        for name in ("AdditionalBootstrapServers", "ConsumerGroupID", "StartingPosition", "TopicName")
    ),
)
"""What of its source a pipe keeps for life."""
_POLLING_SECONDS = 5.0


@resource("AWS::Pipes::Pipe")
class PipeResource:
    """Ref answers the pipe's name."""

    properties = frozenset({*_PASSED, "Name", "Source", "Tags"})
    replaced_by = frozenset({"Name", "Source", *(f"SourceParameters/{path}" for path in _MADE_WITH)})
    stored = frozenset({"KmsKeyIdentifier", "RoleArn"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("Name") or deployment.physical_name(64)
        request = {"Name": name, "Source": properties["Source"], **_passed(properties)}
        if tags := _tags(deployment, properties):
            request["Tags"] = tags
        await deployment.call("pipes", "CreatePipe", request)
        await deployment.begun(name)
        return await _at_rest(deployment, name)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {"Name": physical_id, **{member: _EMPTY[member] for member in _EMPTY if old.get(member)}}
        request |= _passed(new) | {"DesiredState": new.get("DesiredState", "RUNNING")}
        for member in ("SourceParameters", "TargetParameters", "EnrichmentParameters"):
            if member != "EnrichmentParameters" or new.get("Enrichment"):
                request[member] = _replacing(old.get(member) or {}, request.get(member) or {})
        for parameters in request["SourceParameters"].values():
            for fixed in _FIXED:
                parameters.pop(fixed, None)
        shown = await deployment.call("pipes", "UpdatePipe", request)
        before, after = _tags(deployment, old), _tags(deployment, new)
        if gone := [key for key in before if key not in after]:
            await deployment.call("pipes", "UntagResource", {"resourceArn": shown["Arn"], "tagKeys": gone})
        if after and after != before:
            await deployment.call("pipes", "TagResource", {"resourceArn": shown["Arn"], "tags": after})
        return await _at_rest(deployment, physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("pipes", "DeletePipe", {"Name": physical_id})
            while True:
                await deployment.call("pipes", "DescribePipe", {"Name": physical_id})
                await deployment.sleep(_POLLING_SECONDS)
        except NotFoundException:
            return


def _passed(properties: Properties) -> dict[str, Any]:
    request = {member: properties[member] for member in _PASSED if member in properties}
    if "SourceParameters" in request:
        sources: dict[str, Any] = {name: dict(value) for name, value in request["SourceParameters"].items()}
        for parameters in sources.values():
            parameters |= {name: _number(name, parameters[name]) for name in _NUMBERS if name in parameters}
            if isinstance(parameters.get("StartingPositionTimestamp"), str):
                parameters["StartingPositionTimestamp"] = _seconds(parameters["StartingPositionTimestamp"])
        request["SourceParameters"] = sources
    return request


def _replacing(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Parameters that leave nothing of what there was: the API keeps what an update doesn't have."""
    gone = {name: "" if isinstance(value, str) else {} for name, value in old.items() if name not in new}
    return {**gone, **new}


def _number(name: str, value: Any) -> int:
    """Templates may have numbers as text."""
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ValidationException(f"{name} must be a number, not {value}.") from None


def _seconds(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValidationException(f"StartingPositionTimestamp must be a date and time, not {text}.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _tags(deployment: Deployment, properties: Properties) -> dict[str, str]:
    return deployment.tags | {key: str(value) for key, value in (properties.get("Tags") or {}).items()}


async def _at_rest(deployment: Deployment, name: str) -> Made:
    """The pipe once it has come to rest. Raises ValidationException when it failed to."""
    while True:
        shown = await deployment.call("pipes", "DescribePipe", {"Name": name})
        if not shown["CurrentState"].endswith("ING") or shown["CurrentState"] == "RUNNING":
            break
        await deployment.sleep(_POLLING_SECONDS)
    if shown["CurrentState"].endswith("FAILED"):
        raise ValidationException(f"Pipe {name} is in state {shown['CurrentState']}: {shown.get('StateReason', '')}")
    attributes = {member: str(shown[member]) for member in ("Arn", "CreationTime", "CurrentState", "LastModifiedTime")}
    return Made(name, {**attributes, "StateReason": shown.get("StateReason", "")})
