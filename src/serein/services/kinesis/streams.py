"""Streams: how they are addressed, what is stored of one, and the parsed form that requests use."""

from bisect import bisect_right
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from serein.kernel.arn import arn_of, find_arn
from serein.kernel.ids import random_lower
from serein.kernel.operation import Request
from serein.kernel.scope import Scope
from serein.services.kinesis.errors import (
    InvalidArgumentException,
    ResourceInUseException,
    ResourceNotFoundException,
    ValidationException,
)
from serein.services.kinesis.shards import Shard, find_number, shard_name

PROVISIONED, ON_DEMAND = "PROVISIONED", "ON_DEMAND"
USER_PARTITION_KEY, AUTO = "USER_PARTITION_KEY", "AUTO"
DEFAULT_RETENTION_HOURS = 24
DEFAULT_RECORD_KIB = 1024


class Address(NamedTuple):
    """Where a stream is: enough to look it up."""

    account: str
    region: str
    name: str


class StreamDefinition(msgspec.Struct, omit_defaults=True, frozen=True):
    """Everything that a stream is, as stored."""

    stream_id: str
    created_at: float
    shards: list[Shard]
    next_number: int
    status: str = "ACTIVE"
    due_at: float | None = None
    """When the status changes."""
    pending: list[Any] = []
    """What is done to the shards then: `["split", number, hash key]`, `["merge", number, number]` or
    `["scale", count]`."""
    mode: str = PROVISIONED
    retention_hours: int = DEFAULT_RETENTION_HOURS
    record_kib: int = DEFAULT_RECORD_KIB
    distribution: str = USER_PARTITION_KEY
    warm_mibps: int | None = None
    key_id: str = ""
    """The KMS key of a stream that is encrypted."""
    metrics: list[str] = []
    tags: dict[str, str] = {}
    policy: str = ""
    mode_changes: list[float] = []
    """When the mode was changed in the last day."""
    scalings: list[float] = []
    """When UpdateShardCount was called in the last day."""


class Stream:
    """A stream as stored. Equal rows share one value, so parsing costs once a change."""

    __slots__ = ("_lows", "_open", "arn", "by_number", "definition", "id", "name", "record_bytes", "scope", "topic")

    def __init__(self, id: int, scope: Scope, name: str, definition: StreamDefinition) -> None:
        self.id = id
        self.scope = scope
        self.name = name
        self.definition = definition
        self.arn = arn_of("kinesis", scope, f"stream/{name}")
        self.topic = f"kinesis:stream:{self.arn}"
        """Woken at each record, and when shards change."""
        self.record_bytes = definition.record_kib * 1024
        self.by_number = {shard.number: shard for shard in definition.shards}
        found = sorted((int(shard.low), shard.number) for shard in definition.shards if shard.closed_at is None)
        self._lows = [low for low, _ in found]
        self._open = [self.by_number[number] for _, number in found]

    @property
    def open_shards(self) -> list[Shard]:
        """The open shards by hash key."""
        return self._open

    @property
    def is_encrypted(self) -> bool:
        return bool(self.definition.key_id)

    def shard_for(self, hash_key: int) -> Shard:
        """The open shard that takes records of a hash key."""
        return self._open[bisect_right(self._lows, hash_key) - 1]

    def oldest(self, now: float) -> float:
        """Records that arrived before this moment are too old to be shown."""
        return now - self.definition.retention_hours * 3600

    def require_writable(self) -> None:
        """Raise ResourceNotFoundException while the stream comes or goes, as AWS does."""
        if self.definition.status in ("CREATING", "DELETING"):
            raise self.not_found()

    def require_active(self) -> None:
        """Raise ResourceInUseException unless the stream can be changed."""
        if self.definition.status != "ACTIVE":
            raise ResourceInUseException(
                f"Stream {self.name} under account {self.scope.account} not ACTIVE, "
                f"instead in state {self.definition.status}"
            )

    def require_taggable(self) -> None:
        """Raise ResourceInUseException while the stream comes or goes: its tags can't be changed then."""
        if self.definition.status in ("CREATING", "DELETING"):
            self.require_active()

    def require_provisioned(self, caller: str) -> None:
        """Raise ValidationException when the stream's shards are not the user's to change.

        AWS: the operation pages of SplitShard, MergeShards and UpdateShardCount say that they are only supported for
        streams with the provisioned capacity mode.
        """
        if self.definition.mode != PROVISIONED:
            raise ValidationException(
                f"{caller} is only supported for data streams with the provisioned capacity mode; stream {self.name} "
                f"under account {self.scope.account} is in mode {self.definition.mode}."
            )

    def not_found(self) -> ResourceNotFoundException:
        return stream_not_found(Address(self.scope.account, self.scope.region, self.name))

    def require_shard(self, name: str) -> Shard:
        """The shard that a request to change shards means. Raises ResourceNotFoundException."""
        number = find_number(name)
        shard = None if number is None else self.by_number.get(number)
        if shard is None:
            shown = name if number is None else shard_name(number)
            raise shard_not_found(shown, self.name, self.scope.account)
        return shard


@lru_cache(maxsize=1024)
def stream_of(id: int, account: str, region: str, name: str, definition: str) -> Stream:
    """The stream that a row holds."""
    return Stream(id, Scope(account, region), name, _decode(definition))


_decode = msgspec.json.Decoder(StreamDefinition).decode


def encode_definition(definition: StreamDefinition) -> str:
    return msgspec.json.encode(definition).decode()


def new_stream_id() -> str:
    """An id in the form that AWS's model gives for them."""
    return f"{random_lower(20)}-{random_lower(3)}"


@lru_cache(maxsize=4096)
def find_address(arn: str) -> Address | None:
    """Return the stream that an ARN names, or None when it isn't a stream's ARN."""
    found = find_arn(arn)
    if found is None or found.service != "kinesis" or not found.resource.startswith("stream/"):
        return None
    name = found.resource[7:]
    return Address(found.account, found.region, name) if "/" not in name else None


def address_of(request: Request, scope: Scope) -> Address | None:
    """The stream that a request names by StreamARN or StreamName, or None when it has neither.

    Raises InvalidArgumentException.
    """
    arn, name = request.get("StreamARN"), request.get("StreamName")
    if arn is None:
        return None if name is None else Address(scope.account, scope.region, name)
    address = find_address(arn)
    if address is None:
        raise InvalidArgumentException(f"StreamARN {arn} is not the ARN of a stream")
    if name is not None and name != address.name:
        raise InvalidArgumentException(f"StreamARN {arn} and StreamName {name} don't name the same stream")
    return address


def stream_not_found(address: Address) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Stream {address.name} under account {address.account} not found.")


def shard_not_found(shard: str, stream: str, account: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Could not find shard {shard} in stream {stream} under account {account}.")


def no_such_shard(shard: str, stream: str, account: str) -> ResourceNotFoundException:
    """As `shard_not_found`, in the words of the operations that read."""
    return ResourceNotFoundException(f"Shard {shard} in stream {stream} under account {account} does not exist")
