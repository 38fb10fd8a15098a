"""CreateDeliveryStream: make a delivery stream, and begin to read its data stream if it has one."""

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError, NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.firehose import destinations, feeds, store
from serein.services.firehose.encryption import require_key
from serein.services.firehose.errors import (
    InvalidArgumentException,
    LimitExceededException,
    ResourceInUseException,
)
from serein.services.firehose.requests import check
from serein.services.firehose.streams import DIRECT, StreamDefinition
from serein.services.firehose.tagging import require_tags, tags_in

_MOST_STREAMS = 5000
_CREATING_SECONDS = 15.0
_SOURCES = {"MSKAsSource": "Amazon MSK clusters", "DatabaseAsSource": "databases"}


@operation(
    "CreateDeliveryStream",
    partial="Destinations are buckets and HTTP endpoints; records aren't converted to Parquet or ORC.",
    stored=(
        "DeliveryStreamEncryptionConfigurationInput",
        "DirectPutSourceConfiguration",
        "ExtendedS3DestinationConfiguration.RoleARN",
        "ExtendedS3DestinationConfiguration.DynamicPartitioningConfiguration.RetryOptions",
    ),
)
async def create_delivery_stream(call: Call, request: Request) -> Reply:
    check(call, request)
    name, scope = request["DeliveryStreamName"], call.scope
    kind = request.get("DeliveryStreamType", DIRECT)
    source = await _source(call, kind, request)
    found = destinations.find_destination(request, "DestinationConfiguration")
    if found is None:
        raise InvalidArgumentException("Exactly one destination configuration is supported for a Firehose")
    encryption = request.get("DeliveryStreamEncryptionConfigurationInput") or {}
    if encryption:
        if source:
            raise InvalidArgumentException("Encryption is not supported for KinesisStreamAsSource delivery streams.")
        require_key(encryption)
    definition = StreamDefinition(
        kind,
        call.now,
        found[0],
        destinations.completed(*found),
        source=source,
        direct_put=request.get("DirectPutSourceConfiguration") or {},
        tags=tags_in(request.get("Tags") or ()),
        encryption=encryption,
        active_at=call.now + _CREATING_SECONDS if call.platform.realism.is_gradual else 0.0,
    )
    require_tags(definition.tags, call.caller)
    await call.read(lambda tx: _require_room(tx, call, name))
    if source:
        await feeds.begin(call, name, source["KinesisStreamARN"])

    def write(tx: Transaction) -> Reply:
        _require_room(tx, call, name)
        return {"DeliveryStreamARN": store.insert_stream(tx, scope, name, definition).arn}

    return await call.write(write)


def _require_room(tx: Transaction, call: Call, name: str) -> None:
    if store.find_stream(tx, call.scope, name) is not None:
        raise ResourceInUseException(f"Firehose {name} under accountId {call.scope.account} already exists")
    if store.count_streams(tx, call.scope) >= _MOST_STREAMS:
        raise LimitExceededException(
            f"You have already consumed your firehose quota of {_MOST_STREAMS} hoses. Contact technical support to "
            "request an increase."
        )


async def _source(call: Call, kind: str, request: Request) -> dict[str, str]:
    """The data stream that is read, or nothing. Raises InvalidArgumentException and NotImplementedHere."""
    if kind in _SOURCES:
        raise NotImplementedHere(f"Serein does not implement delivery streams from {_SOURCES[kind]}")
    given: dict[str, str] | None = request.get("KinesisStreamSourceConfiguration")
    if kind == DIRECT:
        if given:
            raise InvalidArgumentException(
                "KinesisStreamSourceConfig is only applicable for KinesisStreamAsSource stream type."
            )
        return {}
    if not given:
        raise InvalidArgumentException("KinesisStreamSourceConfig is required for KinesisStreamAsSource stream type.")
    if "DirectPutSourceConfiguration" in request:
        raise InvalidArgumentException("DirectPutSourceConfig is only applicable for DirectPut stream type.")
    arn = find_arn(given["KinesisStreamARN"])
    assert isinstance(arn, Arn), "the model's pattern is that of an ARN"
    try:
        await call.to("kinesis", "DescribeStreamSummary", {"StreamARN": given["KinesisStreamARN"]}, arn.scope)
    except AwsError as error:
        raise InvalidArgumentException(
            f"Kinesis stream {given['KinesisStreamARN']} not found: {error.message}"
        ) from error
    return given
