"""One attempt to deliver a message to one subscription, by the subscription's protocol."""

from collections.abc import Awaitable, Callable
from typing import Any

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply
from serein.kernel.scope import Caller, Scope
from serein.services.sns import mail, push, texts
from serein.services.sns.endpoints import POST, post_request
from serein.services.sns.envelopes import function_event, stream_line
from serein.services.sns.fanout import queue_request, scope_of
from serein.services.sns.feedback import Outcome, log_outcome
from serein.services.sns.metrics import counts_of
from serein.services.sns.queues import send_to_each

Attempt = Callable[[Call, dict[str, Any], dict[str, Any]], Awaitable[None]]
_ENDPOINTS = frozenset({"http", "https"})


async def deliver(call: Call, packed: dict[str, Any], address: dict[str, Any]) -> None:
    """Make one attempt, count it, and log it if the topic wants that. Raises the target's AwsError."""
    began = call.now
    failure: AwsError | None = None
    try:
        await _ATTEMPTS[address["Protocol"]](call, packed, address)
    except AwsError as error:
        failure = error
    await _record(call, packed, address, Outcome(began, call.now, failure))
    if failure is not None:
        raise failure


async def deliver_to_queues(
    call: Call, packed: dict[str, Any], addresses: list[dict[str, Any]]
) -> list[AwsError | None]:
    """Make one attempt at each of several queues, all in one transaction, and log them if the topic wants that.

    Returns what went wrong, for each of the queues.
    """
    began = call.now
    failures = await call.write(lambda tx: send_to_each(tx, call, packed, addresses))
    for address, failure in zip(addresses, failures, strict=True) if "Feedback" in packed else ():
        await log_outcome(call, packed, address, Outcome(began, call.now, failure))
    return failures


async def _record(call: Call, packed: dict[str, Any], address: dict[str, Any], outcome: Outcome) -> None:
    """Count an attempt, and log it if the topic wants that."""
    counts, failure = counts_of(call.platform), outcome.failure
    if failure is None:
        counts.add(packed["Topic"], "NumberOfNotificationsDelivered", 1)
    elif failure.is_sender_fault or address["Protocol"] in _ENDPOINTS:
        counts.add(packed["Topic"], "NumberOfNotificationsFailed", 1)
    if "Feedback" in packed:
        await log_outcome(call, packed, address, outcome)


async def _to_queue(call: Call, packed: dict[str, Any], address: dict[str, Any]) -> None:
    queue_arn: str = address["Endpoint"]
    await _call(call, packed, scope_of(queue_arn), "sqs", "SendMessage", queue_request(packed, address, queue_arn))


async def _to_function(call: Call, packed: dict[str, Any], address: dict[str, Any]) -> None:
    request = {
        "FunctionName": address["Endpoint"],
        "InvocationType": "Event",
        "Payload": function_event(packed, address["Arn"]),
    }
    await _call(call, packed, scope_of(address["Endpoint"]), "lambda", "Invoke", request)


async def _to_stream(call: Call, packed: dict[str, Any], address: dict[str, Any]) -> None:
    arn: str = address["Endpoint"]
    line = stream_line(packed, address["Arn"], is_raw=address["IsRaw"])
    request = {"DeliveryStreamName": arn.rpartition("/")[2], "Record": {"Data": line}}
    await _call(call, packed, scope_of(arn), "firehose", "PutRecord", request)


async def _call(
    call: Call, packed: dict[str, Any], scope: Scope, service: str, operation: str, request: dict[str, Any]
) -> Reply:
    caller = Caller.of_service("sns", scope, packed["Topic"])
    return await call.platform.call(service, operation, request, scope=scope, caller=caller, trace_id=call.trace_id)


async def _to_endpoint(call: Call, packed: dict[str, Any], address: dict[str, Any]) -> None:
    await call.to("sns", POST, post_request(packed, address))


_ATTEMPTS: dict[str, Attempt] = {
    "sqs": _to_queue,
    "lambda": _to_function,
    "firehose": _to_stream,
    "http": _to_endpoint,
    "https": _to_endpoint,
    "email": mail.send_notification,
    "email-json": mail.send_notification,
    "sms": texts.send_notification,
    "application": push.send_notification,
}
