"""One attempt to deliver a message to one subscription, by the subscription's protocol."""

from collections.abc import Awaitable, Callable
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.scope import Caller, Scope
from serein.services.sns import mail, push, texts
from serein.services.sns.endpoints import POST, post_request
from serein.services.sns.envelopes import function_event
from serein.services.sns.fanout import queue_request
from serein.services.sns.feedback import Outcome, log_outcome
from serein.services.sns.metrics import counts_of

Attempt = Callable[[Call, dict[str, Any], dict[str, Any]], Awaitable[None]]
_ENDPOINTS = frozenset({"http", "https"})


async def deliver(call: Call, packed: dict[str, Any], address: dict[str, Any]) -> None:
    """Make one attempt, count it, and log it if the topic wants that. Raises the target's AwsError."""
    protocol: str = address["Protocol"]
    began = call.now
    failure: AwsError | None = None
    try:
        await _ATTEMPTS[protocol](call, packed, address)
    except AwsError as error:
        failure = error
    counts = counts_of(call.platform)
    if failure is None:
        counts.add(packed["Topic"], "NumberOfNotificationsDelivered", 1)
    elif failure.is_sender_fault or protocol in _ENDPOINTS:
        counts.add(packed["Topic"], "NumberOfNotificationsFailed", 1)
    if "Feedback" in packed:
        await log_outcome(call, packed, address, Outcome(began, call.now, failure))
    if failure is not None:
        raise failure


async def _to_queue(call: Call, packed: dict[str, Any], address: dict[str, Any]) -> None:
    queue_arn: str = address["Endpoint"]
    await _call(call, packed, "sqs", "SendMessage", queue_request(packed, address, queue_arn), queue_arn)


async def _to_function(call: Call, packed: dict[str, Any], address: dict[str, Any]) -> None:
    request = {
        "FunctionName": address["Endpoint"],
        "InvocationType": "Event",
        "Payload": function_event(packed, address["Arn"]),
    }
    await _call(call, packed, "lambda", "Invoke", request, address["Endpoint"])


async def _call(
    call: Call, packed: dict[str, Any], service: str, operation: str, request: dict[str, Any], arn: str
) -> None:
    found = find_arn(arn)
    assert found is not None, "endpoints are checked when they are subscribed"
    scope = Scope(found.account, found.region)
    caller = Caller.of_service("sns", scope, packed["Topic"])
    await call.platform.call(service, operation, request, scope=scope, caller=caller, trace_id=call.trace_id)


async def _to_endpoint(call: Call, packed: dict[str, Any], address: dict[str, Any]) -> None:
    await call.to("sns", POST, post_request(packed, address))


_ATTEMPTS: dict[str, Attempt] = {
    "sqs": _to_queue,
    "lambda": _to_function,
    "http": _to_endpoint,
    "https": _to_endpoint,
    "email": mail.send_notification,
    "email-json": mail.send_notification,
    "sms": texts.send_notification,
    "application": push.send_notification,
}
