"""What buckets' policies allow and deny. Enforced where signatures are.

Access control lists aren't asked: another account needs a policy that lets it in.
AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from collections.abc import Iterator

from serein.kernel.access import request_of
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Request
from serein.kernel.policies import Policy, decide_resource, refusal_text, stored_policy
from serein.kernel.policies.requests import Value
from serein.services.s3.errors import AccessDenied
from serein.services.s3.reading import parse_copy_source
from serein.services.s3.store import buckets as rows

_ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
"""The actions that have other names than their operations."""
_VERSIONED = frozenset(
    {"DeleteObject", "DeleteObjectTagging", "GetObject", "GetObjectAcl", "GetObjectAttributes", "GetObjectTagging"}
    | {"PutObjectAcl", "PutObjectTagging"}
)
"""The actions that have another one for a given version."""
_KEYS = (
    ("s3:prefix", "Prefix"),
    ("s3:delimiter", "Delimiter"),
    ("s3:max-keys", "MaxKeys"),
    ("s3:x-amz-acl", "ACL"),
    ("s3:x-amz-copy-source", "CopySource"),
    ("s3:x-amz-metadata-directive", "MetadataDirective"),
    ("s3:x-amz-server-side-encryption", "ServerSideEncryption"),
    ("s3:x-amz-server-side-encryption-aws-kms-key-id", "SSEKMSKeyId"),
    ("s3:x-amz-storage-class", "StorageClass"),
    ("s3:VersionId", "VersionId"),
)
_POLICY = frozenset({"DeleteBucketPolicy", "GetBucketPolicy", "PutBucketPolicy"})
_Use = tuple[str, str, str, str]
"""An action, a bucket, a key or nothing, a version or nothing."""


async def check(call: Call, request: Request) -> None:
    """Raise AccessDenied when the policy of a bucket doesn't let the caller through; what isn't there is left alone."""
    if "Bucket" in request and call.operation != "CreateBucket":
        uses = list(_uses(call.operation, request))
        refusal = await call.read(lambda tx: _find_refusal(tx, call, request, uses))
        if refusal:
            raise AccessDenied(refusal)


def _uses(operation: str, request: Request) -> Iterator[_Use]:
    bucket, version = request["Bucket"], request.get("VersionId", "")
    action = _ACTIONS.get(operation, operation)
    if operation == "DeleteObjects":
        for each in (request.get("Delete") or {}).get("Objects", ()):
            yield action, bucket, each.get("Key", ""), each.get("VersionId", "")
        return
    yield action, bucket, request.get("Key", ""), version
    if request.get("CopySource"):
        source = parse_copy_source(request)
        yield "GetObject", source["Bucket"], source["Key"], source.get("VersionId", "")


def _find_refusal(tx: Transaction, call: Call, request: Request, uses: list[_Use]) -> str:
    context: dict[str, Value] = {key: str(request[member]) for key, member in _KEYS if member in request}
    for action, name, key, version in uses:
        bucket = rows.find_bucket(tx, name)
        if bucket is None:
            continue
        named = f"s3:{action}Version" if version and action in _VERSIONED else f"s3:{action}"
        asked = request_of(call, named, f"{bucket.arn}/{key}" if key else bucket.arn, context)
        # AWS: no policy keeps the root of the owner's account from the policy.
        if action in _POLICY and asked.principal.is_root and asked.principal.account == bucket.account:
            continue
        verdict = decide_resource(asked, _policy(tx, name), bucket.account)
        if not verdict.is_allowed:
            # AWS: another account isn't told why.
            is_own = asked.principal.account == bucket.account
            return refusal_text(asked, verdict, resource=f'"{asked.resource}"') if is_own else "Access Denied"
    return ""


def _policy(tx: Transaction, bucket: str) -> Policy | None:
    text = rows.find_setting(tx, bucket, "policy")
    return stored_policy(text) if isinstance(text, str) else None
