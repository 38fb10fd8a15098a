"""The document about a batch that was given up, and its delivery."""

import json
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Platform
from serein.kernel.database import Delivery, Policy, Target
from serein.kernel.ids import new_uuid
from serein.services.lambda_.event_invokes import delivery_to, iso_time
from serein.services.lambda_.pollers.stream_batches import Batch
from serein.services.lambda_.pollers.stream_sources import StreamSource
from serein.services.lambda_.store.mappings import Mapping

RETRIES_EXHAUSTED = "RetryAttemptsExhausted"
TOO_OLD = "RecordAgeExceeded"
_SEND_POLICY = Policy(maximum_attempts=20, maximum_age_seconds=6 * 3600.0)


def failure_delivery(
    platform: Platform,
    mapping: Mapping,
    source: StreamSource,
    shard_id: str,
    batch: Batch,
    condition: str,
    reply: dict[str, Any],
) -> Delivery | None:
    """The delivery of the document about a batch that was given up; None when nobody wants it.

    AWS: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html,
    https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html; those about a resource of another
    service name it as `partnerResourceArn`
    """
    destination = mapping.settings["DestinationConfig"].get("OnFailure", {}).get("Destination")
    if not destination:
        return None
    now = platform.clock.now()
    if mapping.receiver:
        document: dict[str, Any] = {"context": {"partnerResourceArn": mapping.function_arn, "condition": condition}}
    else:
        document = {
            "requestContext": {
                "requestId": new_uuid(),
                "functionArn": mapping.function_arn,
                "condition": condition,
                "approximateInvokeCount": batch.attempts,
            },
        }
    if reply and not mapping.receiver:
        document["responseContext"] = {
            "statusCode": reply["StatusCode"],
            "executedVersion": reply["ExecutedVersion"],
            "functionError": reply.get("FunctionError"),
        }
    document |= {
        "version": "1.0",
        "timestamp": iso_time(now),
        source.batch_info: _batch_info(mapping, source, shard_id, batch),
    }
    arn = find_arn(destination)
    if arn is None or arn.service != "s3":
        return delivery_to(platform, destination, json.dumps(document))
    # AWS: only objects have the records themselves.
    document["payload"] = json.dumps({"Records": batch.records}, separators=(",", ":"))
    time = iso_time(now)
    key = f"aws/lambda/{mapping.id}/{shard_id}/{time[:10].replace('-', '/')}/{time[:19].replace(':', '.')}-{new_uuid()}"
    request = {"Bucket": arn.resource, "Key": key, "Body": json.dumps(document).encode()}
    return Delivery(Target("s3", "PutObject", mapping.scope), request, _SEND_POLICY)


def _batch_info(mapping: Mapping, source: StreamSource, shard_id: str, batch: Batch) -> dict[str, Any]:
    info: dict[str, Any] = {"shardId": shard_id}
    if batch.records:
        first, last = batch.records[0], batch.records[-1]
        info |= {
            "startSequenceNumber": source.sequence_of(first),
            "endSequenceNumber": source.sequence_of(last),
            "approximateArrivalOfFirstRecord": source.shown_time(source.arrived_at(first)),
            "approximateArrivalOfLastRecord": source.shown_time(source.arrived_at(last)),
        }
    return info | {"batchSize": len(batch.records), "streamArn": mapping.source_arn}
