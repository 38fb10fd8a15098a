"""DescribeKinesisStreamingDestination: the data streams that a table's changes go to."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.destinations import described
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.tables import require_described_table
from serein.services.dynamodb.tables import require_table_name


@operation("DescribeKinesisStreamingDestination")
async def describe_kinesis_streaming_destination(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = require_table_name(request["TableName"])
    definition = (await call.read(lambda tx: require_described_table(tx, call.scope, name))).definition
    is_gradual = call.platform.realism.is_gradual
    return {
        "TableName": definition.name,
        "KinesisDataStreamDestinations": described(definition.destinations, call.now, is_gradual=is_gradual),
    }
