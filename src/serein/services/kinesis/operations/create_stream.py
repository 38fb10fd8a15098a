"""CreateStream: make a stream with shards of equal width."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import lifecycle, modes
from serein.services.kinesis.errors import ResourceInUseException
from serein.services.kinesis.store import accounts, streams
from serein.services.kinesis.streams import (
    DEFAULT_RECORD_KIB,
    ON_DEMAND,
    USER_PARTITION_KEY,
    Address,
    StreamDefinition,
    new_stream_id,
)
from serein.services.kinesis.tagging import require_tags


@operation("CreateStream", stored=("WarmThroughputMiBps",))
async def create_stream(call: Call, request: Request) -> Reply:
    scope, is_gradual = call.scope, call.platform.realism.is_gradual
    address = Address(scope.account, scope.region, request["StreamName"])
    mode, shard_count = modes.parse_mode(request)
    distribution = request.get("RecordDistributionStrategy", USER_PARTITION_KEY)
    modes.require_distribution(distribution, mode)
    warm = request.get("WarmThroughputMiBps")
    tags = request.get("Tags") or {}
    require_tags(tags, call.caller)

    def write(tx: Transaction) -> None:
        if streams.find_stream(tx, address) is not None:
            raise ResourceInUseException(f"Stream {address.name} under account {address.account} already exists.")
        modes.require_warm(warm, mode, accounts.find_commitment(tx, scope))
        if mode == ON_DEMAND:
            lifecycle.require_on_demand_room(tx, scope)
        else:
            lifecycle.require_shard_room(tx, scope, shard_count)
        lifecycle.require_creation_room(tx, scope)
        definition = StreamDefinition(
            new_stream_id(),
            tx.now,
            [],
            0,
            mode=mode,
            record_kib=request.get("MaxRecordSizeInKiB", DEFAULT_RECORD_KIB),
            distribution=distribution,
            warm_mibps=warm,
            tags=tags,
        )
        lifecycle.create_stream(tx, address, definition, shard_count, is_gradual=is_gradual)

    await call.write(write)
    return {}
