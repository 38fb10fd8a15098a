"""Consumers of enhanced fan-out: their ARNs, and what is stored of one."""

import re
from typing import Any, NamedTuple

import msgspec

from serein.services.kinesis.errors import (
    InvalidArgumentException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from serein.services.kinesis.streams import Address, Stream

MOST_CONSUMERS = 20
MOST_CONSUMERS_ADVANTAGE = 50
"""For on-demand streams of accounts with a commitment."""
MOST_CREATING = 5
_ARN = re.compile(r"(arn:[^:]+:kinesis:[^:]+:\d{12}:stream/([a-zA-Z0-9_.-]+))/consumer/([a-zA-Z0-9_.-]+):(\d+)\Z")


class Details(msgspec.Struct, omit_defaults=True, frozen=True):
    """What is only shown of a consumer."""

    tags: dict[str, str] = {}
    policy: str = ""


class Consumer(NamedTuple):
    """A consumer as stored."""

    arn: str
    stream_id: int
    name: str
    created_at: float
    status: str
    due_at: float | None
    details: Details

    @property
    def described(self) -> dict[str, Any]:
        return {
            "ConsumerName": self.name,
            "ConsumerARN": self.arn,
            "ConsumerStatus": self.status,
            "ConsumerCreationTimestamp": self.created_at,
        }

    def not_active(self, stream: Stream) -> ResourceInUseException:
        return ResourceInUseException(
            f"Consumer {self.name} with creation timestamp {int(self.created_at)} under stream: {stream.name} , "
            f"account {stream.scope.account} is not in ACTIVE status."
        )


class ConsumerAddress(NamedTuple):
    """What a consumer's ARN says."""

    stream_arn: str
    stream_name: str
    name: str
    created_second: int


def consumer_arn(stream: Stream, name: str, created_at: float) -> str:
    return f"{stream.arn}/consumer/{name}:{int(created_at)}"


def find_consumer_address(arn: str) -> ConsumerAddress | None:
    """Return what a consumer's ARN says, or None when it isn't one."""
    found = _ARN.match(arn)
    return None if found is None else ConsumerAddress(found[1], found[2], found[3], int(found[4]))


def consumer_not_found(arn: str, account: str) -> ResourceNotFoundException:
    """For a consumer that an ARN names."""
    address = find_consumer_address(arn)
    if address is None:
        return ResourceNotFoundException(f"Consumer {arn} under account {account} not found.")
    return ResourceNotFoundException(
        f"Consumer {address.name} with creation timestamp {address.created_second} under stream "
        f"{address.stream_name} under account {account} not found."
    )


def no_such_consumer(name: str, address: Address) -> ResourceNotFoundException:
    """For a consumer that is named with its stream."""
    return ResourceNotFoundException(
        f"Consumer {name} under stream {address.name} under account {address.account} not found."
    )


def require_naming(stream_arn: str | None, name: str | None, arn: str | None) -> None:
    """Raise InvalidArgumentException unless a consumer is named by its ARN, or by its stream and its name."""
    if arn is None and (stream_arn is None or name is None):
        raise InvalidArgumentException("Either ConsumerARN or both StreamARN and ConsumerName should be provided.")
