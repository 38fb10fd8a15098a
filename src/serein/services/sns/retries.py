"""How messages to HTTP endpoints are retried: the delivery policies of topics and subscriptions.

AWS: https://docs.aws.amazon.com/sns/latest/dg/creating-delivery-policy.html
"""

import json
from functools import lru_cache
from typing import Any

from serein.kernel.database import DeadLetter, Policy
from serein.services.sns.errors import InvalidParameter, invalid

_DEFAULTS: dict[str, Any] = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "numMaxDelayRetries": 0,
    "backoffFunction": "linear",
}
_FUNCTIONS = ("linear", "arithmetic", "geometric", "exponential")
_POWERS = {"linear": 1.0, "arithmetic": 2.0}
_LONGEST_SECONDS = 3600
_MOST_RETRIES = 100
_MOST_SECONDS = 3600
"""AWS: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html"""
_AGE_SECONDS = 14 * 86_400.0
"""The number of attempts ends a delivery; a server that was down for days still makes them."""
_CONTENT_TYPE = "text/plain; charset=UTF-8"


def require_healthy(given: Any, name: str) -> dict[str, Any]:
    """Check a `healthyRetryPolicy`; the answer has a value for every member. Raises InvalidParameter."""
    if not isinstance(given, dict):
        raise invalid(f"DeliveryPolicy: {name} must be a JSON object")
    for member, value in given.items():
        if member not in _DEFAULTS:
            raise invalid(f"DeliveryPolicy: {name}.{member} is not supported")
        if member == "backoffFunction":
            if value not in _FUNCTIONS:
                raise invalid(f"DeliveryPolicy: {name}.backoffFunction must be one of {', '.join(_FUNCTIONS)}")
            continue
        least, most = (1, _LONGEST_SECONDS) if member.endswith("Target") else (0, _MOST_RETRIES)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise invalid(f"DeliveryPolicy: {name}.{member} must be between {least} and {most}")
    policy = {**_DEFAULTS, **given}
    if policy["minDelayTarget"] > policy["maxDelayTarget"]:
        raise invalid(f"DeliveryPolicy: {name}.maxDelayTarget must be greater than or equal to minDelayTarget")
    if sum(policy[f"num{phase}Retries"] for phase in ("NoDelay", "MinDelay", "MaxDelay")) > policy["numRetries"]:
        raise invalid(f"DeliveryPolicy: {name}.numRetries must be greater than or equal to the sum of its phases")
    if sum(_waits_of(policy)) > _MOST_SECONDS:
        raise invalid(f"DeliveryPolicy: {name} must not take more than {_MOST_SECONDS} seconds in total")
    return policy


def require_policy(text: str) -> None:
    """Check the DeliveryPolicy of a subscription. Raises InvalidParameter."""
    policy = json.loads(text)
    if not isinstance(policy, dict):
        raise invalid("DeliveryPolicy: must be a JSON object")
    if policy.get("healthyRetryPolicy") is not None:
        require_healthy(policy["healthyRetryPolicy"], "healthyRetryPolicy")
    _require_throttle(policy.get("throttlePolicy"), "throttlePolicy")


def require_topic_policy(policy: dict[str, Any]) -> None:
    """Check the DeliveryPolicy of a topic. Raises InvalidParameter."""
    http = policy.get("http", {})
    if not isinstance(http, dict):
        raise invalid("DeliveryPolicy: http must be a JSON object")
    if http.get("defaultHealthyRetryPolicy") is not None:
        require_healthy(http["defaultHealthyRetryPolicy"], "http.defaultHealthyRetryPolicy")
    _require_throttle(http.get("defaultThrottlePolicy"), "http.defaultThrottlePolicy")


def _require_throttle(given: Any, name: str) -> None:
    """Raises InvalidParameter."""
    if given is None:
        return
    if not isinstance(given, dict):
        raise invalid(f"DeliveryPolicy: {name} must be a JSON object")
    rate = given.get("maxReceivesPerSecond")
    if rate is not None and (not isinstance(rate, int) or isinstance(rate, bool) or rate < 1):
        raise invalid(f"DeliveryPolicy: {name}.maxReceivesPerSecond must be 1 or greater")


def retry_policy(topic_policy: str, own_policy: str, dead_letter: DeadLetter | None = None) -> Policy:
    """How the deliveries of a subscription are retried; both policies are JSON texts or empty."""
    waits = _waits(topic_policy, own_policy)
    return Policy(len(waits) + 1, waits or (0.0,), _AGE_SECONDS, dead_letter=dead_letter)


@lru_cache(maxsize=1024)
def content_type(topic_policy: str, own_policy: str) -> str:
    """The content type that an endpoint is sent messages with."""
    http, own = _parts(topic_policy, own_policy)
    for request in (own.get("requestPolicy"), http.get("defaultRequestPolicy")):
        if isinstance(request, dict) and isinstance(request.get("headerContentType"), str):
            return str(request["headerContentType"])
    return _CONTENT_TYPE


@lru_cache(maxsize=1024)
def receives_per_second(topic_policy: str, own_policy: str) -> int:
    """How many messages a second a subscription gets at most; 0 for no limit."""
    http, own = _parts(topic_policy, own_policy)
    for policy in (own.get("throttlePolicy"), http.get("defaultThrottlePolicy")):
        rate = policy.get("maxReceivesPerSecond") if isinstance(policy, dict) else None
        if isinstance(rate, int) and rate > 0:
            return rate
    return 0


def _parts(topic_policy: str, own_policy: str) -> tuple[dict[str, Any], dict[str, Any]]:
    found = json.loads(topic_policy or "{}").get("http")
    http: dict[str, Any] = found if isinstance(found, dict) else {}
    own = {} if http.get("disableSubscriptionOverrides") is True else json.loads(own_policy or "{}")
    return http, own if isinstance(own, dict) else {}


@lru_cache(maxsize=1024)
def _waits(topic_policy: str, own_policy: str) -> tuple[float, ...]:
    """The seconds before each retry."""
    http, own = _parts(topic_policy, own_policy)
    given = own.get("healthyRetryPolicy") or http.get("defaultHealthyRetryPolicy") or {}
    try:
        policy = require_healthy(given, "healthyRetryPolicy")
    except InvalidParameter:
        # Why: data folders hold policies from before they were checked.
        policy = _DEFAULTS
    return _waits_of(policy)


def _waits_of(policy: dict[str, Any]) -> tuple[float, ...]:
    """The phases one after the other: no wait, the shortest ones, those that back off, the longest ones."""
    shortest, longest = float(policy["minDelayTarget"]), float(policy["maxDelayTarget"])
    none, short, long = (policy[f"num{phase}Retries"] for phase in ("NoDelay", "MinDelay", "MaxDelay"))
    growing = policy["numRetries"] - none - short - long
    backing_off = tuple(_wait(policy["backoffFunction"], shortest, longest, n, growing) for n in range(growing))
    waits: tuple[float, ...] = (0.0,) * none + (shortest,) * short + backing_off + (longest,) * long
    return waits


def _wait(function: str, shortest: float, longest: float, number: int, count: int) -> float:
    share = number / (count - 1) if count > 1 else 0.0
    if function in _POWERS:
        return float(shortest + (longest - shortest) * share ** _POWERS[function])
    # AWS says of these two only that they grow faster, the exponential one fastest.
    return float(shortest * (longest / shortest) ** (share if function == "geometric" else share**0.5))
