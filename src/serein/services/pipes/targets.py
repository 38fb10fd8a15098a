"""Targets and enrichments: which there are, what a pipe may say of each, and how many events each takes at once.

AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html,
…/eb-pipes-batching-concurrency.html
"""

from typing import Any, NamedTuple

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Platform
from serein.kernel.errors import NotImplementedHere
from serein.kernel.scope import Scope
from serein.services.pipes.errors import invalid
from serein.services.pipes.templates import check_template


class Kind(NamedTuple):
    """A kind of target or enrichment."""

    service: str
    operation: str
    """What it is called through."""
    member: str = ""
    """Its own member of the parameters."""
    most: int | None = None
    """How many events a call takes; None for as many as one likes."""


HTTP = Kind("events", "CallHttpTarget", "HttpParameters", 1)
"""API destinations, and routes of APIs."""
_LAMBDA = Kind("lambda", "Invoke", "LambdaFunctionParameters")
_TARGETS = {
    "lambda": _LAMBDA,
    "sqs": Kind("sqs", "SendMessageBatch", "SqsQueueParameters", 10),
    "sns": Kind("sns", "PublishBatch", "", 10),
    "kinesis": Kind("kinesis", "PutRecords", "KinesisStreamParameters", 500),
    "firehose": Kind("firehose", "PutRecordBatch", "", 500),
    "events": Kind("events", "PutEvents", "EventBridgeEventBusParameters", 10),
    "logs": Kind("logs", "AppendLines", "CloudWatchLogsParameters", 10_000),
    "execute-api": HTTP,
    "states": Kind("stepfunctions", "StartExecution", "StepFunctionStateMachineParameters"),
}
_MISSING = "Missing required parameter."


def kind_of_target(arn: Arn) -> Kind | None:
    if arn.service == "events" and arn.resource.startswith("api-destination/"):
        return HTTP
    return _TARGETS.get(arn.service)


def kind_of_enrichment(arn: Arn) -> Kind | None:
    if arn.service == "execute-api" or (arn.service == "events" and arn.resource.startswith("api-destination/")):
        return HTTP
    if arn.service == "states":
        return Kind("stepfunctions", "StartSyncExecution")
    return _LAMBDA if arn.service == "lambda" else None


def require_target(platform: Platform, scope: Scope, text: str, parameters: dict[str, Any]) -> Kind:
    """A target, checked with its parameters. Raises ValidationException and NotImplementedHere."""
    arn = _require_arn("Target", text)
    kind = kind_of_target(arn)
    if kind is None:
        raise NotImplementedHere(f"Serein does not implement pipes to targets in {arn.service} ({text})")
    platform.require_operation(kind.service, kind.operation)
    for name in parameters:
        if name not in (kind.member, "InputTemplate"):
            raise invalid((f"TargetParameters.{name}", f"The parameter is not supported for the target {text}."))
    own = parameters.get(kind.member) or {}
    if arn.service == "kinesis" and "PartitionKey" not in own:
        raise invalid((f"TargetParameters.{kind.member}.PartitionKey", _MISSING))
    if arn.service == "sns" and arn.resource.endswith(".fifo"):
        # AWS: "SNS FIFO topics not supported" (the page on targets)
        raise invalid(("Target", f"{text} is a FIFO topic, which pipes do not support."))
    if arn.service == "events":
        if (arn.account, arn.region) != (scope.account, scope.region):
            raise invalid(("Target", f"{text} must be in the pipe's account and region."))
        if "EndpointId" in own:
            raise NotImplementedHere("Serein does not implement global endpoints (EndpointId)")
    _check_own_template("TargetParameters", parameters)
    return kind


def require_enrichment(platform: Platform, text: str, parameters: dict[str, Any]) -> Kind:
    """An enrichment, checked with its parameters. Raises ValidationException and NotImplementedHere."""
    arn = _require_arn("Enrichment", text)
    kind = kind_of_enrichment(arn)
    if kind is None:
        raise invalid(("Enrichment", f"{text} is not a supported enrichment."))
    platform.require_operation(kind.service, kind.operation)
    if parameters.get("HttpParameters") and kind is not HTTP:
        raise invalid(("EnrichmentParameters.HttpParameters", f"The parameter is not supported for {text}."))
    _check_own_template("EnrichmentParameters", parameters)
    return kind


def _require_arn(member: str, text: str) -> Arn:
    arn = find_arn(text)
    if arn is None:
        raise invalid((member, f"{text} is not an ARN."))
    return arn


def _check_own_template(member: str, parameters: dict[str, Any]) -> None:
    if parameters.get("InputTemplate"):
        check_template(f"{member}.InputTemplate", parameters["InputTemplate"])
