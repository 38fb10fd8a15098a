"""The optimized integrations of DynamoDB, SQS, SNS and EventBridge.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html, …/connect-sqs.html, …/connect-sns.html,
…/connect-eventbridge.html
"""

from typing import Any

import msgspec

from serein.kernel.call import Call
from serein.kernel.documents import Spelling
from serein.kernel.errors import AwsError
from serein.kernel.ids import new_request_id
from serein.kernel.operation import Request
from serein.services.stepfunctions.failure import StateFailed
from serein.services.stepfunctions.tasks.failures import bad_parameters, failure_of
from serein.services.stepfunctions.tasks.metadata import sdk_metadata
from serein.services.stepfunctions.tasks.requests import TaskRequest, call_service

_JSON, _XML = "application/x-amz-json-1.0", "text/xml"
_ATTRIBUTES = frozenset({"Item", "Key", "ExpressionAttributeValues"})
"""The members of requests that have attributes by names."""
_BOOLEANS = {"true": True, "false": False}
_encode = msgspec.json.Encoder().encode


async def call_table(call: Call, request: TaskRequest) -> Any:
    """DynamoDB's `getItem`, `putItem`, `updateItem` and `deleteItem`: items in DynamoDB's own JSON."""
    action, parameters = request.resource.action, dict(request.parameters)
    for name in _ATTRIBUTES & parameters.keys():
        parameters[name] = _attributes(parameters[name])
    return await _submit(call, request, "dynamodb", action[0].upper() + action[1:], parameters, _JSON)


def _attributes(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    return {name: _attribute(value) for name, value in given.items() if value is not None}


def _attribute(value: Any) -> Any:
    """A value as DynamoDB takes it.

    AWS: a text alone is an attribute of that text, and a text will do for a BOOL: several of AWS's own sample machines
    put items so (https://github.com/aws-samples/step-functions-workflows-collection: human-task-reminder,
    curbside-pickup, parallel-translate, quorum-with-parallel-pattern).
    """
    if isinstance(value, str):
        return {"S": value}
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((kind, content),) = value.items()
    if kind == "BOOL" and isinstance(content, str) and content in _BOOLEANS:
        return {kind: _BOOLEANS[content]}
    if kind == "L" and isinstance(content, list):
        return {kind: [_attribute(each) for each in content]}
    return {kind: _attributes(content)} if kind == "M" else value


async def send_message(call: Call, request: TaskRequest) -> Any:
    parameters = _with_text(request.parameters, "MessageBody")
    return await _submit(call, request, "sqs", "SendMessage", parameters, _JSON)


async def publish(call: Call, request: TaskRequest) -> Any:
    parameters = _with_text(request.parameters, "Message")
    return await _submit(call, request, "sns", "Publish", parameters, _XML)


async def put_events(call: Call, request: TaskRequest) -> Any:
    """AWS: entries get the execution and its machine as resources; one that isn't taken fails the task."""
    entries = request.parameters["Entries"]
    own = [request.execution_arn, request.machine_arn]
    if isinstance(entries, list):
        entries = [_with_own(entry, own) for entry in entries]
    parameters = {"Entries": entries}
    shown = await _submit(call, request, "events", "PutEvents", parameters, "application/x-amz-json-1.1")
    if shown.get("FailedEntryCount"):
        told = {name: shown[name] for name in ("Entries", "FailedEntryCount")}
        raise StateFailed("EventBridge.FailedEntry", _encode(told).decode())
    return shown


def _with_own(entry: Any, own: list[str]) -> Any:
    if not isinstance(entry, dict):
        return entry
    given = entry.get("Resources")
    return {**_with_text(entry, "Detail"), "Resources": (given if isinstance(given, list) else []) + own}


def _with_text(parameters: dict[str, Any], name: str) -> dict[str, Any]:
    """The parameters with JSON text for a member that is text in the API."""
    if name not in parameters or isinstance(parameters[name], str):
        return parameters
    return {**parameters, name: _encode(parameters[name]).decode()}


async def _submit(
    call: Call, request: TaskRequest, service: str, operation: str, parameters: Any, content_type: str
) -> dict[str, Any]:
    """Call the operation, and show its reply as the SDK does. Raises StateFailed."""
    documents = call.platform.documents
    assert documents is not None, "the gateway is there before anything runs"
    body: Request
    body, faults = documents.request(service, operation, parameters, Spelling.MODEL)
    if faults:
        raise bad_parameters(request.parameters, faults)
    try:
        reply = await call_service(call, request, service, operation, body)
    except AwsError as error:
        raise failure_of(call.platform, service, operation, error) from error
    shown = documents.reply(service, operation, reply, Spelling.MODEL)
    shown.update(sdk_metadata(call.now, new_request_id(), content_type, len(_encode(shown))))
    return shown
