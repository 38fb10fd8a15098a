"""EnableKinesisStreamingDestination: send a table's changes to a data stream from now on."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.destinations import MILLISECOND, enabled, require_stream_arn
from serein.services.dynamodb.errors import ResourceNotFoundException, ValidationException
from serein.services.dynamodb.lifecycle import changed
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.tables import replace_definition, require_active_table, require_described_table
from serein.services.dynamodb.tables import require_table_name, table_of

_CONFIGURATION = "EnableKinesisStreamingConfiguration"


@operation("EnableKinesisStreamingDestination")
async def enable_kinesis_streaming_destination(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name, arn = require_table_name(request["TableName"]), request["StreamArn"]
    precision = request.get(_CONFIGURATION, {}).get("ApproximateCreationDateTimePrecision", MILLISECOND)
    await call.read(lambda tx: require_described_table(tx, call.scope, name))
    require_stream_arn(arn, table_of(call.scope, name)[0])
    await _require_stream(call, arn)

    def enable(tx: Transaction) -> str:
        definition = require_active_table(tx, call.scope, name).definition
        is_gradual = call.platform.realism.is_gradual
        after = enabled(definition.destinations, arn, precision, tx.now, is_gradual=is_gradual)
        replace_definition(tx, changed(definition, destinations=after))
        return definition.name

    reply: Reply = {"TableName": await call.write(enable), "StreamArn": arn, "DestinationStatus": "ENABLING"}
    if _CONFIGURATION in request:
        reply[_CONFIGURATION] = request[_CONFIGURATION]
    return reply


async def _require_stream(call: Call, arn: str) -> None:
    try:
        await call.to("kinesis", "DescribeStreamSummary", {"StreamARN": arn})
    except AwsError as error:
        if error.code != ResourceNotFoundException.code:
            raise
        # AWS: it does not say whether the stream is missing or forbidden.
        raise ValidationException("User does not have a permission to use kinesis stream") from error
