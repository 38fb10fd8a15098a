"""PutRecord: add a record to the shard that its key belongs to."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import placing, throughput
from serein.services.kinesis.errors import DryRunOperationException
from serein.services.kinesis.shards import Shard
from serein.services.kinesis.store import records, streams
from serein.services.kinesis.streams import Stream


@operation("PutRecord")
async def put_record(call: Call, request: Request) -> Reply:
    draft = placing.parse_draft(request)
    ordering = request.get("SequenceNumberForOrdering")
    is_dry, scope = request.get("DryRun"), call.scope

    def place(tx: Transaction) -> tuple[Stream, Shard]:
        stream = streams.require_named_stream(tx, scope, request)
        stream.require_writable()
        hash_key = placing.require_fitting(stream, draft, "")
        placing.require_orderable(stream, ordering)
        return stream, stream.shard_for(hash_key)

    def write(tx: Transaction) -> Reply:
        stream, shard = place(tx)
        if is_dry:
            raise DryRunOperationException
        index = streams.claim_indexes(tx, shard, 1)
        is_encrypted = stream.is_encrypted
        records.insert_record(tx, shard, index, draft.partition_key, draft.data, is_encrypted=is_encrypted)
        tx.wake(stream.topic)
        reply = {"ShardId": shard.name, "SequenceNumber": shard.sequence(index, int(tx.now))}
        return reply | {"EncryptionType": "KMS"} if is_encrypted else reply

    if call.platform.realism.is_throttling:
        stream, shard = await call.read(place)
        if not throughput.take_write(call.platform, shard, draft.size_bytes):
            raise throughput.exceeded(stream, shard)
    return await call.write(write)
