"""DisableKinesisStreamingDestination: send no more of a table's changes to a data stream."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.destinations import disabled
from serein.services.dynamodb.lifecycle import changed
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.tables import replace_definition, require_active_table
from serein.services.dynamodb.tables import require_table_name

_CONFIGURATION = "EnableKinesisStreamingConfiguration"


@operation("DisableKinesisStreamingDestination")
async def disable_kinesis_streaming_destination(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name, arn = require_table_name(request["TableName"]), request["StreamArn"]

    def disable(tx: Transaction) -> str:
        definition = require_active_table(tx, call.scope, name).definition
        is_gradual = call.platform.realism.is_gradual
        after = disabled(definition.destinations, arn, tx.now, is_gradual=is_gradual)
        replace_definition(tx, changed(definition, destinations=after))
        return definition.name

    reply: Reply = {"TableName": await call.write(disable), "StreamArn": arn, "DestinationStatus": "DISABLING"}
    if _CONFIGURATION in request:
        reply[_CONFIGURATION] = request[_CONFIGURATION]
    return reply
