"""DescribeMapRun: what a map run is to do, and how far it is."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.distributed.runs import described
from serein.services.stepfunctions.store import map_runs


@operation("DescribeMapRun")
async def describe_map_run(call: Call, request: Request) -> Reply:
    def describe(tx: Transaction) -> Reply:
        run = map_runs.require_run(tx, call.scope, request["mapRunArn"])
        return described(run, *map_runs.counts_of(tx, run.id), now=tx.now)

    return await call.read(describe)
