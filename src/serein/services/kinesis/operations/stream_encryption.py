"""StartStreamEncryption and StopStreamEncryption: the KMS key that a stream's records are said to be encrypted with."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import lifecycle
from serein.services.kinesis.errors import InvalidArgumentException
from serein.services.kinesis.store import streams


@operation("StartStreamEncryption", stored=("EncryptionType", "KeyId"))
async def start_stream_encryption(call: Call, request: Request) -> Reply:
    return await _encrypt(call, request, request["KeyId"])


@operation("StopStreamEncryption", stored=("EncryptionType", "KeyId"))
async def stop_stream_encryption(call: Call, request: Request) -> Reply:
    return await _encrypt(call, request, "")


async def _encrypt(call: Call, request: Request, key_id: str) -> Reply:
    scope, is_gradual = call.scope, call.platform.realism.is_gradual
    if request["EncryptionType"] != "KMS":
        raise InvalidArgumentException("The only valid EncryptionType is KMS.")

    def write(tx: Transaction) -> None:
        stream = streams.require_named_stream(tx, scope, request)
        stream.require_active()
        if stream.definition.key_id != key_id:
            after = replace(stream.definition, key_id=key_id)
            lifecycle.change_stream(tx, stream, after, is_gradual=is_gradual)

    await call.write(write)
    return {}
