"""First-class integrations: an HTTP API calls a service's operation with parameters taken from the request.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from serein.execute_api.aws_services import ServiceRequest, ServiceUri
from serein.kernel.errors import NotImplementedHere
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.selections import Selection, Sources

Parameters = dict[str, str]
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Subtype:
    """One operation that can be integrated."""

    service: str
    """As in the service's host name."""
    action: str
    required: frozenset[str]
    optional: frozenset[str]
    body: Callable[["Subtype", Parameters], bytes]
    content_type: str = "application/x-amz-json-1.1"


def _json(_: Subtype, given: Parameters) -> bytes:
    return json.dumps(given).encode()


def _event(_: Subtype, given: Parameters) -> bytes:
    entry: dict[str, Any] = dict(given)
    if "Resources" in entry:
        entry["Resources"] = _structure("Resources", entry["Resources"], list)
    if "Time" in entry:
        entry["Time"] = _seconds(entry["Time"])
    return json.dumps({"Entries": [entry]}).encode()


def _form(subtype: Subtype, given: Parameters) -> bytes:
    fields: list[tuple[str, str]] = [("Action", subtype.action), ("Version", "2012-11-05")]
    for name, text in given.items():
        if name in ("MessageAttributes", "MessageSystemAttributes"):
            fields += _attribute_fields(name.removesuffix("s"), _structure(name, text, dict))
        elif name in ("AttributeNames", "MessageAttributeNames"):
            listed = _structure(name, text, list) if text.lstrip().startswith("[") else text.split(",")
            prefix = name.removesuffix("s")
            fields += [(f"{prefix}.{number}", str(each).strip()) for number, each in enumerate(listed, 1)]
        else:
            fields.append((name, text))
    return urlencode(fields).encode()


def _attribute_fields(prefix: str, attributes: dict[str, Any]) -> list[tuple[str, str]]:
    fields = []
    for number, (name, value) in enumerate(attributes.items(), 1):
        fields.append((f"{prefix}.{number}.Name", name))
        if isinstance(value, dict):
            fields += [(f"{prefix}.{number}.Value.{member}", str(each)) for member, each in value.items()]
    return fields


def _structure(name: str, text: str, kind: type) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequestException(f"{name} must be JSON") from error
    if not isinstance(found, kind):
        raise BadRequestException(f"{name} must be a JSON {'array' if kind is list else 'object'}")
    return found


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise BadRequestException("Time must be a timestamp") from error


def _subtype(
    service: str, action: str, required: str, optional: str, body: Callable[[Subtype, Parameters], bytes] = _json
) -> Subtype:
    return Subtype(
        service,
        action,
        frozenset(required.split()),
        frozenset([*optional.split(), "Region"]),
        body,
        _FORM
        if body is _form
        else "application/x-amz-json-1.0"
        if service == "states"
        else "application/x-amz-json-1.1",
    )


SUBTYPES: dict[str, Subtype] = {
    "EventBridge-PutEvents": _subtype(
        "events", "PutEvents", "Detail DetailType Source", "Time EventBusName Resources TraceHeader", _event
    ),
    "SQS-SendMessage": _subtype(
        "sqs",
        "SendMessage",
        "QueueUrl MessageBody",
        "DelaySeconds MessageAttributes MessageDeduplicationId MessageGroupId MessageSystemAttributes",
        _form,
    ),
    "SQS-ReceiveMessage": _subtype(
        "sqs",
        "ReceiveMessage",
        "QueueUrl",
        "AttributeNames MaxNumberOfMessages MessageAttributeNames ReceiveRequestAttemptId VisibilityTimeout"
        " WaitTimeSeconds",
        _form,
    ),
    "SQS-DeleteMessage": _subtype("sqs", "DeleteMessage", "ReceiptHandle QueueUrl", "", _form),
    "SQS-PurgeQueue": _subtype("sqs", "PurgeQueue", "QueueUrl", "", _form),
    "Kinesis-PutRecord": _subtype(
        "kinesis", "PutRecord", "StreamName Data PartitionKey", "SequenceNumberForOrdering ExplicitHashKey"
    ),
    "StepFunctions-StartExecution": _subtype("states", "StartExecution", "StateMachineArn", "Name Input TraceHeader"),
    "StepFunctions-StartSyncExecution": _subtype(
        "states", "StartSyncExecution", "StateMachineArn", "Name Input TraceHeader"
    ),
    "StepFunctions-StopExecution": _subtype("states", "StopExecution", "ExecutionArn", "Cause Error"),
    "AppConfig-GetConfiguration": _subtype(
        "appconfig",
        "GetConfiguration",
        "Application Environment Configuration ClientId",
        "ClientConfigurationVersion",
    ),
}


def require_subtype(name: str, parameters: dict[str, Any], version: str | None) -> Subtype:
    """The subtype of an integration to be made. Raises BadRequestException for parameters that it doesn't have."""
    if version not in (None, "1.0"):
        raise BadRequestException("Invalid PayloadFormatVersion specified. Service integrations support only 1.0")
    found = SUBTYPES.get(name)
    if found is None:
        raise BadRequestException(f"Invalid integration subtype specified: {name}")
    missing = sorted(found.required - set(parameters))
    if missing:
        raise BadRequestException(f"Parameters: ({', '.join(missing)}) are required for {name}")
    unknown = sorted(set(parameters) - found.required - found.optional)
    if unknown:
        raise BadRequestException(f"Parameters: ({', '.join(unknown)}) are not valid for {name}")
    return found


def service_request(subtype: Subtype, parameters: dict[str, Selection], sources: Sources) -> ServiceRequest:
    """The request that an integration makes of a request to the API.

    Raises BadRequestException for a parameter that is no such thing, NotImplementedHere for a service that isn't here.
    """
    if subtype.service == "appconfig":
        raise NotImplementedHere("Serein does not implement AppConfig")
    given = {name: value for name, select in parameters.items() if (value := select(sources)) is not None}
    region = given.pop("Region", "")
    given = {_member(subtype, name): value for name, value in given.items()}
    uri = ServiceUri(region, subtype.service, "", subtype.action, "")
    # AWS: SQS answers in XML here, which it does for whoever doesn't ask for JSON.
    headers = {"content-type": subtype.content_type, "accept": "*/*"}
    return ServiceRequest(uri, "POST", "", headers, subtype.body(subtype, given))


def _member(subtype: Subtype, name: str) -> str:
    """The member's name in the service's own API."""
    if subtype.service != "states":
        return name
    return "traceHeader" if name == "TraceHeader" else name[0].lower() + name[1:]
