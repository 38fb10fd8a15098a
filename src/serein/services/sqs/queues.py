"""Queues: how they are addressed, what they are called, and their settings as values."""

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from serein.kernel.arn import arn_of, find_arn
from serein.kernel.clock import wall_seconds
from serein.kernel.ids import guessable_bits
from serein.kernel.operation import Request
from serein.kernel.scope import Scope
from serein.services.sqs.errors import InvalidAddress, InvalidParameterValue, missing_parameter

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")
_FIFO_SUFFIX = ".fifo"
ORDER_BITS = 10
"""The random bits of an order: adding 1 above them makes the next one."""


class Address(NamedTuple):
    """Where a queue is: enough to look it up."""

    account: str
    region: str
    name: str


@dataclass(frozen=True, slots=True)
class Redrive:
    """Where messages go that were received too often."""

    dead_letter: Address
    maximum_receives: int


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue as stored. Equal rows share one value, so parsing costs once a change."""

    id: int
    scope: Scope
    name: str
    arn: str
    topic: str
    """Woken whenever messages may have become visible, or will at another time than was thought."""
    attributes: dict[str, str] = field(hash=False)
    created_at: float
    modified_at: float
    is_fifo: bool
    delay_seconds: int
    visibility_seconds: int
    wait_seconds: int
    retention_seconds: int
    maximum_bytes: int
    deduplicates_by_content: bool
    deduplicates_by_group: bool
    redrive: Redrive | None

    @property
    def address(self) -> Address:
        return Address(self.scope.account, self.scope.region, self.name)


def new_order() -> int:
    """A number that grows with time: microseconds, and ten random bits to tell nodes apart.

    Why the machine's time: messages keep their order of arrival while the platform's clock stands still.
    """
    return int(wall_seconds() * 1_000_000) << ORDER_BITS | guessable_bits(ORDER_BITS)


@lru_cache(maxsize=4096)
def queue_of(
    id: int, account: str, region: str, name: str, attributes_text: str, created_at: float, modified_at: float
) -> Queue:
    """The queue that a row holds."""
    attributes: dict[str, str] = json.loads(attributes_text)
    scope = Scope(account, region)
    arn = arn_of("sqs", scope, name)
    return Queue(
        id=id,
        scope=scope,
        name=name,
        arn=arn,
        topic=topic_of(arn),
        attributes=attributes,
        created_at=created_at,
        modified_at=modified_at,
        is_fifo=attributes.get("FifoQueue") == "true",
        delay_seconds=int(attributes["DelaySeconds"]),
        visibility_seconds=int(attributes["VisibilityTimeout"]),
        wait_seconds=int(attributes["ReceiveMessageWaitTimeSeconds"]),
        retention_seconds=int(attributes["MessageRetentionPeriod"]),
        maximum_bytes=int(attributes["MaximumMessageSize"]),
        deduplicates_by_content=attributes.get("ContentBasedDeduplication") == "true",
        deduplicates_by_group=attributes.get("DeduplicationScope") == "messageGroup",
        redrive=_redrive_of(attributes.get("RedrivePolicy", "")),
    )


def topic_of(arn: str) -> str:
    return f"sqs:queue:{arn}"


def _redrive_of(text: str) -> Redrive | None:
    if not text:
        return None
    policy: dict[str, Any] = json.loads(text)
    address = find_address(policy["deadLetterTargetArn"])
    return None if address is None else Redrive(address, int(policy["maxReceiveCount"]))


def find_address(arn: str) -> Address | None:
    """Return the queue that an ARN names, or None when it isn't a queue's ARN."""
    found = find_arn(arn) if isinstance(arn, str) else None
    if found is None or found.service != "sqs" or not found.resource or not found.account:
        return None
    return Address(found.account, found.region, found.resource)


def require_address(request: Request, scope: Scope) -> Address:
    """The queue that a request is for: the last two parts of its QueueUrl's path, whatever the host.

    Raises MissingParameter and InvalidAddress. AWS: a bare queue name is taken for one of the caller's queues.
    """
    url = request.get("QueueUrl")
    if not url:
        raise missing_parameter("QueueUrl")
    return _address_in(url, scope.account, scope.region)


@lru_cache(maxsize=4096)
def _address_in(url: str, account: str, region: str) -> Address:
    parts = url.rsplit("/", 2)
    if len(parts) == 3 and len(parts[1]) == 12 and parts[1].isdigit():
        return Address(parts[1], region, parts[2])
    if len(parts) == 1:
        return Address(account, region, url)
    raise InvalidAddress(f"The address {url} is not valid for this endpoint.")


def url_of(endpoint: str, address: Address) -> str:
    return f"{endpoint}/{address.account}/{address.name}"


def require_name(request: Request) -> str:
    """The queue name that CreateQueue is given, checked as AWS checks it."""
    name = request.get("QueueName")
    if name is None:
        raise missing_parameter("QueueName")
    if not name:
        raise InvalidParameterValue("Queue name cannot be empty")
    wants_fifo = (request.get("Attributes") or {}).get("FifoQueue", "").lower() == "true"
    if wants_fifo:
        stem = name.removesuffix(_FIFO_SUFFIX)
        if stem == name or len(name) > 80 or not _NAME.match(stem):
            raise InvalidParameterValue(
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
                "must end with .fifo suffix and be 1 to 80 in length"
            )
    elif not _NAME.match(name):
        raise InvalidParameterValue(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        )
    return str(name)
