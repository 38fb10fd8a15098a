"""A buffer into an object of a bucket.

The object's key is made of the buffer's own id and time, so a delivery that is made again after a crash writes the same
object again.
"""

import hashlib
import json

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.operation import Request
from serein.services.firehose.delivering.objects import compressed, plain
from serein.services.firehose.delivering.steps import again, discard, records_of
from serein.services.firehose.journal import tell
from serein.services.firehose.metrics import count_delivery
from serein.services.firehose.plans import BACKUP, DATA, Bucket
from serein.services.firehose.prefixes import Filling, error_prefix, format_date, key_prefix
from serein.services.firehose.store import Buffer
from serein.services.firehose.streams import Stream

_LONGEST_PAUSE_SECONDS = 300.0
# AWS: https://docs.aws.amazon.com/firehose/latest/dev/retry.html: for up to 24 hours, then the data is lost.
_PATIENCE_SECONDS = 86_400.0
_NAME_DATE = "yyyy-MM-dd-HH-mm-ss"


async def deliver(call: Call, stream: Stream, buffer: Buffer, bucket: Bucket, request: Request) -> None:
    """Write the object. Raises Reschedule when it can't be written now."""
    prefix, name = key_of(stream, buffer, bucket)
    delimiter = stream.plan.processing.delimiter if buffer.stage == DATA else b""
    body = compressed(plain(records_of(call, buffer), delimiter), bucket.compression, name, buffer.opened_at)
    put: Request = {"Bucket": bucket.name, "Key": prefix + name + bucket.extension, "Body": body}
    put["ContentType"] = "application/octet-stream"
    if bucket.key_arn:
        put |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": bucket.key_arn}
    kind = "BackupToS3" if buffer.stage == BACKUP else "DeliveryToS3"
    try:
        await call.to("s3", "PutObject", put)
    except AwsError as error:
        count_delivery(call.platform, stream, kind, None)
        await tell(call, stream, bucket.log, f"arn:aws:s3:::{bucket.name}", (f"S3.{error.code}", error.message))
        if call.now - request.get("Since", call.now) < _PATIENCE_SECONDS:
            raise again(request, min(2.0 ** request.get("Attempts", 0), _LONGEST_PAUSE_SECONDS), call.now) from error
    else:
        sizes = (buffer.packs, buffer.size_bytes, call.now - buffer.opened_at)
        count_delivery(call.platform, stream, kind, sizes)
    await discard(call, buffer)


def key_of(stream: Stream, buffer: Buffer, bucket: Bucket) -> tuple[str, str]:
    """The prefix and the name of the object that a buffer becomes, the name without an extension.

    AWS: stream, version, the time of the oldest record, a random string.
    """
    digest = hashlib.sha256(str(buffer.id).encode()).hexdigest()
    random = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
    keys = json.loads(buffer.part) if buffer.stage == DATA and buffer.part else {}
    filling = Filling(buffer.opened_at, bucket.zone, digest, keys)
    if buffer.stage in (DATA, BACKUP):
        prefix = key_prefix(bucket.prefix, filling)
    else:
        prefix = error_prefix(bucket.prefix, bucket.errors, filling, buffer.part)
    date = format_date(_NAME_DATE, filling.moment)
    return prefix, f"{stream.name}-{stream.definition.version}-{date}-{random}"
