"""AWS::S3::Bucket: a bucket, and each of its properties as the call that sets it."""

from typing import Any

from serein.kernel.errors import AwsError, NotImplementedHere
from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.s3.resources import translations
from serein.services.s3.resources.translations import Setting

_SETTINGS = {
    "VersioningConfiguration": Setting("PutBucketVersioning", translations.versioning, "", translations.SUSPENDED),
    "OwnershipControls": Setting(
        "PutBucketOwnershipControls", translations.same("OwnershipControls"), "DeleteBucketOwnershipControls"
    ),
    "PublicAccessBlockConfiguration": Setting(
        "PutPublicAccessBlock", translations.public_access, "DeletePublicAccessBlock"
    ),
    "AccessControl": Setting("PutBucketAcl", translations.canned_acl, "", {"ACL": "private"}),
    "BucketEncryption": Setting("PutBucketEncryption", translations.encryption, "DeleteBucketEncryption"),
    "CorsConfiguration": Setting("PutBucketCors", translations.cors, "DeleteBucketCors"),
    "LifecycleConfiguration": Setting(
        "PutBucketLifecycleConfiguration", translations.lifecycle, "DeleteBucketLifecycle"
    ),
    "LoggingConfiguration": Setting("PutBucketLogging", translations.logging, "", {"BucketLoggingStatus": {}}),
    "AccelerateConfiguration": Setting(
        "PutBucketAccelerateConfiguration",
        translations.acceleration,
        "",
        {"AccelerateConfiguration": {"Status": "Suspended"}},
    ),
    "WebsiteConfiguration": Setting("PutBucketWebsite", translations.website, "DeleteBucketWebsite"),
    "ObjectLockConfiguration": Setting(
        "PutObjectLockConfiguration",
        translations.object_lock,
        "",
        {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
    ),
    "NotificationConfiguration": Setting(
        "PutBucketNotificationConfiguration", translations.notifications, "", {"NotificationConfiguration": {}}
    ),
}
_KEPT_ONLY = frozenset(
    {
        "AbacStatus",
        "AnalyticsConfigurations",
        "BucketNamespace",
        "IntelligentTieringConfigurations",
        "InventoryConfigurations",
        "MetadataConfiguration",
        "MetadataTableConfiguration",
        "MetricsConfigurations",
    }
)


@resource("AWS::S3::Bucket")
class BucketType:
    """Ref is the bucket's name."""

    properties = frozenset(
        {
            "BucketName",
            "BucketNamePrefix",
            "ObjectLockEnabled",
            "ReplicationConfiguration",
            "Tags",
            *_SETTINGS,
            *_KEPT_ONLY,
        }
    )
    replaced_by = frozenset({"BucketName", "BucketNamePrefix", "BucketNamespace"})
    stored = frozenset({"AccelerateConfiguration", "LifecycleConfiguration", "LoggingConfiguration", *_KEPT_ONLY})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("BucketName") or _name(deployment, properties)
        request: dict[str, Any] = {"Bucket": name}
        if deployment.scope.region != "us-east-1":
            request["CreateBucketConfiguration"] = {"LocationConstraint": deployment.scope.region}
        if translations.flag(properties.get("ObjectLockEnabled", False)):
            request["ObjectLockEnabledForBucket"] = True
        if not deployment.has_called("s3", "CreateBucket"):
            await _require_new(deployment, name)
        await deployment.call("s3", "CreateBucket", request)
        await deployment.begun(name)
        await _settle(deployment, name, {}, properties)
        return Made(name, _attributes(deployment, name))

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        await _settle(deployment, physical_id, old, new)
        return Made(physical_id, _attributes(deployment, physical_id))

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("s3", "DeleteBucket", {"Bucket": physical_id})
        except AwsError as error:
            if error.code != "NoSuchBucket":
                raise


def _name(deployment: Deployment, properties: Properties) -> str:
    """AWS: a prefix makes a name in the account's own namespace of the region."""
    prefix, scope = properties.get("BucketNamePrefix"), deployment.scope
    if prefix:
        return f"{prefix}-{scope.account}-{scope.region}-an"
    return deployment.physical_name(63, is_lower_case=True)


class AlreadyExists(AwsError):
    """The bucket already exists"""


async def _require_new(deployment: Deployment, name: str) -> None:
    """CreateBucket accepts an own bucket in us-east-1; a template that names it does not make it its own."""
    try:
        await deployment.call("s3", "HeadBucket", {"Bucket": name})
    except AwsError as error:
        if error.code == "NoSuchBucket":
            return
        raise
    raise AlreadyExists(f"{name} already exists")


async def _settle(deployment: Deployment, bucket: str, old: Properties, new: Properties) -> None:
    """Make the changed properties so. Properties that need others (ACLs, say, ownership) come after them."""
    if new.get("ReplicationConfiguration"):
        raise NotImplementedHere("Serein does not replicate buckets (AWS::S3::Bucket.ReplicationConfiguration)")
    for name, setting in _SETTINGS.items():
        if old.get(name) == new.get(name):
            continue
        target = {"Bucket": bucket}
        if new.get(name) is not None:
            await deployment.call("s3", setting.put, {**target, **setting.translate(new[name])})
        elif setting.delete:
            await deployment.call("s3", setting.delete, target)
        else:
            await deployment.call("s3", setting.put, {**target, **setting.unset})
    tags = {**{tag["Key"]: str(tag["Value"]) for tag in new.get("Tags") or []}, **deployment.tags}
    if tags:
        tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
        await deployment.call("s3", "PutBucketTagging", {"Bucket": bucket, "Tagging": {"TagSet": tag_set}})
    elif old.get("Tags"):
        await deployment.call("s3", "DeleteBucketTagging", {"Bucket": bucket})


def _attributes(deployment: Deployment, name: str) -> dict[str, Any]:
    """What GetAtt answers. AWS: websites of the older regions have a hyphen before the region, others a dot."""
    region = deployment.scope.region
    suffix = "amazonaws.com.cn" if deployment.scope.partition == "aws-cn" else "amazonaws.com"
    mark = "-" if region in translations.HYPHENATED_WEBSITE_REGIONS else "."
    return {
        "Arn": f"arn:{deployment.scope.partition}:s3:::{name}",
        "DomainName": f"{name}.s3.{suffix}",
        "DualStackDomainName": f"{name}.s3.dualstack.{region}.{suffix}",
        "RegionalDomainName": f"{name}.s3.{region}.{suffix}",
        "WebsiteURL": f"http://{name}.s3-website{mark}{region}.{suffix}",
    }
