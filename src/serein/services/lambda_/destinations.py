"""Destinations of asynchronous invocations: which there can be, and the document that each gets in its own way.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import json
from datetime import UTC, datetime
from typing import Any

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Platform
from serein.kernel.database import DeadLetter, Delivery, Policy, Target, Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.ids import new_uuid
from serein.kernel.runner import Outcome
from serein.services.lambda_.errors import invalid
from serein.services.lambda_.event_invokes import iso_time, queue_url
from serein.services.lambda_.names import LATEST, FunctionReference, function_arn, parse_reference
from serein.services.lambda_.store import functions
from serein.services.lambda_.store.events import Event

SUCCESS = "Success"
_FAILURES_ONLY = "s3"
_SERVICES = frozenset({"sqs", "sns", "lambda", "events", _FAILURES_ONLY})
_ATTEMPTS, _AGE_SECONDS = 20, 6 * 3600.0
_BACKOFF = (1, 2, 4, 8, 16, 32, 60)
_LONGEST_ERROR = 1024


def check_destinations(
    tx: Transaction, platform: Platform, function: FunctionReference, config: dict[str, dict[str, str]]
) -> None:
    """Raise InvalidParameterValueException or NotImplementedHere unless results of `function` can be sent there."""
    for side, destination in config.items():
        arn = find_arn(destination["Destination"])
        if arn is None or not _is_possible(arn, side):
            raise _invalid_config(config)
        if arn.service == "lambda":
            _check_function(tx, function, str(arn))
        elif platform.catalog.find_service(arn.service) is None:
            raise NotImplementedHere(f"Serein has no {arn.service} yet to deliver to ({arn})")


def _is_possible(arn: Arn, side: str) -> bool:
    """AWS: neither FIFO queues nor FIFO topics, and buckets for failures only."""
    if arn.service == _FAILURES_ONLY:
        return side == "OnFailure"
    return arn.service in _SERVICES and not arn.resource.endswith(".fifo")


def _check_function(tx: Transaction, function: FunctionReference, arn: str) -> None:
    target = parse_reference(function.scope, arn)
    if (target.scope, target.name) == (function.scope, function.name):
        raise invalid("You can't specify the function as a destination for itself.")
    if target.scope == function.scope and functions.find_function(tx, target.scope, target.name) is None:
        raise invalid(f"The destination ARN {arn} is invalid.")


def _invalid_config(config: dict[str, dict[str, str]]) -> Exception:
    shown = [
        f"{side}={name}(destination={config[name]['Destination']})" if name in config else f"{side}=null"
        for side, name in (("onSuccess", "OnSuccess"), ("onFailure", "OnFailure"))
    ]
    return invalid(f"The provided destination config DestinationConfig({', '.join(shown)}) is invalid.")


def send_result(
    tx: Transaction,
    platform: Platform,
    destination: str,
    event: Event,
    condition: str,
    outcome: Outcome | None,
    version: str,
) -> None:
    """Owe a destination the document about an invocation's end."""
    reference = event.reference
    arn = function_arn(reference.scope, reference.name, reference.qualifier or LATEST)
    document: dict[str, Any] = {
        "version": "1.0",
        "timestamp": iso_time(tx.now),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": arn,
            "condition": condition,
            "approximateInvokeCount": event.attempt + (condition == SUCCESS),
        },
        "requestPayload": _json_or_text(event.payload),
    }
    if outcome is not None:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": version}
        if outcome.function_error:
            context["functionError"] = outcome.function_error
        document["responseContext"] = context
        document["responsePayload"] = _json_or_text(outcome.payload)
    text = json.dumps(document, separators=(",", ":"))
    tx.send(_delivery(platform, destination, text, event, tx.now, arn, is_success=condition == SUCCESS))


def send_dead_letter(
    tx: Transaction, platform: Platform, target: str, event: Event, outcome: Outcome | None, error_code: str
) -> None:
    """Owe a dead-letter queue or topic the event itself, with what went wrong as attributes."""
    message = error_code
    if outcome is not None:
        error = _json_or_text(outcome.payload)
        message = error.get("errorMessage", "") if isinstance(error, dict) else ""
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": event.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200" if outcome is not None else "429"},
        "ErrorMessage": {"DataType": "String", "StringValue": (str(message) or "Unknown")[:_LONGEST_ERROR]},
    }
    arn = find_arn(target)
    assert arn is not None, "it is checked when it is configured"
    text = event.payload.decode("utf-8", "replace")
    policy = _policy(event, "DeadLetterErrors")
    tx.send(_to_queue_or_topic(platform, arn, text, event, policy, {"MessageAttributes": attributes}))


def _policy(event: Event, metric: str) -> Policy:
    """How a document is sent; one that can't be sent is counted."""
    reference = event.reference
    letter = {"FunctionName": reference.name, "Qualifier": reference.qualifier, "Metric": metric}
    given_up = DeadLetter(Target("lambda", "CountUndelivered", reference.scope), letter, error_member="Error")
    return Policy(_ATTEMPTS, _BACKOFF, _AGE_SECONDS, dead_letter=given_up)


def _delivery(
    platform: Platform, destination: str, text: str, event: Event, now: float, function: str, *, is_success: bool
) -> Delivery:
    arn = find_arn(destination)
    assert arn is not None, "it is checked when it is configured"
    policy, trace_id = _policy(event, "DestinationDeliveryFailures"), event.trace_id
    if arn.service == "lambda":
        request: dict[str, Any] = {"FunctionName": destination, "InvocationType": "Event", "Payload": text.encode()}
        return Delivery(Target("lambda", "Invoke", arn.scope, trace_id), request, policy)
    if arn.service == "events":
        result = "Success" if is_success else "Failure"
        entry = {
            "Source": "lambda",
            "DetailType": f"Lambda Function Invocation Result - {result}",
            "Resources": [function, destination],
            "Detail": text,
            "EventBusName": destination,
            "Time": now,
        }
        return Delivery(Target("events", "PutEvents", arn.scope, trace_id), {"Entries": [entry]}, policy)
    if arn.service == _FAILURES_ONLY:
        request = {"Bucket": arn.resource, "Key": record_key(event.reference.name, now, new_uuid()), "Record": text}
        return Delivery(Target("lambda", "PutRecord", event.reference.scope, trace_id), request, policy)
    return _to_queue_or_topic(platform, arn, text, event, policy, {})


def _to_queue_or_topic(
    platform: Platform, arn: Arn, text: str, event: Event, policy: Policy, extra: dict[str, Any]
) -> Delivery:
    if arn.service == "sqs":
        request = {"QueueUrl": queue_url(platform, arn), "MessageBody": text, **extra}
        return Delivery(Target("sqs", "SendMessage", arn.scope, event.trace_id), request, policy)
    request = {"TopicArn": str(arn), "Message": text, **extra}
    return Delivery(Target("sns", "Publish", arn.scope, event.trace_id), request, policy)


def record_key(function: str, now: float, unique: str) -> str:
    """The name of the object that a bucket gets."""
    at = datetime.fromtimestamp(now, UTC)
    return f"aws/lambda/async/{function}/{at:%Y/%m/%d}/{at:%Y-%m-%dT%H.%M.%S}-{unique}"


def _json_or_text(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode("utf-8", "replace")
