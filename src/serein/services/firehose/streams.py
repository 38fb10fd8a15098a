"""Delivery streams: what is stored of one, and the parsed form that requests use."""

from functools import lru_cache
from typing import Any

import msgspec

from serein.kernel.arn import arn_of
from serein.kernel.scope import Scope
from serein.services.firehose.plans import Plan, plan_of

DIRECT, FROM_STREAM = "DirectPut", "KinesisStreamAsSource"
DESTINATION_ID = "destinationId-000000000001"
FEED_RECEIVER = "firehose.TakeBatch"


class StreamDefinition(msgspec.Struct, omit_defaults=True, frozen=True):
    """Everything that a delivery stream is, as stored."""

    type: str
    created_at: float
    kind: str
    """The member of its destination: ExtendedS3, HttpEndpoint."""
    destination: dict[str, Any]
    """The destination's configuration by its wire names, defaults included."""
    version: int = 1
    updated_at: float = 0.0
    source: dict[str, Any] = {}
    direct_put: dict[str, Any] = {}
    tags: dict[str, str] = {}
    encryption: dict[str, Any] = {}
    """KeyType and KeyARN while it is encrypted."""
    active_at: float = 0.0
    """Until then it is CREATING."""
    is_deleting: bool = False


class Stream:
    """A delivery stream as stored. Equal rows share one value, so parsing costs once a change."""

    __slots__ = ("arn", "definition", "id", "name", "plan", "scope")

    def __init__(self, id: int, scope: Scope, name: str, definition: StreamDefinition) -> None:
        self.id = id
        self.scope = scope
        self.name = name
        self.definition = definition
        self.arn = arn_of("firehose", scope, f"deliverystream/{name}")
        self.plan: Plan = plan_of(definition.kind, definition.destination)

    @property
    def is_encrypted(self) -> bool:
        return bool(self.definition.encryption)

    def status(self, now: float) -> str:
        if self.definition.is_deleting:
            return "DELETING"
        return "ACTIVE" if now >= self.definition.active_at else "CREATING"


_decode = msgspec.json.Decoder(StreamDefinition).decode


@lru_cache(maxsize=1024)
def stream_of(id: int, account: str, region: str, name: str, definition: str) -> Stream:
    """The delivery stream that a row holds."""
    return Stream(id, Scope(account, region), name, _decode(definition))


def encode_definition(definition: StreamDefinition) -> str:
    return msgspec.json.encode(definition).decode()
