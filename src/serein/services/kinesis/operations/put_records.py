"""PutRecords: add up to 500 records, each to the shard that its key belongs to; some may fail where others don't."""

from typing import Any

from serein.kernel.call import Call, Platform
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import placing, throughput
from serein.services.kinesis.errors import (
    DryRunOperationException,
    InvalidArgumentException,
    ProvisionedThroughputExceededException,
)
from serein.services.kinesis.placing import Draft
from serein.services.kinesis.shards import Shard
from serein.services.kinesis.store import records, streams
from serein.services.kinesis.streams import Stream

Refused = dict[int, ProvisionedThroughputExceededException]
"""Records that shards don't take, by their places in the request."""


@operation("PutRecords")
async def put_records(call: Call, request: Request) -> Reply:
    drafts = [placing.parse_draft(entry) for entry in request["Records"]]
    if sum(draft.size_bytes for draft in drafts) > placing.MOST_REQUEST_BYTES:
        raise InvalidArgumentException("Records size exceeds 10 MB limit")
    is_dry, scope = request.get("DryRun"), call.scope
    refused: Refused = {}

    def place(tx: Transaction) -> tuple[Stream, list[Shard]]:
        stream = streams.require_named_stream(tx, scope, request)
        stream.require_writable()
        keys = [placing.require_fitting(stream, draft, f"records.{n}.member.") for n, draft in enumerate(drafts, 1)]
        return stream, [stream.shard_for(key) for key in keys]

    def write(tx: Transaction) -> Reply:
        stream, shards = place(tx)
        if is_dry:
            raise DryRunOperationException
        return _append(tx, stream, shards, drafts, refused)

    if call.platform.realism.is_throttling:
        refused = _refused(call.platform, *await call.read(place), drafts)
    return await call.write(write)


def _refused(platform: Platform, stream: Stream, shards: list[Shard], drafts: list[Draft]) -> Refused:
    return {
        place: throughput.exceeded(stream, shard)
        for place, (shard, draft) in enumerate(zip(shards, drafts, strict=True))
        if not throughput.take_write(platform, shard, draft.size_bytes)
    }


def _append(tx: Transaction, stream: Stream, shards: list[Shard], drafts: list[Draft], refused: Refused) -> Reply:
    counts: dict[int, int] = {}
    for place, shard in enumerate(shards):
        if place not in refused:
            counts[shard.number] = counts.get(shard.number, 0) + 1
    # Why sorted: transactions that claim from several shards do it in one order, so none waits for the other.
    indexes = {
        number: streams.claim_indexes(tx, stream.by_number[number], counts[number]) - counts[number] + 1
        for number in sorted(counts)
    }
    is_encrypted, second = stream.is_encrypted, int(tx.now)
    results: list[dict[str, Any]] = []
    for place, (shard, draft) in enumerate(zip(shards, drafts, strict=True)):
        error = refused.get(place)
        if error is not None:
            results.append({"ErrorCode": error.code, "ErrorMessage": error.message})
            continue
        index = indexes[shard.number]
        indexes[shard.number] = index + 1
        records.insert_record(tx, shard, index, draft.partition_key, draft.data, is_encrypted=is_encrypted)
        results.append({"SequenceNumber": shard.sequence(index, second), "ShardId": shard.name})
    tx.wake(stream.topic)
    reply = {"FailedRecordCount": len(refused), "Records": results}
    return reply | {"EncryptionType": "KMS"} if is_encrypted else reply
