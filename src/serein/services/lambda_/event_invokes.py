"""Asynchronous invocations: settings, what happens after each attempt, and the documents that destinations get.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Platform
from serein.kernel.database import Delivery, Policy, Target, Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.runner import Outcome
from serein.services.lambda_.errors import invalid

DEFAULT_RETRIES = 2
DEFAULT_AGE_SECONDS = 21_600
_RETRY_SECONDS = (60.0, 120.0)
_THROTTLE_SECONDS = 300.0
_TARGETS = ("sqs", "sns", "lambda")
_SEND_POLICY = Policy(maximum_attempts=20, maximum_age_seconds=6 * 3600.0)
RETRIES_EXHAUSTED = "RetriesExhausted"
EVENT_AGE_EXCEEDED = "EventAgeExceeded"
ZERO_CONCURRENCY = "ZeroReservedConcurrency"
SUCCESS = "Success"


@dataclass(frozen=True, slots=True)
class EventInvoke:
    """An accepted event on its way to its function; the request of `InvokeQueued`."""

    function: str
    payload: bytes
    request_id: str
    trace_id: str
    accepted_at: float
    attempt: int
    """How many attempts have failed in the function."""
    throttles: int
    """How many attempts have been turned away."""

    @staticmethod
    def of(request: dict[str, Any]) -> "EventInvoke":
        return EventInvoke(
            request["FunctionName"],
            request["Payload"],
            request["RequestId"],
            request["TraceId"],
            request["AcceptedAt"],
            request["Attempt"],
            request["Throttles"],
        )

    def again(self, attempt: int, throttles: int) -> dict[str, Any]:
        """The request with which to call again."""
        return {
            "FunctionName": self.function,
            "Payload": self.payload,
            "RequestId": self.request_id,
            "TraceId": self.trace_id,
            "AcceptedAt": self.accepted_at,
            "Attempt": attempt,
            "Throttles": throttles,
        }


@dataclass(frozen=True, slots=True)
class EventSettings:
    """How a function's events are retried, and where they go at the end."""

    maximum_retries: int
    maximum_age_seconds: int
    on_success: str
    on_failure: str
    dead_letter: str


def settings_of(config: dict[str, Any], configuration: dict[str, Any]) -> EventSettings:
    """Settings from an event invoke config (may be empty) and the function's own record."""
    destinations = config.get("DestinationConfig", {})
    return EventSettings(
        config.get("MaximumRetryAttempts", DEFAULT_RETRIES),
        config.get("MaximumEventAgeInSeconds", DEFAULT_AGE_SECONDS),
        destinations.get("OnSuccess", {}).get("Destination", ""),
        destinations.get("OnFailure", {}).get("Destination", ""),
        configuration.get("DeadLetterConfig", {}).get("TargetArn", ""),
    )


def retry_seconds(event: EventInvoke) -> float:
    """How long to wait after a failed attempt: one minute, then two."""
    return _RETRY_SECONDS[min(event.attempt, len(_RETRY_SECONDS) - 1)]


def throttle_seconds(event: EventInvoke) -> float:
    """How long to wait after being turned away: one second, doubling to five minutes."""
    return min(2.0 ** min(event.throttles, 20), _THROTTLE_SECONDS)


def check_destination(platform: Platform, arn: str) -> None:
    """Raise InvalidParameterValueException or NotImplementedHere unless events can be sent there."""
    target = find_arn(arn)
    if target is None:
        raise invalid(f"The provided destination config DestinationConfig is invalid: {arn} is not an ARN")
    if target.service not in _TARGETS:
        raise NotImplementedHere(f"Serein does not deliver to destinations in {target.service} ({arn})")


def send_result(
    tx: Transaction,
    platform: Platform,
    destination: str,
    event: EventInvoke,
    condition: str,
    outcome: Outcome | None,
    version: str,
) -> None:
    """Owe a destination the document about an invocation's end."""
    arn = event.function if event.function.count(":") > 6 else f"{event.function}:$LATEST"
    count = event.attempt if condition != SUCCESS else event.attempt + 1
    document: dict[str, Any] = {
        "version": "1.0",
        "timestamp": iso_time(tx.now),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": arn,
            "condition": condition,
            "approximateInvokeCount": count,
        },
        "requestPayload": _json_or_text(event.payload),
    }
    if outcome is not None:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": version}
        if outcome.function_error:
            context["functionError"] = outcome.function_error
        document["responseContext"] = context
        document["responsePayload"] = _json_or_text(outcome.payload)
    tx.send(delivery_to(platform, destination, json.dumps(document)))


def send_dead_letter(
    tx: Transaction, platform: Platform, target: str, event: EventInvoke, outcome: Outcome | None, error_code: str
) -> None:
    """Owe a dead-letter queue or topic the event itself, with what went wrong as attributes."""
    message = error_code
    if outcome is not None:
        error = _json_or_text(outcome.payload)
        message = error.get("errorMessage", "") if isinstance(error, dict) else ""
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": event.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200" if outcome is not None else "429"},
        "ErrorMessage": {"DataType": "String", "StringValue": (str(message) or "Unknown")[:1024]},
    }
    tx.send(delivery_to(platform, target, event.payload.decode("utf-8", "replace"), attributes))


def delivery_to(platform: Platform, destination: str, text: str, attributes: dict[str, Any] | None = None) -> Delivery:
    """The delivery of a text to a queue, a topic or a function."""
    arn = find_arn(destination)
    if arn is None:
        raise invalid(f"{destination} is not an ARN")
    extra = {"MessageAttributes": attributes} if attributes else {}
    if arn.service == "sqs":
        request = {"QueueUrl": queue_url(platform, arn), "MessageBody": text, **extra}
        return Delivery(Target("sqs", "SendMessage", arn.scope), request, _SEND_POLICY)
    if arn.service == "sns":
        return Delivery(
            Target("sns", "Publish", arn.scope), {"TopicArn": destination, "Message": text, **extra}, _SEND_POLICY
        )
    return Delivery(
        Target("lambda", "Invoke", arn.scope),
        {"FunctionName": destination, "InvocationType": "Event", "Payload": text.encode()},
        _SEND_POLICY,
    )


def queue_url(platform: Platform, arn: Arn) -> str:
    return f"{platform.limits.endpoint}/{arn.account}/{arn.resource}"


def iso_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _json_or_text(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode("utf-8", "replace")
