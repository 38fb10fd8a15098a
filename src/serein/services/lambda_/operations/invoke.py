"""Invoke: run a function and wait for its reply, or queue an event for it."""

import base64

import msgspec

from serein.kernel.call import Call
from serein.kernel.database import Delivery, Policy, Target, Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.runner import Invocation
from serein.services.lambda_.errors import (
    InvalidRequestContentException,
    RequestTooLargeException,
)
from serein.services.lambda_.invocation import Executable, require_executable, run
from serein.services.lambda_.names import parse_reference

_decode = msgspec.json.Decoder(msgspec.Raw).decode
_MAXIMUM_BYTES = 6_291_456
_MAXIMUM_EVENT_BYTES = 1_048_576
QUEUE_POLICY = Policy(maximum_attempts=1_000_000, maximum_age_seconds=30 * 86_400, retries_sender_faults=True)


@operation("Invoke", partial="durable executions and tenants are missing", stored=("DurableExecutionName", "TenantId"))
async def invoke(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"], request.get("Qualifier", ""))
    payload: bytes = request.get("Payload") or b""
    kind = request.get("InvocationType", "RequestResponse")
    limit = _MAXIMUM_EVENT_BYTES if kind == "Event" else _MAXIMUM_BYTES
    if len(payload) > limit:
        raise RequestTooLargeException(
            f"{len(payload)} byte payload is too large for the {kind} invocation type (limit {limit} bytes)",
            Type="User",
        )
    if payload:
        _check_json(payload)
    executable = await require_executable(call.platform, reference)
    if kind == "DryRun":
        return {"StatusCode": 204, "ExecutedVersion": executable.version}
    if kind == "Event":
        return await _queue(call, executable, payload)
    context = request.get("ClientContext", "")
    invocation = Invocation(
        call.request_id,
        payload or b"{}",
        _client_context(context) if context else "",
        call.trace_id,
        needs_report=request.get("LogType") == "Tail",
    )
    outcome = await run(call.platform, executable, invocation)
    reply: Reply = {"StatusCode": 200, "ExecutedVersion": executable.version, "Payload": outcome.payload}
    if outcome.function_error:
        reply["FunctionError"] = outcome.function_error
    if request.get("LogType") == "Tail":
        reply["LogResult"] = base64.b64encode(outcome.log_tail).decode()
    return reply


async def _queue(call: Call, executable: Executable, payload: bytes) -> Reply:
    """Accept an event: answered once the delivery that will run it is durable."""
    reference = executable.reference
    request = {
        "FunctionName": reference.arn,
        "Payload": payload or b"{}",
        "RequestId": call.request_id,
        "TraceId": call.trace_id,
        "AcceptedAt": call.now,
        "Attempt": 0,
        "Throttles": 0,
    }

    def send(tx: Transaction) -> None:
        tx.send(Delivery(Target("lambda", "InvokeQueued", reference.scope), request, QUEUE_POLICY))

    await call.write(send)
    return {"StatusCode": 202, "Payload": b""}


def _check_json(payload: bytes) -> None:
    """Raise InvalidRequestContentException when a payload isn't JSON."""
    try:
        _decode(payload)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidRequestContentException(
            f"Could not parse request body into json: Could not parse payload into json: {error}", Type="User"
        ) from None


def _client_context(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        raise InvalidRequestContentException(
            "Client context must be a valid Base64-encoded JSON object.", Type="User"
        ) from None
