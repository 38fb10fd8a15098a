"""Asynchronous invocations: their settings, how long they wait for another attempt, and what is sent where.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Call, Platform
from serein.kernel.database import Delivery, Policy, Target
from serein.kernel.errors import NotImplementedHere
from serein.services.lambda_.errors import invalid
from serein.services.lambda_.memory import memory_of
from serein.services.lambda_.metrics import Source
from serein.services.lambda_.store.events import Event, append_event

DEFAULT_RETRIES = 2
DEFAULT_AGE_SECONDS = 21_600
RETRIES_EXHAUSTED = "RetriesExhausted"
EVENT_AGE_EXCEEDED = "EventAgeExceeded"
ZERO_CONCURRENCY = "ZeroReservedConcurrency"
RECURSIVE_LOOP = "RecursiveInvocation"
_RETRY_SECONDS = (60.0, 120.0)
_THROTTLE_SECONDS = 300.0
_SEND_POLICY = Policy(maximum_attempts=20, maximum_age_seconds=6 * 3600.0)


@dataclass(frozen=True, slots=True)
class EventSettings:
    """How a function's events are retried, and where they go at the end."""

    maximum_retries: int = DEFAULT_RETRIES
    maximum_age_seconds: int = DEFAULT_AGE_SECONDS
    on_success: str = ""
    on_failure: str = ""


async def accept_event(call: Call, event: Event) -> None:
    """Return once the event is durable: it will be run at least once."""
    await call.write(lambda tx: append_event(tx, event))
    metrics, reference = memory_of(call.platform).metrics, event.reference
    if metrics.is_wanted:
        metrics.add(Source(reference.scope, reference.name, reference.qualifier), "AsyncEventsReceived")


def settings_of(config: dict[str, Any]) -> EventSettings:
    """Settings from an event invoke config."""
    destinations = config.get("DestinationConfig", {})
    return EventSettings(
        config.get("MaximumRetryAttempts", DEFAULT_RETRIES),
        config.get("MaximumEventAgeInSeconds", DEFAULT_AGE_SECONDS),
        destinations.get("OnSuccess", {}).get("Destination", ""),
        destinations.get("OnFailure", {}).get("Destination", ""),
    )


@lru_cache(maxsize=1024)
def dead_letter_of(configuration: str) -> str:
    """The ARN that a function's record has for dead letters; empty when it has none."""
    target: str = msgspec.json.decode(configuration).get("DeadLetterConfig", {}).get("TargetArn", "")
    return target


def retry_seconds(event: Event) -> float:
    """How long to wait after a failed attempt: one minute, then two."""
    return _RETRY_SECONDS[min(event.attempt, len(_RETRY_SECONDS) - 1)]


def throttle_seconds(event: Event) -> float:
    """How long to wait after being turned away: one second, doubling to five minutes."""
    return min(2.0 ** min(event.throttles, 20), _THROTTLE_SECONDS)


def check_destination(platform: Platform, arn: str) -> None:
    """Raise InvalidParameterValueException or NotImplementedHere unless failures of a mapping can be sent there."""
    target = find_arn(arn)
    if target is None:
        raise invalid(f"The provided destination config DestinationConfig is invalid: {arn} is not an ARN")
    if target.service not in ("sqs", "sns"):
        raise NotImplementedHere(f"Serein does not deliver to destinations in {target.service} ({arn})")


def delivery_to(platform: Platform, destination: str, text: str) -> Delivery:
    """The delivery of a text to a queue or a topic."""
    arn = find_arn(destination)
    if arn is None:
        raise invalid(f"{destination} is not an ARN")
    if arn.service == "sqs":
        request = {"QueueUrl": queue_url(platform, arn), "MessageBody": text}
        return Delivery(Target("sqs", "SendMessage", arn.scope), request, _SEND_POLICY)
    return Delivery(Target("sns", "Publish", arn.scope), {"TopicArn": destination, "Message": text}, _SEND_POLICY)


def queue_url(platform: Platform, arn: Arn) -> str:
    return f"{platform.limits.endpoint}/{arn.account}/{arn.resource}"


def iso_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
