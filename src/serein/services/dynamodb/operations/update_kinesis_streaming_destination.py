"""UpdateKinesisStreamingDestination: how exactly records say when a change was made."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.destinations import updated
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.lifecycle import changed
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.tables import replace_definition, require_active_table
from serein.services.dynamodb.tables import require_table_name

_CONFIGURATION = "UpdateKinesisStreamingConfiguration"


@operation("UpdateKinesisStreamingDestination")
async def update_kinesis_streaming_destination(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name, arn = require_table_name(request["TableName"]), request["StreamArn"]
    configuration = request.get(_CONFIGURATION, {})
    precision = configuration.get("ApproximateCreationDateTimePrecision")
    if precision is None:
        raise ValidationException(
            "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration "
            "cannot be null or contain only null values"
        )

    def update(tx: Transaction) -> str:
        definition = require_active_table(tx, call.scope, name).definition
        is_gradual = call.platform.realism.is_gradual
        after = updated(
            definition.destinations,
            arn,
            precision,
            definition.name,
            definition.table_id,
            tx.now,
            is_gradual=is_gradual,
        )
        replace_definition(tx, changed(definition, destinations=after))
        return definition.name

    return {
        "TableName": await call.write(update),
        "StreamArn": arn,
        "DestinationStatus": "UPDATING",
        _CONFIGURATION: configuration,
    }
