"""What S3 tells EventBridge of changes in a bucket that wants it.

AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from functools import lru_cache
from typing import Any

import msgspec

from serein.kernel.call import Call
from serein.kernel.database import Delivery, Policy, Target, Transaction
from serein.kernel.scope import Scope
from serein.services.s3.buckets import Bucket
from serein.services.s3.objects import Version

_POLICY = Policy(maximum_attempts=50, maximum_age_seconds=6 * 3600.0)
_CREATED = "Object Created"
_DELETED = "Object Deleted"
_KINDS: dict[str, tuple[str, dict[str, str]]] = {
    "ObjectCreated:Put": (_CREATED, {"reason": "PutObject"}),
    "ObjectCreated:Post": (_CREATED, {"reason": "POST Object"}),
    "ObjectCreated:Copy": (_CREATED, {"reason": "CopyObject"}),
    "ObjectCreated:CompleteMultipartUpload": (_CREATED, {"reason": "CompleteMultipartUpload"}),
    "ObjectRemoved:Delete": (_DELETED, {"reason": "DeleteObject", "deletion-type": "Permanently Deleted"}),
    "ObjectRemoved:DeleteMarkerCreated": (
        _DELETED,
        {"reason": "DeleteObject", "deletion-type": "Delete Marker Created"},
    ),
    "ObjectTagging:Put": ("Object Tags Added", {}),
    "ObjectTagging:Delete": ("Object Tags Deleted", {}),
    "ObjectAcl:Put": ("Object ACL Updated", {}),
}


@lru_cache(maxsize=512)
def is_wanted(configuration: str) -> bool:
    """Whether a stored notification configuration asks for events."""
    return "EventBridgeConfiguration" in msgspec.json.decode(configuration)


def publish(tx: Transaction, call: Call, bucket: Bucket, event: str, version: Version) -> None:
    """Owe the event of a change, in the transaction that makes it. `event` is without `s3:`."""
    kind = _KINDS.get(event)
    if kind is None:
        return
    changed: dict[str, Any] = {"key": version.key}
    if kind[0] == _CREATED:
        changed["size"] = version.size_bytes
    if event != "ObjectRemoved:Delete":
        changed["etag"] = version.etag
    if bucket.versioning:
        changed["version-id"] = version.version_id
    if not event.startswith(("ObjectTagging", "ObjectAcl")):
        changed["sequencer"] = f"{version.sequence:018X}"
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": changed,
        "request-id": call.request_id,
        "requester": call.scope.account,
        "source-ip-address": "127.0.0.1",
        **kind[1],
    }
    entry = {
        "Source": "aws.s3",
        "DetailType": kind[0],
        "Time": tx.now,
        "Resources": [bucket.arn],
        "Detail": msgspec.json.encode(detail).decode(),
    }
    target = Target("events", "PutEvents", Scope(bucket.account, bucket.region), call.trace_id)
    tx.send(Delivery(target, {"Entries": [entry]}, _POLICY))
