"""CloudFormation's AWS::Logs resource types."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.logs.errors import ResourceNotFoundException
from serein.services.logs.groups import group_arn

_LOG_GROUP_KEPT = frozenset(
    {
        "BearerTokenAuthenticationEnabled",
        "DataProtectionPolicy",
        "FieldIndexPolicies",
        "KmsKeyId",
        "LogGroupClass",
        "ResourcePolicyDocument",
    }
)


@resource("AWS::Logs::LogGroup")
class LogGroupResource:
    """A log group; Ref is its name."""

    replaced_by = frozenset({"LogGroupName"})
    stored = _LOG_GROUP_KEPT
    properties = _LOG_GROUP_KEPT | {"DeletionProtectionEnabled", "LogGroupName", "RetentionInDays", "Tags"}

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("LogGroupName") or deployment.physical_name(512)
        tags = {**deployment.tags, **_tags(properties)}
        request: dict[str, Any] = {"logGroupName": name, **({"tags": tags} if tags else {})}
        renamed = {"KmsKeyId": "kmsKeyId", "LogGroupClass": "logGroupClass"}
        request |= {member: properties[key] for key, member in renamed.items() if key in properties}
        await deployment.call("logs", "CreateLogGroup", request)
        await deployment.begun(name)
        await _set_retention(deployment, name, properties)
        # Why last: a group that is protected couldn't be taken back should anything else fail.
        if properties.get("DeletionProtectionEnabled"):
            await _set_protection(deployment, name, properties["DeletionProtectionEnabled"])
        return _made(deployment, name)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        if old.get("RetentionInDays") != new.get("RetentionInDays"):
            await _set_retention(deployment, physical_id, new)
        if gone := sorted(_tags(old).keys() - _tags(new).keys()):
            await deployment.call("logs", "UntagLogGroup", {"logGroupName": physical_id, "tags": gone})
        if tags := {**deployment.tags, **_tags(new)}:
            await deployment.call("logs", "TagLogGroup", {"logGroupName": physical_id, "tags": tags})
        is_protected = bool(new.get("DeletionProtectionEnabled", False))
        if is_protected != bool(old.get("DeletionProtectionEnabled", False)):
            await _set_protection(deployment, physical_id, is_protected)
        return _made(deployment, physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("logs", "DeleteLogGroup", {"logGroupName": physical_id})
        except ResourceNotFoundException:
            return


@resource("AWS::Logs::LogStream")
class LogStreamResource:
    """A log stream; Ref is its name."""

    replaced_by = frozenset({"LogGroupName", "LogStreamName"})
    stored: frozenset[str] = frozenset()
    properties = frozenset({"LogGroupName", "LogStreamName"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("LogStreamName") or deployment.physical_name(512)
        request = {"logGroupName": properties["LogGroupName"], "logStreamName": name}
        await deployment.call("logs", "CreateLogStream", request)
        return Made(name)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return Made(physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"logGroupName": properties["LogGroupName"], "logStreamName": physical_id}
        try:
            await deployment.call("logs", "DeleteLogStream", request)
        except ResourceNotFoundException:
            return


@resource("AWS::Logs::ResourcePolicy")
class ResourcePolicyResource:
    """A resource policy of the account; Ref is its name."""

    replaced_by = frozenset({"PolicyName"})
    stored = frozenset({"PolicyDocument"})
    properties = frozenset({"PolicyDocument", "PolicyName"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties["PolicyName"]
        request = {"policyName": name, "policyDocument": properties["PolicyDocument"]}
        await deployment.call("logs", "PutResourcePolicy", request)
        return Made(name)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return await self.create(deployment, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("logs", "DeleteResourcePolicy", {"policyName": physical_id})
        except ResourceNotFoundException:
            return


def _tags(properties: Properties) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


async def _set_protection(deployment: Deployment, name: str, is_protected: Any) -> None:
    request = {"logGroupIdentifier": name, "deletionProtectionEnabled": is_protected}
    await deployment.call("logs", "PutLogGroupDeletionProtection", request)


async def _set_retention(deployment: Deployment, name: str, properties: Properties) -> None:
    if (days := properties.get("RetentionInDays")) is None:
        await deployment.call("logs", "DeleteRetentionPolicy", {"logGroupName": name})
    else:
        await deployment.call("logs", "PutRetentionPolicy", {"logGroupName": name, "retentionInDays": int(days)})


def _made(deployment: Deployment, name: str) -> Made:
    return Made(name, {"Arn": group_arn(deployment.scope, name) + ":*"})
