"""StartDeliveryStreamEncryption and StopDeliveryStreamEncryption: kept and shown; nothing is encrypted."""

from typing import Any

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.firehose import store
from serein.services.firehose.encryption import require_key
from serein.services.firehose.errors import InvalidArgumentException
from serein.services.firehose.requests import check
from serein.services.firehose.streams import DIRECT


@operation("StartDeliveryStreamEncryption", stored=("DeliveryStreamEncryptionConfigurationInput",))
async def start_delivery_stream_encryption(call: Call, request: Request) -> Reply:
    check(call, request)
    encryption = request.get("DeliveryStreamEncryptionConfigurationInput") or {"KeyType": "AWS_OWNED_CMK"}
    require_key(encryption)
    await _change(call, request["DeliveryStreamName"], encryption)
    return {}


@operation("StopDeliveryStreamEncryption")
async def stop_delivery_stream_encryption(call: Call, request: Request) -> Reply:
    check(call, request)
    await _change(call, request["DeliveryStreamName"], {})
    return {}


async def _change(call: Call, name: str, encryption: dict[str, Any]) -> None:
    def write(tx: Transaction) -> None:
        stream = store.require_stream(tx, call.scope, name)
        if stream.definition.type != DIRECT:
            raise InvalidArgumentException(
                f"This operation is not permitted on {stream.definition.type} delivery stream type."
            )
        store.update_stream(tx, stream, replace(stream.definition, encryption=encryption))

    await call.write(write)
