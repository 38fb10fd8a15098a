"""One delivery: the call of a target, the retries of its policy, and the dead-letter queue after the last.

AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

import logging
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.errors import AwsError, NotImplementedHere, Reschedule, UnknownOperation
from serein.kernel.ids import random_fraction
from serein.kernel.scope import Caller
from serein.kernel.targets import queue_url
from serein.services.events.errors import DeliveryFailed
from serein.services.events.inputs import input_of
from serein.services.events.invocations import call_target

log = logging.getLogger("serein.events")
MOST_ATTEMPTS = 185
OLDEST_SECONDS = 86_400
_LONGEST_WAIT_SECONDS = 480.0
_THROTTLING = ("Throttl", "TooManyRequests", "ThroughputExceeded", "LimitExceeded", "OverLimit")
_MISSING = ("NotFound", "NonExistent", "DoesNotExist", "NoSuch", "NotExist")
_FORBIDDEN = ("AccessDenied", "AuthorizationError", "Unauthorized", "Forbidden")


async def deliver(call: Call, request: dict[str, Any]) -> None:
    """Bring an event to a target. Raises Reschedule when it has to be tried again."""
    target, attempts = request["Target"], request.get("Attempts", 0)
    try:
        text = input_of(target, request["Event"], request["Rule"], request["IngestedAt"])
        await call_target(call, request, text)
    except DeliveryFailed as error:
        failure = error
    except AwsError as error:
        failure = failure_of(error)
    else:
        return
    policy = target.get("RetryPolicy") or {}
    most = policy.get("MaximumRetryAttempts", MOST_ATTEMPTS)
    exhausted = ""
    if failure.is_retriable:
        wait = wait_after(attempts)
        oldest = policy.get("MaximumEventAgeInSeconds", OLDEST_SECONDS)
        if attempts >= most:
            exhausted = "MaximumRetryAttempts"
        elif call.now + wait - request["IngestedAt"] > oldest:
            exhausted = "MaximumEventAgeInSeconds"
        else:
            # A slot of a rate limit is good for one attempt.
            again = {member: value for member, value in request.items() if member != "HasSlot"}
            raise Reschedule(wait, {**again, "Attempts": attempts + 1})
    await _give_up(call, request, failure, exhausted)


def wait_after(attempts: int) -> float:
    """Seconds before the next attempt: exponential, with jitter; about a day for all of them."""
    return float(min(2.0 ** min(attempts, 20), _LONGEST_WAIT_SECONDS) * (0.5 + random_fraction() / 2))


def failure_of(error: AwsError) -> DeliveryFailed:
    """What an error of a service means to a delivery."""
    if isinstance(error, NotImplementedHere | UnknownOperation):
        return DeliveryFailed("SDK_CLIENT_ERROR", error.message, is_retriable=False)
    if any(part in error.code for part in _THROTTLING):
        return DeliveryFailed("THROTTLING", error.message, is_retriable=True)
    if not error.is_sender_fault:
        return DeliveryFailed("INTERNAL_ERROR", error.message, is_retriable=True)
    if any(part in error.code for part in _MISSING):
        return DeliveryFailed("NO_RESOURCE", error.message, is_retriable=False)
    if any(part in error.code for part in _FORBIDDEN):
        return DeliveryFailed("NO_PERMISSIONS", error.message, is_retriable=False)
    if "Invalid" in error.code or "Validation" in error.code:
        return DeliveryFailed("INVALID_PARAMETER", error.message, is_retriable=False)
    return DeliveryFailed("ERROR_FROM_TARGET", error.message, is_retriable=False)


async def _give_up(call: Call, request: dict[str, Any], failure: DeliveryFailed, exhausted: str) -> None:
    target = request["Target"]
    letters = find_arn((target.get("DeadLetterConfig") or {}).get("Arn", ""))
    if letters is None:
        log.warning("an event for %s is dropped: %s: %s", target["Arn"], failure.error_code, failure.message)
        return
    attributes = {
        "ERROR_CODE": failure.error_code,
        "ERROR_MESSAGE": failure.message or failure.error_code,
        "RULE_ARN": request["Rule"],
        "TARGET_ARN": target["Arn"],
        **({"EXHAUSTED_RETRY_CONDITION": exhausted} if exhausted else {}),
    }
    described = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    if exhausted:
        described["RETRY_ATTEMPTS"] = {"DataType": "Number", "StringValue": str(request.get("Attempts", 0))}
    letter = {
        "QueueUrl": queue_url(call.platform.limits.endpoint, letters),
        "MessageBody": request["Event"],
        "MessageAttributes": described,
    }
    try:
        caller = Caller.of_service("events", letters.scope, request["Rule"])
        await call.platform.call("sqs", "SendMessage", letter, scope=letters.scope, caller=caller)
    except AwsError as error:
        if not error.is_sender_fault:
            raise
        log.warning("an event for %s is dropped: its dead-letter queue refuses it: %s", target["Arn"], error.message)
