"""Event notifications: which change is told to whom, and the record that is told.

Rules and records follow the S3 User Guide, "Amazon S3 Event Notifications" and "Event message structure".
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

import msgspec

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Call
from serein.kernel.database import Delivery, Policy, Target, Transaction
from serein.kernel.ids import random_hex
from serein.services.s3 import bridge
from serein.services.s3.buckets import Bucket, owner_id
from serein.services.s3.errors import InvalidArgument, MalformedXML
from serein.services.s3.objects import Version

KINDS = {
    "TopicConfigurations": ("TopicArn", "sns"),
    "QueueConfigurations": ("QueueArn", "sqs"),
    "LambdaFunctionConfigurations": ("LambdaFunctionArn", "lambda"),
}
EVENTS = frozenset(
    f"s3:{name}"
    for name in [
        "ReducedRedundancyLostObject",
        "ObjectCreated:*",
        "ObjectCreated:Put",
        "ObjectCreated:Post",
        "ObjectCreated:Copy",
        "ObjectCreated:CompleteMultipartUpload",
        "ObjectRemoved:*",
        "ObjectRemoved:Delete",
        "ObjectRemoved:DeleteMarkerCreated",
        "ObjectRestore:*",
        "ObjectRestore:Post",
        "ObjectRestore:Completed",
        "ObjectRestore:Delete",
        "Replication:*",
        "Replication:OperationFailedReplication",
        "Replication:OperationNotTracked",
        "Replication:OperationMissedThreshold",
        "Replication:OperationReplicatedAfterThreshold",
        "LifecycleTransition",
        "IntelligentTiering",
        "ObjectAcl:Put",
        "LifecycleExpiration:*",
        "LifecycleExpiration:Delete",
        "LifecycleExpiration:DeleteMarkerCreated",
        "ObjectTagging:*",
        "ObjectTagging:Put",
        "ObjectTagging:Delete",
    ]
)
_POLICY = Policy(maximum_attempts=50, maximum_age_seconds=6 * 3600.0)


@dataclass(frozen=True, slots=True)
class Rule:
    """One destination and what it wants to hear of."""

    id: str
    destination: Arn
    events: tuple[str, ...]
    """Names without `s3:`; one that ends in `*` stands for all that begin so."""
    prefix: str
    suffix: str

    def wants(self, event: str, key: str) -> bool:
        return (
            any(_covers(pattern, event) for pattern in self.events)
            and key.startswith(self.prefix)
            and key.endswith(self.suffix)
        )

    def overlaps(self, other: "Rule") -> bool:
        """True when one change could be told to both."""
        shares_event = any(_covers(mine, its) or _covers(its, mine) for mine in self.events for its in other.events)
        shares_prefix = self.prefix.startswith(other.prefix) or other.prefix.startswith(self.prefix)
        shares_suffix = self.suffix.endswith(other.suffix) or other.suffix.endswith(self.suffix)
        return shares_event and shares_prefix and shares_suffix


def _covers(pattern: str, event: str) -> bool:
    return event.startswith(pattern[:-1]) if pattern.endswith("*") else pattern == event


def require_valid(configuration: dict[str, Any]) -> dict[str, Any]:
    """A configuration with an id for every rule. Raises InvalidArgument or MalformedXML as AWS does."""
    valid: dict[str, Any] = {}
    rules: list[Rule] = []
    for kind, (arn_member, service) in KINDS.items():
        entries = [_valid_entry(entry, arn_member, service) for entry in configuration.get(kind, ())]
        if entries:
            valid[kind] = entries
            rules.extend(_rule(entry, arn_member) for entry in entries)
    if len({rule.id for rule in rules}) < len(rules):
        raise InvalidArgument("Same ID used for multiple configurations. IDs must be unique")
    if any(one.overlaps(other) for number, one in enumerate(rules) for other in rules[:number]):
        raise InvalidArgument(
            "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are "
            "overlapping for the same event type."
        )
    if "EventBridgeConfiguration" in configuration:
        valid["EventBridgeConfiguration"] = {}
    return valid


def _valid_entry(entry: dict[str, Any], arn_member: str, service: str) -> dict[str, Any]:
    arn = find_arn(entry.get(arn_member, ""))
    if arn is None or arn.service != service:
        raise InvalidArgument(
            "The ARN could not be parsed", ArgumentName=arn_member, ArgumentValue=entry.get(arn_member)
        )
    events = entry.get("Events")
    if not events:
        raise MalformedXML
    for event in events:
        if event not in EVENTS:
            raise InvalidArgument(
                "The event is not supported for notifications", ArgumentName="Event", ArgumentValue=event
            )
    valid = {"Id": entry.get("Id") or random_hex(32), arn_member: entry[arn_member], "Events": events}
    if len(valid["Id"]) > 255:
        raise InvalidArgument("The ID is too long", ArgumentName="Id", ArgumentValue=valid["Id"])
    filters = entry.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    if filters:
        valid["Filter"] = {"Key": {"FilterRules": _valid_filters(filters)}}
    return valid


def _valid_filters(filters: list[dict[str, str]]) -> list[dict[str, str]]:
    valid: list[dict[str, str]] = []
    for rule in filters:
        name, value = rule.get("Name", ""), rule.get("Value", "")
        if name.lower() not in ("prefix", "suffix"):
            raise InvalidArgument(
                "filter rule name must be either prefix or suffix",
                ArgumentName="FilterRule.Name",
                ArgumentValue=name,
            )
        if any(name.lower() == other["Name"].lower() for other in valid):
            raise InvalidArgument(f"Cannot specify more than one {name.lower()} rule in a filter.")
        if len(value.encode()) > 1024:
            raise InvalidArgument("Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation")
        # AWS: whatever the case it was sent in, the name comes back capitalised (GetBucketNotificationConfiguration).
        valid.append({"Name": name.capitalize(), "Value": value})
    return valid


def _rule(entry: dict[str, Any], arn_member: str) -> Rule:
    filters = {
        rule["Name"].lower(): rule["Value"] for rule in entry.get("Filter", {}).get("Key", {}).get("FilterRules", ())
    }
    arn = find_arn(entry[arn_member])
    assert arn is not None
    events = tuple(event.removeprefix("s3:") for event in entry["Events"])
    return Rule(entry["Id"], arn, events, filters.get("prefix", ""), filters.get("suffix", ""))


@lru_cache(maxsize=512)
def rules_of(configuration: str) -> tuple[Rule, ...]:
    """The rules of a stored configuration."""
    decoded = msgspec.json.decode(configuration)
    return tuple(_rule(entry, arn_member) for kind, (arn_member, _) in KINDS.items() for entry in decoded.get(kind, ()))


def publish(tx: Transaction, call: Call, bucket: Bucket, event: str, version: Version) -> None:
    """Owe the notifications of a change, in the transaction that makes it. `event` is without `s3:`."""
    if not bucket.notifications:
        return
    for rule in rules_of(bucket.notifications):
        if rule.wants(event, version.key):
            record = _record(tx, call, bucket, event, version, rule)
            tx.send(delivery(call, bucket, rule.destination, {"Records": [record]}))
    if bridge.is_wanted(bucket.notifications):
        bridge.publish(tx, call, bucket, event, version)


def delivery(call: Call, bucket: Bucket, destination: Arn, message: dict[str, Any]) -> Delivery:
    """What brings a message to a destination."""
    source = ("s3", bucket.arn, bucket.account)
    text = msgspec.json.encode(message)
    scope = destination.scope
    if destination.service == "lambda":
        request = {"FunctionName": str(destination), "InvocationType": "Event", "Payload": text}
        return Delivery(Target("lambda", "Invoke", scope, call.trace_id, source), request, _POLICY)
    if destination.service == "sqs":
        url = queue_url(call, destination)
        request = {"QueueUrl": url, "MessageBody": text.decode()}
        return Delivery(Target("sqs", "SendMessage", scope, call.trace_id, source), request, _POLICY)
    request = {"TopicArn": str(destination), "Subject": "Amazon S3 Notification", "Message": text.decode()}
    return Delivery(Target("sns", "Publish", scope, call.trace_id, source), request, _POLICY)


def queue_url(call: Call, queue: Arn) -> str:
    """The URL of a queue, by its ARN."""
    return f"{call.platform.limits.endpoint}/{queue.account}/{queue.resource}"


def test_event(call: Call, bucket: Bucket) -> dict[str, Any]:
    """What a queue or topic is sent when it is configured."""
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": _time(call.now),
        "Bucket": bucket.name,
        "RequestId": call.request_id,
        "HostId": owner_id(call.request_id),
    }


def _record(tx: Transaction, call: Call, bucket: Bucket, event: str, version: Version, rule: Rule) -> dict[str, Any]:
    changed: dict[str, Any] = {"key": quote_plus(version.key, safe="/*-._")}
    if not event.startswith("ObjectRemoved:"):
        changed["size"] = version.size_bytes
    if event != "ObjectRemoved:Delete":
        changed["eTag"] = version.etag
    if bucket.versioning:
        changed["versionId"] = version.version_id
    changed["sequencer"] = f"{version.sequence:018X}"
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region,
        "eventTime": _time(tx.now),
        "eventName": event,
        "userIdentity": {"principalId": f"AWS:{call.caller.user_id}"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": call.request_id, "x-amz-id-2": owner_id(call.request_id)},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": rule.id,
            "bucket": {
                "name": bucket.name,
                "ownerIdentity": {"principalId": owner_id(bucket.account)},
                "arn": bucket.arn,
            },
            "object": changed,
        },
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(seconds * 1000) % 1000:03d}Z"
