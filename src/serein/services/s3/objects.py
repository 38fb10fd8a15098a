"""Objects: a version of a key, what is kept of the request that made it, and what reading it answers."""

import base64
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from serein.kernel.ids import random_bytes
from serein.services.s3.buckets import Bucket
from serein.services.s3.errors import (
    AccessDenied,
    InvalidArgument,
    InvalidEncryptionAlgorithm,
    InvalidRequest,
    InvalidStorageClass,
    KeyTooLong,
    MetadataTooLarge,
)

MAXIMUM_KEY_BYTES = 1024
MAXIMUM_METADATA_BYTES = 2048
NULL_VERSION = "null"
ACL = "_acl"
"""Where an object's ACL is among its attributes; reading the object doesn't show it."""
EMPTY_ETAG = "d41d8cd98f00b204e9800998ecf8427e"
"""The MD5 of nothing, which events give for delete markers."""
_HEADERS = (
    "CacheControl",
    "ContentDisposition",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "WebsiteRedirectLocation",
    "ObjectLockMode",
    "ObjectLockRetainUntilDate",
    "ObjectLockLegalHoldStatus",
)
_STORAGE_CLASSES = frozenset(
    [
        "STANDARD",
        "REDUCED_REDUNDANCY",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER",
        "DEEP_ARCHIVE",
        "GLACIER_IR",
    ]
)
_ENCRYPTION_ECHO = (
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "BucketKeyEnabled",
    "SSECustomerAlgorithm",
    "SSECustomerKeyMD5",
)
CANNED_ACLS = frozenset(
    [
        "private",
        "log-delivery-write",
        "public-read",
        "public-read-write",
        "authenticated-read",
        "aws-exec-read",
        "bucket-owner-read",
        "bucket-owner-full-control",
    ]
)


@dataclass(slots=True)
class Version:
    """A version of an object, or a delete marker, as its row has it."""

    key: str
    version_id: str
    """`null` for what was written while versioning was off or suspended."""
    sequence: int
    """Grows with every change of the key."""
    is_marker: bool
    size_bytes: int
    etag: str
    """Without quotes."""
    modified_at: int
    """Seconds since the epoch: S3 keeps no fractions."""
    attributes: str
    """JSON text of what reading the object answers besides the above."""
    tags: str
    """JSON text of pairs; empty when there are none."""
    blob_key: str = ""
    parts: str = ""
    """JSON text of `Part`s when the object was uploaded in parts."""
    content: bytes | None = None
    """The bytes of a small object, when they were asked for."""

    @property
    def quoted_etag(self) -> str:
        return f'"{self.etag}"'

    @property
    def fields(self) -> dict[str, Any]:
        """The attributes, decoded."""
        return decoded(self.attributes)

    @property
    def blob_keys(self) -> list[str]:
        """The blobs that hold the bytes."""
        if self.parts:
            return [part.blob_key for part in parse_parts(self.parts)]
        return [self.blob_key] if self.blob_key else []


class Part(msgspec.Struct, array_like=True, frozen=True):
    """A piece of an object that was uploaded in parts."""

    number: int
    size_bytes: int
    blob_key: str
    checksum: str


@lru_cache(maxsize=256)
def parse_parts(text: str) -> list[Part]:
    """The pieces of an object, in order."""
    return msgspec.json.decode(text, type=list[Part])


def decoded(attributes: str) -> dict[str, Any]:
    """The attributes that a column has."""
    return msgspec.json.decode(attributes) if attributes else {}


def encoded(value: Any) -> str:
    """JSON text for a column."""
    return msgspec.json.encode(value).decode()


def new_version_id(bucket: Bucket) -> str:
    """The version id that a write to the bucket makes."""
    if bucket.versioning != "Enabled":
        return NULL_VERSION
    return base64.b64encode(random_bytes(24), b"_.").decode()


def require_valid_key(key: str) -> None:
    """Raise KeyTooLong beyond 1,024 bytes of UTF-8."""
    if len(key) > MAXIMUM_KEY_BYTES // 4 and len(size := key.encode()) > MAXIMUM_KEY_BYTES:
        raise KeyTooLong(Size=len(size), MaxSizeAllowed=MAXIMUM_KEY_BYTES)


def attributes_of(request: dict[str, Any], bucket: Bucket) -> dict[str, Any]:
    """What is kept of a request that writes an object: in the form in which reading the object answers it."""
    kept = {name: request[name] for name in _HEADERS if name in request}
    kept.setdefault("ContentType", "binary/octet-stream")
    if encoding := content_encoding(request):
        kept["ContentEncoding"] = encoding
    if metadata := request.get("Metadata"):
        kept["Metadata"] = require_valid_metadata(metadata)
    storage_class = request.get("StorageClass", "STANDARD")
    if storage_class not in _STORAGE_CLASSES:
        raise InvalidStorageClass(StorageClassRequested=storage_class)
    if storage_class != "STANDARD":
        kept["StorageClass"] = storage_class
    kept.update(encryption_of(request, bucket))
    if not bucket.is_lockable and ("ObjectLockMode" in kept or "ObjectLockLegalHoldStatus" in kept):
        raise InvalidRequest("Bucket is missing Object Lock Configuration")
    if request.get("ACL", "private") not in CANNED_ACLS:
        raise InvalidArgument(ArgumentName="x-amz-acl", ArgumentValue=request["ACL"])
    return kept


def content_encoding(request: dict[str, Any]) -> str:
    """The Content-Encoding without `aws-chunked`, which is how the request was sent, not what the object is."""
    sent = request.get("ContentEncoding", "")
    if "aws-chunked" not in sent:
        return str(sent)
    return ",".join(part for part in sent.split(",") if part.strip() != "aws-chunked")


def require_valid_metadata(metadata: dict[str, str]) -> dict[str, str]:
    """User metadata with names in lower case. Raises MetadataTooLarge."""
    size_bytes = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
    if size_bytes > MAXIMUM_METADATA_BYTES:
        raise MetadataTooLarge(Size=size_bytes, MaxSizeAllowed=MAXIMUM_METADATA_BYTES)
    return {name.lower(): value for name, value in metadata.items()}


def encryption_of(request: dict[str, Any], bucket: Bucket) -> dict[str, Any]:
    """How the object says that it is encrypted: what the request asks for, else the bucket's default."""
    if "SSECustomerAlgorithm" in request:
        if request["SSECustomerAlgorithm"] != "AES256" or "SSECustomerKey" not in request:
            raise InvalidArgument(
                "Requests specifying Server Side Encryption with Customer provided keys must provide a valid "
                "encryption algorithm and an appropriate secret key."
            )
        return {
            "SSECustomerAlgorithm": "AES256",
            "SSECustomerKeyMD5": request.get("SSECustomerKeyMD5", ""),
        }
    asked = request.get("ServerSideEncryption")
    if asked is None:
        return _default_encryption(bucket.encryption)
    if asked not in ("AES256", "aws:kms", "aws:kms:dsse"):
        raise InvalidEncryptionAlgorithm
    found: dict[str, Any] = {"ServerSideEncryption": asked}
    if asked != "AES256":
        key_id = request.get("SSEKMSKeyId") or f"arn:aws:kms:{bucket.region}:{bucket.account}:alias/aws/s3"
        found["SSEKMSKeyId"] = key_id
        if "BucketKeyEnabled" in request:
            found["BucketKeyEnabled"] = request["BucketKeyEnabled"]
    elif "SSEKMSKeyId" in request:
        raise InvalidArgument(
            "Server Side Encryption with KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
            ArgumentName="x-amz-server-side-encryption",
            ArgumentValue=asked,
        )
    return found


@lru_cache(maxsize=256)
def _default_encryption(configuration: str) -> dict[str, Any]:
    if not configuration:
        return {"ServerSideEncryption": "AES256"}
    rule = msgspec.json.decode(configuration)["Rules"][0]
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    found: dict[str, Any] = {"ServerSideEncryption": default.get("SSEAlgorithm", "AES256")}
    if "KMSMasterKeyID" in default:
        found["SSEKMSKeyId"] = default["KMSMasterKeyID"]
    if rule.get("BucketKeyEnabled") and found["ServerSideEncryption"] != "AES256":
        found["BucketKeyEnabled"] = True
    return found


def encryption_echo(fields: dict[str, Any]) -> dict[str, Any]:
    """The members by which replies to writes say how the object is encrypted."""
    return {name: fields[name] for name in _ENCRYPTION_ECHO if name in fields}


def checksum_echo(fields: dict[str, Any]) -> dict[str, Any]:
    """The object's checksum and its type."""
    return {name: value for name, value in fields.items() if name.startswith("Checksum")}


def shown_version(bucket: Bucket, version: Version) -> dict[str, Any]:
    """The VersionId member, which only buckets that have or had versioning answer."""
    return {"VersionId": version.version_id} if bucket.versioning else {}


def require_customer_key(request: dict[str, Any], fields: dict[str, Any], prefix: str = "") -> None:
    """Raise unless a read of an object encrypted with a customer's key gives that key, and only then."""
    given = request.get(f"{prefix}SSECustomerKeyMD5")
    kept = fields.get("SSECustomerKeyMD5")
    if kept is None and given is not None:
        raise InvalidRequest("The encryption parameters are not applicable to this object.")
    if kept is not None and given is None:
        raise InvalidRequest(
            "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to "
            "retrieve the object."
        )
    if kept != given:
        raise AccessDenied(
            "Requests specifying Server Side Encryption with Customer provided keys must provide the correct "
            "secret key."
        )


def head_of(bucket: Bucket, version: Version, request: dict[str, Any]) -> dict[str, Any]:
    """What GetObject and HeadObject answer besides the body and its length."""
    reply = version.fields
    if "SSECustomerAlgorithm" in reply or "SSECustomerKeyMD5" in request:
        require_customer_key(request, reply)
    if request.get("ChecksumMode") != "ENABLED" or "Range" in request:
        for name in [name for name in reply if name.startswith("Checksum")]:
            del reply[name]
    reply.pop(ACL, None)
    reply["ETag"] = version.quoted_etag
    reply["LastModified"] = version.modified_at
    reply["AcceptRanges"] = "bytes"
    if bucket.versioning:
        reply["VersionId"] = version.version_id
    if version.tags:
        reply["TagCount"] = len(msgspec.json.decode(version.tags))
    return reply


def require_unlocked(version: Version, now: float, *, bypasses_governance: bool) -> None:
    """Raise AccessDenied when object lock forbids that the version is deleted."""
    if "ObjectLock" not in version.attributes:
        return
    fields = version.fields
    is_held = fields.get("ObjectLockLegalHoldStatus") == "ON"
    is_retained = fields.get("ObjectLockRetainUntilDate", 0) > now and not (
        bypasses_governance and fields.get("ObjectLockMode") == "GOVERNANCE"
    )
    if is_held or is_retained:
        raise AccessDenied("Access Denied because object protected by object lock.")
