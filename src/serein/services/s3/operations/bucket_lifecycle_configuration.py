"""PutBucketLifecycleConfiguration, GetBucketLifecycleConfiguration and DeleteBucketLifecycle."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.ids import random_hex
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import settings
from serein.services.s3.errors import InvalidArgument, InvalidRequest, MalformedXML, NoSuchLifecycleConfiguration

_ACTIONS = (
    "Expiration",
    "Transitions",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransitions",
    "AbortIncompleteMultipartUpload",
)


@operation("PutBucketLifecycleConfiguration", stored=("LifecycleConfiguration", "TransitionDefaultMinimumObjectSize"))
async def put_bucket_lifecycle_configuration(call: Call, request: Request) -> Reply:
    configuration = settings.require_document(call, request, "LifecycleConfiguration")
    rules = [_require_valid(rule) for rule in configuration.get("Rules", [])]
    if not 1 <= len(rules) <= 1000:
        raise MalformedXML
    if len({rule["ID"] for rule in rules}) < len(rules):
        raise InvalidArgument("Rule ID must be unique. Found same ID for more than one rule", ArgumentName="ID")
    await settings.put(call, request, "lifecycle", rules)
    return {}


@operation("GetBucketLifecycleConfiguration")
async def get_bucket_lifecycle_configuration(call: Call, request: Request) -> Reply:
    rules = await settings.require(call, request, "lifecycle", NoSuchLifecycleConfiguration)
    return {"Rules": rules, "TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"}


@operation("DeleteBucketLifecycle")
async def delete_bucket_lifecycle(call: Call, request: Request) -> Reply:
    await settings.remove(call, request, "lifecycle")
    return {}


def _require_valid(rule: dict[str, Any]) -> dict[str, Any]:
    if rule.get("Status") not in ("Enabled", "Disabled") or ("Prefix" in rule and "Filter" in rule):
        raise MalformedXML
    if len(rule.get("ID", "")) > 255:
        raise InvalidArgument("ID length should not exceed allowed limit of 255", ArgumentName="ID")
    if not any(action in rule for action in _ACTIONS):
        raise InvalidRequest("At least one action needs to be specified in a rule")
    expiration = rule.get("Expiration", {})
    if expiration.get("Days", 1) <= 0:
        raise InvalidArgument("'Days' for Expiration action must be a positive integer")
    if expiration.get("Date", 0) % 86_400:
        raise InvalidArgument("'Date' must be at midnight GMT")
    return {**rule, "ID": rule.get("ID") or random_hex(32)}
