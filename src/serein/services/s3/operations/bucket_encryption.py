"""PutBucketEncryption, GetBucketEncryption and DeleteBucketEncryption: how new objects say that they are encrypted."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import objects, settings
from serein.services.s3.buckets import Bucket
from serein.services.s3.errors import InvalidArgument, MalformedXML
from serein.services.s3.store import buckets as rows

_DEFAULT = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]}


@operation("PutBucketEncryption", partial="New objects carry the setting; their bytes are not encrypted at rest.")
async def put_bucket_encryption(call: Call, request: Request) -> Reply:
    configuration = _require_valid(settings.require_document(call, request, "ServerSideEncryptionConfiguration"))

    def write(tx: Transaction) -> None:
        bucket = settings.require_own_bucket(tx, request)
        rows.set_encryption(tx, bucket.name, objects.encoded(configuration))

    await call.write(write)
    return {}


@operation("GetBucketEncryption")
async def get_bucket_encryption(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> Bucket:
        return settings.require_own_bucket(tx, request)

    text = (await call.read(read)).encryption
    return {"ServerSideEncryptionConfiguration": objects.decoded(text) if text else _DEFAULT}


@operation("DeleteBucketEncryption")
async def delete_bucket_encryption(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        rows.set_encryption(tx, settings.require_own_bucket(tx, request).name, "")

    await call.write(write)
    return {}


def _require_valid(configuration: dict[str, Any]) -> dict[str, Any]:
    rules = configuration.get("Rules", [])
    if len(rules) != 1:
        raise MalformedXML
    rule = {"BucketKeyEnabled": False, **rules[0]}
    default = rule.setdefault("ApplyServerSideEncryptionByDefault", {"SSEAlgorithm": "AES256"})
    algorithm = default.get("SSEAlgorithm")
    if algorithm not in ("AES256", "aws:kms", "aws:kms:dsse"):
        raise MalformedXML
    if algorithm == "AES256" and "KMSMasterKeyID" in default:
        raise InvalidArgument(
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
            ArgumentName="ApplyServerSideEncryptionByDefault",
        )
    return {"Rules": [rule]}
