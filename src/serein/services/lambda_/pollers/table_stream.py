"""DynamoDB streams as sources of records."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import msgspec

from serein.kernel.call import Platform
from serein.kernel.operation import Encoded
from serein.services.lambda_.pollers.stream_sources import Page, Record, Shard
from serein.services.lambda_.store.mappings import Mapping

_MOST_BYTES = 5_000_000
"""Of a page: AWS's limit on an invocation's payload is 6 MB, and events are a little larger than records."""
_encode = msgspec.json.Encoder().encode


class TableStream:
    """The stream of a table."""

    batch_info = "DDBStreamBatchInfo"
    retention_seconds = 86_400.0

    def __init__(self, platform: Platform, mapping: Mapping) -> None:
        self.topic = f"dynamodb:stream:{mapping.source_arn}"
        self._platform = platform
        self._arn = mapping.source_arn
        self._scope = mapping.scope
        self._newest: dict[str, str] = {}

    async def list_shards(self, since: str, *, is_whole: bool) -> list[Shard]:
        request = {"StreamArn": self._arn} if is_whole else {"StreamArn": self._arn, "From": since}
        stream = await self._platform.call("dynamodb", "DescribeTableStream", request, scope=self._scope)
        shards = [
            Shard(
                shard["ShardId"],
                (shard["Parent"],) if shard["Parent"] else (),
                shard["Start"],
                shard["Last"],
                shard["IsClosed"],
            )
            for shard in stream["Shards"]
        ]
        self._newest = {shard.id: shard.last for shard in shards}
        return shards

    async def read(self, shard_id: str, after: str, limit: int) -> Page:
        request = {"StreamArn": self._arn, "After": after, "Limit": limit, "MostBytes": _MOST_BYTES}
        reply = await self._platform.call("dynamodb", "ReadStream", request, scope=self._scope)
        last, is_ended = reply["Last"], reply["IsEnded"]
        records = [_shown(record, self._arn) for record in reply["Records"]]
        return Page(records, last, is_ended, last < self._newest.get(shard_id, ""))

    def sequence_of(self, record: Record) -> str:
        sequence: str = record["dynamodb"]["SequenceNumber"]
        return sequence

    def key_of(self, record: Record) -> bytes:
        return _encode(record["dynamodb"]["Keys"])

    def arrived_at(self, record: Record) -> float:
        moment: float = record["dynamodb"]["ApproximateCreationDateTime"]
        return moment

    def shown_time(self, seconds: float) -> str:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(record: Record, arn: str) -> Record:
    """A stream record as Lambda's event shows it: the wire form, with binary values in base64.

    AWS: the members of `userIdentity` begin with small letters here
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html).
    """
    shown: Record = {**_plain(record), "eventSourceARN": arn}
    if "userIdentity" in shown:
        shown["userIdentity"] = {name[0].lower() + name[1:]: text for name, text in shown["userIdentity"].items()}
    return shown


def _plain(value: Any) -> Any:
    """JSON values only."""
    if isinstance(value, Encoded):
        return json.loads(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
