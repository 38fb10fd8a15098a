"""Queue attributes: which there are, what they may hold, and what they are when nobody sets them."""

import json
from typing import Any

from serein.kernel.policies import find_fault
from serein.services.sqs.errors import InvalidAttributeName, InvalidAttributeValue, invalid_value
from serein.services.sqs.queues import find_address

Attributes = dict[str, str]

_RANGES = {
    "DelaySeconds": (0, 900),
    "MaximumMessageSize": (1024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
}
_CHOICES = {
    "FifoQueue": ("true", "false"),
    "ContentBasedDeduplication": ("true", "false"),
    "SqsManagedSseEnabled": ("true", "false"),
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
_FREE = frozenset({"Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"})
_FIFO_ONLY = frozenset({"DeduplicationScope", "FifoThroughputLimit"})
_REMOVABLE = _FREE
_DEFAULTS = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
    "SqsManagedSseEnabled": "true",
}
_FIFO_DEFAULTS = {
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}
COUNTED = frozenset(
    {
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    }
)
_READABLE = (
    COUNTED
    | {"All", "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn"}
    | _RANGES.keys()
    | _CHOICES.keys()
    | _FREE
)
_MOST_SOURCE_QUEUES = 10


def parse_attributes(given: dict[str, str], *, is_fifo: bool) -> Attributes:
    """Check attributes that a client sets and bring them into their canonical form.

    An empty value means: remove. Raises InvalidAttributeName, InvalidAttributeValue and InvalidParameterValue.
    """
    return {name: _parse(name, value, is_fifo=is_fifo) for name, value in given.items()}


def with_defaults(given: Attributes, *, is_fifo: bool) -> Attributes:
    """A new queue's attributes."""
    attributes = _DEFAULTS | (_FIFO_DEFAULTS if is_fifo else {})
    if given.get("KmsMasterKeyId"):
        attributes["SqsManagedSseEnabled"] = "false"
    return merged(attributes, given)


def merged(current: Attributes, changes: Attributes) -> Attributes:
    """Attributes after a change. Raises when the result contradicts itself."""
    after = {**current, **changes}
    if changes.get("KmsMasterKeyId"):
        if changes.get("SqsManagedSseEnabled") == "true":
            raise InvalidAttributeName(
                "You can use one type of server-side encryption (SSE) at one time. "
                "You can either enable KMS SSE or SQS SSE."
            )
        after["SqsManagedSseEnabled"] = "false"
    elif changes.get("SqsManagedSseEnabled") == "true":
        after.pop("KmsMasterKeyId", None)
        after.pop("KmsDataKeyReusePeriodSeconds", None)
    elif changes.get("KmsMasterKeyId") == "":
        after.pop("KmsDataKeyReusePeriodSeconds", None)
    if after.get("FifoThroughputLimit") == "perMessageGroupId" and after.get("DeduplicationScope") != "messageGroup":
        raise InvalidAttributeValue(
            "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup."
        )
    return {name: value for name, value in after.items() if value or name not in _REMOVABLE}


def find_difference(current: Attributes, wanted: Attributes) -> str | None:
    """Return the first attribute that a queue has otherwise than a second CreateQueue wants it, or None."""
    for name, value in wanted.items():
        if current.get(name, "") != value:
            return name
    return None


def require_readable(names: list[str]) -> set[str]:
    """The attributes that GetQueueAttributes is asked for. Raises InvalidAttributeName."""
    for name in names:
        if name not in _READABLE:
            raise InvalidAttributeName(f"Unknown Attribute {name}.")
    return set(names)


def _parse(name: str, value: str, *, is_fifo: bool) -> str:
    if name in _RANGES:
        return _parse_number(name, value)
    if name in _CHOICES:
        return _parse_choice(name, value, is_fifo=is_fifo)
    if name not in _FREE:
        raise InvalidAttributeName(f"Unknown Attribute {name}.")
    if not value:
        return ""
    if name == "RedrivePolicy":
        return _parse_redrive_policy(value)
    if name == "RedriveAllowPolicy":
        return _parse_redrive_allow_policy(value)
    if name == "Policy" and find_fault(value):
        raise InvalidAttributeValue("Invalid value for the parameter Policy.")
    return value


def _parse_number(name: str, value: str) -> str:
    low, high = _RANGES[name]
    try:
        number = int(value)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise InvalidAttributeValue(f"Invalid value for the parameter {name}.")
    return str(number)


def _parse_choice(name: str, value: str, *, is_fifo: bool) -> str:
    if not is_fifo and name in _FIFO_ONLY:
        raise InvalidAttributeName(f"You can specify the {name} only when FifoQueue is set to true.")
    if not is_fifo and name in {"FifoQueue", "ContentBasedDeduplication"}:
        raise InvalidAttributeName(f"Unknown Attribute {name}.")
    choices = _CHOICES[name]
    if choices[0] == "true":
        value = value.lower()
    if value not in choices:
        raise InvalidAttributeValue(f"Invalid value for the parameter {name}.")
    if name == "FifoQueue" and value == "false":
        raise InvalidAttributeValue(
            "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported."
        )
    return value


def _parse_redrive_policy(text: str) -> str:
    policy = _find_json(text)
    if not isinstance(policy, dict):
        raise invalid_value(text, "RedrivePolicy", "Redrive policy is not a valid JSON map.")
    for member in ("deadLetterTargetArn", "maxReceiveCount"):
        if member not in policy:
            reason = f"Redrive policy does not contain mandatory attribute: {member}."
            raise invalid_value(text, "RedrivePolicy", reason)
    for member in policy:
        if member not in {"deadLetterTargetArn", "maxReceiveCount"}:
            raise invalid_value(text, "RedrivePolicy", f"Unexpected attribute in redrive policy: {member}.")
    count = policy["maxReceiveCount"]
    if isinstance(count, bool) or not str(count).isdigit() or not 1 <= int(count) <= 1000:
        reason = f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive."
        raise invalid_value(text, "RedrivePolicy", reason)
    if find_address(policy["deadLetterTargetArn"]) is None:
        raise invalid_value(text, "RedrivePolicy", "Invalid value for deadLetterTargetArn.")
    # AWS: the policy comes back as it was sent but for a count that was text, which comes back as a number.
    return json.dumps({**policy, "maxReceiveCount": int(count)}, separators=(",", ":"))


def _parse_redrive_allow_policy(text: str) -> str:
    policy = _find_json(text)
    if not isinstance(policy, dict):
        raise invalid_value(text, "RedriveAllowPolicy", "Redrive allow policy is not a valid JSON map.")
    permission = policy.get("redrivePermission")
    if permission not in ("allowAll", "denyAll", "byQueue"):
        reason = "redrivePermission must be one of allowAll, denyAll or byQueue."
        raise invalid_value(text, "RedriveAllowPolicy", reason)
    sources = policy.get("sourceQueueArns")
    if (permission == "byQueue") != bool(sources):
        reason = "sourceQueueArns must be given when, and only when, redrivePermission is byQueue."
        raise invalid_value(text, "RedriveAllowPolicy", reason)
    if sources is not None:
        if not isinstance(sources, list) or len(sources) > _MOST_SOURCE_QUEUES:
            reason = f"sourceQueueArns can contain at most {_MOST_SOURCE_QUEUES} queue ARNs."
            raise invalid_value(text, "RedriveAllowPolicy", reason)
        if any(find_address(source) is None for source in sources):
            raise invalid_value(text, "RedriveAllowPolicy", "Invalid value for sourceQueueArns.")
    return text


def allows_redrive(dead_letter: Attributes, source_arn: str) -> bool:
    """Whether a dead-letter queue lets the source use it."""
    policy: dict[str, Any] = json.loads(dead_letter.get("RedriveAllowPolicy") or "{}")
    permission = policy.get("redrivePermission", "allowAll")
    return permission == "allowAll" or (permission == "byQueue" and source_arn in policy["sourceQueueArns"])


def _find_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
