"""A bucket's properties in CloudFormation's words, turned into S3's."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Translate = Callable[[Any], dict[str, Any]]
HYPHENATED_WEBSITE_REGIONS = frozenset(
    {
        "us-east-1",
        "us-west-1",
        "us-west-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-northeast-1",
        "eu-west-1",
        "sa-east-1",
        "us-gov-west-1",
    }
)
SUSPENDED = {"VersioningConfiguration": {"Status": "Suspended"}}
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOTIFICATIONS = {
    "LambdaConfigurations": ("LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
    "QueueConfigurations": ("QueueConfigurations", "Queue", "QueueArn"),
    "TopicConfigurations": ("TopicConfigurations", "Topic", "TopicArn"),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """The calls behind a property: what sets it, and what unsets it (an operation, or another request)."""

    put: str
    translate: Translate
    delete: str = ""
    unset: dict[str, Any] = field(default_factory=dict)


def flag(value: Any) -> bool:
    """A boolean, which templates may also write as a string."""
    return value is True or str(value).lower() == "true"


def renamed(source: dict[str, Any], **names: str) -> dict[str, Any]:
    """The members of `source` under S3's names, `S3=Cfn`; those that are absent stay absent."""
    return {name: source[given] for name, given in names.items() if source.get(given) is not None}


def same(member: str) -> Translate:
    """For properties that are spelled alike."""
    return lambda value: {member: value}


def versioning(value: Any) -> dict[str, Any]:
    return {"VersioningConfiguration": {"Status": value["Status"]}}


def public_access(value: Any) -> dict[str, Any]:
    return {"PublicAccessBlockConfiguration": {name: flag(setting) for name, setting in value.items()}}


def canned_acl(value: Any) -> dict[str, Any]:
    return {"ACL": _WORD.sub("-", str(value)).lower()}


def encryption(value: Any) -> dict[str, Any]:
    rules = []
    for given in value["ServerSideEncryptionConfiguration"]:
        rule: dict[str, Any] = {}
        if "ServerSideEncryptionByDefault" in given:
            rule["ApplyServerSideEncryptionByDefault"] = given["ServerSideEncryptionByDefault"]
        if "BucketKeyEnabled" in given:
            rule["BucketKeyEnabled"] = flag(given["BucketKeyEnabled"])
        rules.append(rule)
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def cors(value: Any) -> dict[str, Any]:
    rules = []
    for given in value["CorsRules"]:
        rule = renamed(
            given,
            ID="Id",
            AllowedHeaders="AllowedHeaders",
            AllowedMethods="AllowedMethods",
            AllowedOrigins="AllowedOrigins",
            ExposeHeaders="ExposedHeaders",
        )
        if "MaxAge" in given:
            rule["MaxAgeSeconds"] = int(given["MaxAge"])
        rules.append(rule)
    return {"CORSConfiguration": {"CORSRules": rules}}


def lifecycle(value: Any) -> dict[str, Any]:
    return {"LifecycleConfiguration": {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}}


def _lifecycle_rule(given: dict[str, Any]) -> dict[str, Any]:
    rule = renamed(given, ID="Id", Status="Status")
    rule["Filter"] = _lifecycle_filter(given)
    expiration: dict[str, Any] = {}
    if "ExpirationInDays" in given:
        expiration["Days"] = int(given["ExpirationInDays"])
    if "ExpirationDate" in given:
        expiration["Date"] = _seconds(given["ExpirationDate"])
    if "ExpiredObjectDeleteMarker" in given:
        expiration["ExpiredObjectDeleteMarker"] = flag(given["ExpiredObjectDeleteMarker"])
    if expiration:
        rule["Expiration"] = expiration
    if transitions := given.get("Transitions") or ([given["Transition"]] if "Transition" in given else []):
        rule["Transitions"] = [_transition(transition) for transition in transitions]
    rule.update(_noncurrent(given))
    if "AbortIncompleteMultipartUpload" in given:
        days = given["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
        rule["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": int(days)}
    return rule


def _lifecycle_filter(given: dict[str, Any]) -> dict[str, Any]:
    found = renamed(given, Prefix="Prefix")
    for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan"):
        if name in given:
            found[name] = int(given[name])
    tags = given.get("TagFilters") or []
    if len(found) + len(tags) > 1:
        return {"And": {**found, **({"Tags": tags} if tags else {})}}
    return {"Tag": tags[0]} if tags else found or {"Prefix": ""}


def _transition(given: dict[str, Any]) -> dict[str, Any]:
    found = renamed(given, StorageClass="StorageClass")
    if "TransitionInDays" in given:
        found["Days"] = int(given["TransitionInDays"])
    if "TransitionDate" in given:
        found["Date"] = _seconds(given["TransitionDate"])
    return found


def _noncurrent(given: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "NoncurrentVersionExpirationInDays" in given:
        found["NoncurrentVersionExpiration"] = {"NoncurrentDays": int(given["NoncurrentVersionExpirationInDays"])}
    if "NoncurrentVersionExpiration" in given:
        expiration = given["NoncurrentVersionExpiration"]
        found["NoncurrentVersionExpiration"] = {name: int(value) for name, value in expiration.items()}
    transitions = given.get("NoncurrentVersionTransitions") or []
    if "NoncurrentVersionTransition" in given:
        transitions = [given["NoncurrentVersionTransition"]]
    if transitions:
        found["NoncurrentVersionTransitions"] = [
            {
                "StorageClass": transition["StorageClass"],
                "NoncurrentDays": int(transition["TransitionInDays"]),
                **(
                    {"NewerNoncurrentVersions": int(transition["NewerNoncurrentVersions"])}
                    if "NewerNoncurrentVersions" in transition
                    else {}
                ),
            }
            for transition in transitions
        ]
    return found


def _seconds(date: Any) -> float:
    moment = datetime.fromisoformat(str(date).replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def logging(value: Any) -> dict[str, Any]:
    if "DestinationBucketName" not in value:
        return {"BucketLoggingStatus": {}}
    enabled = {"TargetPrefix": "", **renamed(value, TargetBucket="DestinationBucketName", TargetPrefix="LogFilePrefix")}
    enabled.update(renamed(value, TargetObjectKeyFormat="TargetObjectKeyFormat"))
    return {"BucketLoggingStatus": {"LoggingEnabled": enabled}}


def acceleration(value: Any) -> dict[str, Any]:
    return {"AccelerateConfiguration": {"Status": value["AccelerationStatus"]}}


def website(value: Any) -> dict[str, Any]:
    found = renamed(value, RedirectAllRequestsTo="RedirectAllRequestsTo")
    if value.get("IndexDocument"):
        found["IndexDocument"] = {"Suffix": value["IndexDocument"]}
    if value.get("ErrorDocument"):
        found["ErrorDocument"] = {"Key": value["ErrorDocument"]}
    if value.get("RoutingRules"):
        found["RoutingRules"] = [
            {"Redirect": rule["RedirectRule"], **renamed(rule, Condition="RoutingRuleCondition")}
            for rule in value["RoutingRules"]
        ]
    return {"WebsiteConfiguration": found}


def object_lock(value: Any) -> dict[str, Any]:
    found = {"ObjectLockEnabled": "Enabled"}
    if default := value.get("Rule", {}).get("DefaultRetention"):
        retention = {name: setting if name == "Mode" else int(setting) for name, setting in default.items()}
        return {"ObjectLockConfiguration": {**found, "Rule": {"DefaultRetention": retention}}}
    return {"ObjectLockConfiguration": found}


def notifications(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for given, (member, target, arn_member) in _NOTIFICATIONS.items():
        entries = [_notification(entry, target, arn_member) for entry in value.get(given) or []]
        if entries:
            found[member] = entries
    bridge = value.get("EventBridgeConfiguration")
    if bridge is not None and flag(bridge.get("EventBridgeEnabled", True)):
        found["EventBridgeConfiguration"] = {}
    return {"NotificationConfiguration": found}


def _notification(entry: dict[str, Any], target: str, arn_member: str) -> dict[str, Any]:
    found = {arn_member: entry[target], "Events": [entry["Event"]]}
    if rules := entry.get("Filter", {}).get("S3Key", {}).get("Rules"):
        found["Filter"] = {"Key": {"FilterRules": rules}}
    return found
