"""Records on their way in: what a request gives of one, its hash key, and what is wrong with it."""

import hashlib
from typing import NamedTuple

from serein.kernel.ids import random_bytes
from serein.kernel.operation import Request
from serein.services.kinesis.errors import InvalidArgumentException, ValidationException, missing_member
from serein.services.kinesis.sequences import find_sequence
from serein.services.kinesis.shards import HASH_KEYS
from serein.services.kinesis.streams import AUTO, Stream

MOST_REQUEST_BYTES = 10 * 1024 * 1024


class Draft(NamedTuple):
    """A record to be put. `hash_key` is None when nothing tells it."""

    partition_key: bytes
    hash_key: int | None
    data: bytes

    @property
    def size_bytes(self) -> int:
        return len(self.partition_key) + len(self.data)


def parse_draft(entry: Request) -> Draft:
    """A record from PutRecord's request or an entry of PutRecords'. Raises InvalidArgumentException."""
    name: str | None = entry.get("PartitionKey")
    partition_key = b"" if name is None else name.encode()
    explicit = entry.get("ExplicitHashKey")
    if explicit is not None:
        hash_key: int | None = int(explicit)
        if not 0 <= int(explicit) < HASH_KEYS:
            raise InvalidArgumentException(
                "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
                f"Specified value was {explicit}"
            )
    elif name is None:
        hash_key = None
    else:
        hash_key = hash_key_of(partition_key)
    return Draft(partition_key, hash_key, entry["Data"])


def hash_key_of(partition_key: bytes) -> int:
    return int.from_bytes(hashlib.md5(partition_key, usedforsecurity=False).digest())


def require_fitting(stream: Stream, draft: Draft, path: str) -> int:
    """Return the hash key of a record that goes into a stream; `path` leads to it in the request.

    Raises ValidationException and InvalidArgumentException.
    AWS: a record over the stream's limit is refused in the words of the model's constraint
    (https://github.com/awslabs/amazon-kinesis-producer/issues/680).
    """
    if len(draft.data) > stream.record_bytes:
        raise ValidationException(
            f"1 validation error detected: Value at '{path}data' failed to satisfy constraint: "
            f"Member must have length less than or equal to {stream.record_bytes}"
        )
    if draft.size_bytes > stream.record_bytes:
        raise InvalidArgumentException(
            f"The data and the partition key of a record exceed together the limit of {stream.record_bytes} bytes"
        )
    if stream.definition.distribution == AUTO:
        return int.from_bytes(random_bytes(16))
    if not draft.partition_key:
        raise missing_member(f"{path}partitionKey")
    assert draft.hash_key is not None
    return draft.hash_key


def require_orderable(stream: Stream, text: str | None) -> None:
    """Check PutRecord's SequenceNumberForOrdering. Raises InvalidArgumentException.

    AWS: it only has to be a number of a shard; records of a shard are in the order of their arrival anyway.
    """
    if text is not None and find_sequence(text) is None:
        raise InvalidArgumentException(
            f"ExclusiveMinimumSequenceNumber {text} used in PutRecord on stream {stream.name} under account "
            f"{stream.scope.account} is invalid."
        )
