"""Tasks that invoke Lambda functions: by the function's ARN as the resource, and by `lambda:invoke`.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
"""

from typing import Any

import msgspec

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.ids import new_request_id
from serein.kernel.operation import Reply
from serein.kernel.scope import Scope
from serein.services.stepfunctions.failure import StateFailed
from serein.services.stepfunctions.tasks.failures import failure_of
from serein.services.stepfunctions.tasks.metadata import sdk_metadata
from serein.services.stepfunctions.tasks.requests import TaskRequest, call_service

_LONGEST_CAUSE = 32_768
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


async def invoke_function(call: Call, request: TaskRequest) -> Any:
    """Invoke the function that the resource is with the state's input; what it returns is the result."""
    resource = request.resource
    body = {"FunctionName": resource.arn, "Payload": _encode(request.parameters)}
    reply = await _invoke(call, request, body, Scope(resource.account, resource.region))
    return _value_of(reply["Payload"], None)


async def invoke(call: Call, request: TaskRequest) -> Any:
    """`lambda:invoke`: the result tells of the reply, too."""
    body = dict(request.parameters)
    if "Payload" in body:
        body["Payload"] = _encode(body["Payload"])
    reply = await _invoke(call, request, body)
    payload: bytes = reply.get("Payload", b"")
    request_id, version = new_request_id(), reply.get("ExecutedVersion")
    shown: dict[str, Any] = {"Payload": _value_of(payload, "")}
    headers = {}
    if version is not None:
        shown["ExecutedVersion"] = headers["X_Amz_Executed_Version"] = version
    headers["x_amzn_Remapped_Content_Length"] = "0"
    shown.update(sdk_metadata(call.now, request_id, "application/json", len(payload), **headers))
    shown["StatusCode"] = reply["StatusCode"]
    return shown


async def _invoke(call: Call, request: TaskRequest, body: dict[str, Any], scope: Scope | None = None) -> Reply:
    """Raises StateFailed when the function fails or can't be invoked."""
    try:
        reply = await call_service(call, request, "lambda", "Invoke", body, scope)
    except AwsError as error:
        raise failure_of(call.platform, "lambda", "Invoke", error) from error
    if "FunctionError" in reply:
        raise failure_in(reply["Payload"])
    return reply


def failure_in(payload: bytes) -> StateFailed:
    """AWS: the error is the `errorType` of what the function returned, the cause all of that, without spaces."""
    returned = _value_of(payload, None)
    text = (_encode(returned) if isinstance(returned, dict) else payload).decode("utf-8", "replace")[:_LONGEST_CAUSE]
    name = returned.get("errorType") if isinstance(returned, dict) else None
    if isinstance(name, str) and name:
        return StateFailed(name, text)
    return StateFailed(
        "Lambda.Unknown",
        f"The cause could not be determined because Lambda did not return an error type. Returned payload: {text}",
    )


def _value_of(payload: bytes, empty: Any) -> Any:
    """A payload's value; the text itself when it isn't JSON, which custom runtimes may return."""
    if not payload:
        return empty
    try:
        return _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return payload.decode("utf-8", "replace")
