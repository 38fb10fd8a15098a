"""Kinesis data streams, and their consumers, as sources of records.

A consumer of enhanced fan-out is read like its stream: what it is for on AWS, throughput of its own, is not short here.
"""

import base64
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.services.lambda_.event_invokes import iso_time
from serein.services.lambda_.names import parse_reference
from serein.services.lambda_.pollers.stream_sources import Page, Record, Shard
from serein.services.lambda_.store import functions
from serein.services.lambda_.store.mappings import Mapping

_MOST_BYTES = 4_400_000
"""Of a page: events have the data in base64, a third longer."""


class DataStream:
    """A data stream."""

    batch_info = "KinesisBatchInfo"

    def __init__(self, platform: Platform, mapping: Mapping) -> None:
        self._platform = platform
        self._mapping = mapping
        self._stream_arn, _, self._consumer = mapping.source_arn.partition("/consumer/")
        source = find_arn(self._stream_arn)
        self._scope = mapping.scope if source is None else source.scope
        self.topic = f"kinesis:stream:{self._stream_arn}"
        self.retention_seconds = 86_400.0
        self._shards: list[Shard] | None = None
        self._role: str | None = None

    async def list_shards(self, since: str, *, is_whole: bool) -> list[Shard]:
        # Why not each time: new shards follow one that has been read to its end.
        if self._shards is None or is_whole:
            self._shards = await self._list()
        return self._shards

    async def _list(self) -> list[Shard]:
        if self._consumer:
            await self._call("DescribeStreamConsumer", {"ConsumerARN": self._mapping.source_arn})
        summary = await self._call("DescribeStreamSummary", {"StreamARN": self._stream_arn})
        self.retention_seconds = summary["StreamDescriptionSummary"]["RetentionPeriodHours"] * 3600.0
        shards: list[Shard] = []
        request: dict[str, Any] = {"StreamARN": self._stream_arn}
        while True:
            reply = await self._call("ListShards", request)
            shards += [_shard(shard) for shard in reply["Shards"]]
            if "NextToken" not in reply:
                return shards
            request = {"NextToken": reply["NextToken"]}

    async def read(self, shard_id: str, after: str, limit: int) -> Page:
        request: dict[str, Any] = {
            "StreamARN": self._stream_arn,
            "ShardId": shard_id,
            "Limit": limit,
            "MostBytes": _MOST_BYTES,
        }
        settings = self._mapping.settings
        if after:
            request["After"] = after
        elif settings["StartingPosition"] == "AT_TIMESTAMP":
            request |= {"Start": "AT_TIMESTAMP", "Timestamp": settings["StartingPositionTimestamp"]}
        reply = await self._call("ReadShard", request)
        read: list[Record] = reply["Records"]
        if reply["IsEnded"]:
            self._shards = None
        if read and self._role is None:
            self._role = await self._find_role()
        size = sum(len(record["Data"]) for record in read)
        return Page(
            [self._shown(record, shard_id) for record in read],
            reply["Last"],
            reply["IsEnded"],
            len(read) >= limit or size > _MOST_BYTES // 2 or reply["MillisBehindLatest"] > 0,
        )

    async def _find_role(self) -> str:
        if self._mapping.receiver:
            return ""  # the receiver knows its own
        reference = parse_reference(self._mapping.scope, self._mapping.function_arn)
        try:
            configuration = await self._platform.database.read(
                lambda tx: functions.require_configuration(tx, reference)
            )
        except AwsError:
            return ""  # the function is gone, which its invocation will tell
        role: str = configuration["Role"]
        return role

    def _shown(self, record: Record, shard_id: str) -> Record:
        """AWS: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html"""
        sequence = record["SequenceNumber"]
        return {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record.get("PartitionKey", ""),
                "sequenceNumber": sequence,
                "data": base64.b64encode(record["Data"]).decode(),
                "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"],
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{shard_id}:{sequence}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": self._role,
            "awsRegion": self._scope.region,
            "eventSourceARN": self._mapping.source_arn,
        }

    def sequence_of(self, record: Record) -> str:
        sequence: str = record["kinesis"]["sequenceNumber"]
        return sequence

    def key_of(self, record: Record) -> bytes:
        key: str = record["kinesis"]["partitionKey"]
        return key.encode()

    def arrived_at(self, record: Record) -> float:
        moment: float = record["kinesis"]["approximateArrivalTimestamp"]
        return moment

    def shown_time(self, seconds: float) -> str:
        return iso_time(seconds)

    async def _call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return await self._platform.call("kinesis", operation, request, scope=self._scope)


def _shard(shard: dict[str, Any]) -> Shard:
    parents = tuple(shard[name] for name in ("ParentShardId", "AdjacentParentShardId") if shard.get(name))
    is_closed = "EndingSequenceNumber" in shard["SequenceNumberRange"]
    return Shard(shard["ShardId"], parents, "", "", is_closed)
