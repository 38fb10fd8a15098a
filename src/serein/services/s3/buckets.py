"""Buckets: their names, their places, and who owns them."""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from serein.kernel.scope import Scope
from serein.services.s3.errors import (
    AccessDenied,
    IllegalLocationConstraintException,
    InvalidBucketName,
    InvalidLocationConstraint,
)

PUBLIC_ACCESS_FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+\Z")
_REGION = re.compile(r"(us|eu|ap|sa|ca|cn|me|af|il|mx)(-gov)?-(north|south|east|west|central)+[a-z]*-\d\Z")
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, with what requests for its objects need to know."""

    name: str
    account: str
    region: str
    created_at: float
    versioning: str
    """Empty (never enabled), `Enabled` or `Suspended`."""
    is_lockable: bool
    notifications: str
    """The notification configuration as JSON text; empty when there is none."""
    encryption: str
    """The encryption configuration as JSON text; empty means AWS's default, AES256."""

    @property
    def scope(self) -> Scope:
        return Scope(self.account, self.region)

    @property
    def arn(self) -> str:
        return f"arn:{self.scope.partition}:s3:::{self.name}"


@lru_cache(maxsize=1024)
def owner_id(account: str) -> str:
    """The canonical user id of an account: 64 hexadecimal digits."""
    return hashlib.sha256(f"canonical user of {account}".encode()).hexdigest()


def owner(account: str) -> dict[str, str]:
    """An `Owner` member."""
    return {"ID": owner_id(account)}


def require_valid_name(name: str) -> None:
    """Raise InvalidBucketName unless a bucket may be called this (Bucket naming rules, S3 User Guide)."""
    is_valid = (
        _NAME.match(name)
        and ".." not in name
        and not _ADDRESS.match(name)
        and not name.startswith(_RESERVED_PREFIXES[:2])
        and not name.endswith(_RESERVED_SUFFIXES)
    )
    if not is_valid:
        raise InvalidBucketName(BucketName=name)


def region_of_new_bucket(configuration: dict[str, Any], endpoint_region: str) -> str:
    """Where CreateBucket puts the bucket.

    AWS: only the us-east-1 endpoint may leave the constraint out, and only it makes buckets elsewhere
    (API_CreateBucket, "LocationConstraint").
    """
    constraint = str(configuration.get("LocationConstraint", ""))
    if not constraint:
        if endpoint_region != "us-east-1":
            raise IllegalLocationConstraintException
        return endpoint_region
    region = "eu-west-1" if constraint == "EU" else constraint
    if region == "us-east-1" or not _REGION.match(region):
        raise InvalidLocationConstraint(LocationConstraint=constraint)
    if endpoint_region not in ("us-east-1", region):
        raise IllegalLocationConstraintException(
            f"The {constraint} location constraint is incompatible for the region specific endpoint this request was "
            "sent to."
        )
    return region


def require_expected_owner(bucket: Bucket, expected: str | None) -> None:
    """Raise AccessDenied when `ExpectedBucketOwner` names another account."""
    if expected is not None and expected != bucket.account:
        raise AccessDenied
