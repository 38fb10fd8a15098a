"""DescribeLimits: how many shards and on-demand streams an account may have, and has."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis.lifecycle import ON_DEMAND_LIMIT, SHARD_LIMIT
from serein.services.kinesis.store import streams
from serein.services.kinesis.streams import ON_DEMAND, PROVISIONED


@operation("DescribeLimits")
async def describe_limits(call: Call, request: Request) -> Reply:
    scope = call.scope

    def read(tx: Transaction) -> Reply:
        _, shards = streams.open_shard_count(tx, scope, PROVISIONED)
        on_demand, _ = streams.open_shard_count(tx, scope, ON_DEMAND)
        return {
            "ShardLimit": SHARD_LIMIT,
            "OpenShardCount": shards,
            "OnDemandStreamCount": on_demand,
            "OnDemandStreamCountLimit": ON_DEMAND_LIMIT,
        }

    return await call.read(read)
