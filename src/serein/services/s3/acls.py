"""Access control lists: what is left of them since buckets enforce their owner's ownership."""

from typing import Any

from serein.kernel.database import Transaction
from serein.services.s3.buckets import Bucket, owner, owner_id
from serein.services.s3.errors import AccessControlListNotSupported, InvalidArgument
from serein.services.s3.objects import CANNED_ACLS
from serein.services.s3.store import buckets as rows

_GROUPS = "http://acs.amazonaws.com/groups"
_PUBLIC = {
    "public-read": (("global/AllUsers", "READ"),),
    "public-read-write": (("global/AllUsers", "READ"), ("global/AllUsers", "WRITE")),
    "authenticated-read": (("global/AuthenticatedUsers", "READ"),),
}
_GRANTS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
# AWS: an enforced bucket still takes these, because they say what holds anyway (About object ownership).
_HARMLESS = ("private", "bucket-owner-full-control")


def is_enforced(tx: Transaction, bucket: Bucket) -> bool:
    """True when the bucket's ACLs are disabled."""
    controls = rows.find_setting(tx, bucket.name, "ownership") or {}
    return any(rule.get("ObjectOwnership") == "BucketOwnerEnforced" for rule in controls.get("Rules", ()))


def policy_of(tx: Transaction, bucket: Bucket, request: dict[str, Any]) -> dict[str, Any]:
    """The access control policy that a Put…Acl request asks for. Raises AccessControlListNotSupported."""
    canned = request.get("ACL")
    if canned is not None and canned not in CANNED_ACLS:
        raise InvalidArgument(ArgumentName="x-amz-acl", ArgumentValue=canned)
    asked: dict[str, Any] | None = request.get("AccessControlPolicy")
    is_harmless = canned in _HARMLESS or (asked is not None and asked.get("Grants") == default_policy(bucket)["Grants"])
    if is_enforced(tx, bucket) and not is_harmless:
        raise AccessControlListNotSupported
    if asked is not None:
        return asked
    if any(grant in request for grant in _GRANTS):
        return _granted(bucket, request)
    return canned_policy(bucket, canned or "private")


def default_policy(bucket: Bucket) -> dict[str, Any]:
    """The owner may do everything, nobody else anything."""
    return canned_policy(bucket, "private")


def canned_policy(bucket: Bucket, name: str) -> dict[str, Any]:
    """The policy that a canned ACL stands for."""
    grants = [_grant({"Type": "CanonicalUser", "ID": owner_id(bucket.account)}, "FULL_CONTROL")]
    for group, permission in _PUBLIC.get(name, ()):
        grants.append(_grant({"Type": "Group", "URI": f"{_GROUPS}/{group}"}, permission))
    return {"Owner": owner(bucket.account), "Grants": grants}


def _granted(bucket: Bucket, request: dict[str, Any]) -> dict[str, Any]:
    grants = []
    for member, permission in zip(_GRANTS, ("FULL_CONTROL", "READ", "READ_ACP", "WRITE", "WRITE_ACP"), strict=True):
        for grantee in filter(None, request.get(member, "").split(",")):
            kind, _, value = grantee.strip().partition("=")
            named = {"id": ("CanonicalUser", "ID"), "uri": ("Group", "URI")}.get(kind)
            if named is None:
                raise InvalidArgument("Argument format not recognized", ArgumentName=member, ArgumentValue=grantee)
            grants.append(_grant({"Type": named[0], named[1]: value.strip('"')}, permission))
    return {"Owner": owner(bucket.account), "Grants": grants}


def _grant(grantee: dict[str, str], permission: str) -> dict[str, Any]:
    return {"Grantee": grantee, "Permission": permission}
