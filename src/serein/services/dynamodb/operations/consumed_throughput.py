"""ConsumedThroughput: how many units a table or an index has consumed in each of the last minutes, for auto scaling.

The first question makes DynamoDB count. It needs `TableName`, `IndexName` (empty for the table's own), `Units`
(ReadCapacityUnits or WriteCapacityUnits) and `Minutes`, the most that is wanted. It answers `Minutes`: the units of
whole minutes, the latest last. Raises ResourceNotFoundException.
"""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.metering import meters_of
from serein.services.dynamodb.store.tables import require_described_table


@operation("ConsumedThroughput", internal=True)
async def consumed_throughput(call: Call, request: Request) -> Reply:
    table = await call.read(lambda tx: require_described_table(tx, call.scope, request["TableName"]))
    meter = meters_of(call.platform).ask(table)
    return {"Minutes": meter.whole_minutes(call.now, request["IndexName"], request["Units"], request["Minutes"])}
