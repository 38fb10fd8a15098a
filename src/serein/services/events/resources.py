"""EventBridge's CloudFormation types, written as calls."""

import json
from typing import Any

from serein.kernel.resource import AlreadyExists, Deployment, Made, Properties, resource
from serein.services.events.errors import ResourceNotFoundException

_RULE_MEMBERS = ("Description", "RoleArn", "ScheduleExpression", "State")
_NUMBERS = frozenset(
    {
        "MaximumRetryAttempts",
        "MaximumEventAgeInSeconds",
        "TaskCount",
        "Size",
        "Attempts",
        "RetentionDays",
        "InvocationRateLimitPerSecond",
    }
)
_FLAGS = frozenset({"IsValueSecret", "EnableECSManagedTags", "EnableExecuteCommand", "WithEvent"})


@resource("AWS::Events::EventBus")
class EventBus:
    """Its physical id, and what Ref answers, is its name."""

    properties = frozenset(
        {
            "DeadLetterConfig",
            "Description",
            "EventSourceName",
            "KmsKeyIdentifier",
            "LogConfig",
            "Name",
            "Policy",
            "Tags",
        }
    )
    replaced_by = frozenset({"Name", "EventSourceName"})
    stored = frozenset({"DeadLetterConfig", "KmsKeyIdentifier", "LogConfig", "Policy"})

    _members = ("DeadLetterConfig", "Description", "EventSourceName", "KmsKeyIdentifier", "LogConfig")

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties["Name"]
        request = {"Name": name, **_given(properties, self._members)}
        arn = (await deployment.call("events", "CreateEventBus", _with_tags(request, deployment, properties)))[
            "EventBusArn"
        ]
        await deployment.begun(name)
        if "Policy" in properties:
            await deployment.call(
                "events", "PutPermission", {"EventBusName": name, "Policy": _text(properties["Policy"])}
            )
        return _bus(name, arn)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        members = tuple(member for member in self._members if member != "EventSourceName")
        bus = await deployment.call("events", "UpdateEventBus", {"Name": physical_id, **_given(new, members)})
        if "Policy" in new:
            await deployment.call(
                "events", "PutPermission", {"EventBusName": physical_id, "Policy": _text(new["Policy"])}
            )
        elif "Policy" in old:
            await deployment.call(
                "events", "RemovePermission", {"EventBusName": physical_id, "RemoveAllPermissions": True}
            )
        await _retag(deployment, bus["Arn"], old, new)
        return _bus(physical_id, bus["Arn"])

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await _quietly(deployment, "DeleteEventBus", {"Name": physical_id})


@resource("AWS::Events::EventBusPolicy")
class EventBusPolicy:
    """A statement of the policy of a bus."""

    properties = frozenset({"Action", "Condition", "EventBusName", "Principal", "Statement", "StatementId"})
    replaced_by = frozenset({"EventBusName", "StatementId"})
    stored = frozenset({"Action", "Condition", "Principal", "Statement"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        bus = _given(properties, ("EventBusName",))
        if "Statement" in properties:
            described = await deployment.call("events", "DescribeEventBus", _bus_of(properties))
            known = json.loads(described["Policy"])["Statement"] if "Policy" in described else []
            statement = {**properties["Statement"], "Sid": properties["StatementId"]}
            statement.setdefault("Resource", described["Arn"])
            left = [each for each in known if each.get("Sid") != statement["Sid"]]
            policy = {"Version": "2012-10-17", "Statement": [*left, statement]}
            await deployment.call("events", "PutPermission", {**bus, "Policy": json.dumps(policy)})
        else:
            members = ("Action", "Condition", "Principal", "StatementId")
            await deployment.call("events", "PutPermission", {**bus, **_given(properties, members)})
        return Made(f"{properties.get('EventBusName', 'default')}|{properties['StatementId']}")

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return await self.create(deployment, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {**_given(properties, ("EventBusName",)), "StatementId": properties["StatementId"]}
        await _quietly(deployment, "RemovePermission", request)


@resource("AWS::Events::Rule")
class Rule:
    """A rule with its targets; Ref answers its name, after that of a bus that isn't the default one."""

    properties = frozenset(
        {
            "Description",
            "EventBusName",
            "EventPattern",
            "Name",
            "RoleArn",
            "ScheduleExpression",
            "State",
            "Tags",
            "Targets",
        }
    )
    replaced_by = frozenset({"Name", "EventBusName"})
    stored = frozenset({"RoleArn"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("Name") or deployment.physical_name(64)
        if "Name" in properties:
            await _require_new_rule(deployment, name, properties)
        request = _with_tags(_rule(name, properties), deployment, properties)
        made = _made_rule(name, (await deployment.call("events", "PutRule", request))["RuleArn"], properties)
        await deployment.begun(made.physical_id)
        await _put_targets(deployment, name, properties)
        return made

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        name = physical_id.rsplit("|", 1)[-1]
        arn = (await deployment.call("events", "PutRule", _rule(name, new)))["RuleArn"]
        kept = {target["Id"] for target in new.get("Targets") or ()}
        if gone := [target["Id"] for target in old.get("Targets") or () if target["Id"] not in kept]:
            await deployment.call(
                "events", "RemoveTargets", {"Rule": name, "Ids": gone, **_given(new, ("EventBusName",))}
            )
        await _put_targets(deployment, name, new)
        await _retag(deployment, arn, old, new)
        return _made_rule(name, arn, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        name, bus = physical_id.rsplit("|", 1)[-1], _given(properties, ("EventBusName",))
        try:
            found = await deployment.call("events", "ListTargetsByRule", {"Rule": name, **bus})
            if ids := [target["Id"] for target in found["Targets"]]:
                await deployment.call("events", "RemoveTargets", {"Rule": name, "Ids": ids, **bus})
            await deployment.call("events", "DeleteRule", {"Name": name, **bus})
        except ResourceNotFoundException:
            return


@resource("AWS::Events::Archive")
class Archive:
    """Ref answers its name."""

    properties = frozenset(
        {"ArchiveName", "Description", "EventPattern", "KmsKeyIdentifier", "RetentionDays", "SourceArn"}
    )
    replaced_by = frozenset({"ArchiveName", "SourceArn"})
    stored = frozenset({"KmsKeyIdentifier"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("ArchiveName") or deployment.physical_name(48)
        request = {**_archive(name, properties), "EventSourceArn": properties["SourceArn"]}
        made = await deployment.call("events", "CreateArchive", request)
        return Made(name, {"Arn": made["ArchiveArn"], "ArchiveName": name})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        made = await deployment.call("events", "UpdateArchive", _archive(physical_id, new))
        return Made(physical_id, {"Arn": made["ArchiveArn"], "ArchiveName": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await _quietly(deployment, "DeleteArchive", {"ArchiveName": physical_id})


@resource("AWS::Events::Connection")
class Connection:
    """Ref answers its name."""

    properties = frozenset(
        {
            "AuthParameters",
            "AuthorizationType",
            "Description",
            "InvocationConnectivityParameters",
            "KmsKeyIdentifier",
            "Name",
        }
    )
    replaced_by = frozenset({"Name"})
    stored = frozenset({"KmsKeyIdentifier"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("Name") or deployment.physical_name(64)
        await deployment.call("events", "CreateConnection", _typed({**properties, "Name": name}))
        await deployment.begun(name)
        return await _made_connection(deployment, name)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        await deployment.call("events", "UpdateConnection", _typed({**new, "Name": physical_id}))
        return await _made_connection(deployment, physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await _quietly(deployment, "DeleteConnection", {"Name": physical_id})


@resource("AWS::Events::ApiDestination")
class ApiDestination:
    """Ref answers its name."""

    properties = frozenset(
        {
            "ConnectionArn",
            "Description",
            "HttpMethod",
            "InvocationEndpoint",
            "InvocationRateLimitPerSecond",
            "Name",
        }
    )
    replaced_by = frozenset({"Name"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("Name") or deployment.physical_name(64)
        made = await deployment.call("events", "CreateApiDestination", _typed({**properties, "Name": name}))
        return _made_destination(name, made["ApiDestinationArn"])

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        made = await deployment.call("events", "UpdateApiDestination", _typed({**new, "Name": physical_id}))
        return _made_destination(physical_id, made["ApiDestinationArn"])

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await _quietly(deployment, "DeleteApiDestination", {"Name": physical_id})


async def _quietly(deployment: Deployment, operation: str, request: dict[str, Any]) -> None:
    """Remove what may be gone already."""
    try:
        await deployment.call("events", operation, request)
    except ResourceNotFoundException:
        return


async def _require_new_rule(deployment: Deployment, name: str, properties: Properties) -> None:
    """PutRule accepts a rule that is there; a template that names it does not make it its own."""
    if deployment.has_called("events", "PutRule"):
        return
    try:
        found = await deployment.call("events", "DescribeRule", {"Name": name, **_given(properties, ("EventBusName",))})
    except ResourceNotFoundException:
        return
    raise AlreadyExists("AWS::Events::Rule", found["Arn"])


async def _put_targets(deployment: Deployment, name: str, properties: Properties) -> None:
    if properties.get("Targets"):
        request = {"Rule": name, "Targets": _typed(properties["Targets"]), **_given(properties, ("EventBusName",))}
        await deployment.call("events", "PutTargets", request)


async def _retag(deployment: Deployment, arn: str, old: Properties, new: Properties) -> None:
    kept = {tag["Key"] for tag in new.get("Tags") or ()}
    if gone := [tag["Key"] for tag in old.get("Tags") or () if tag["Key"] not in kept]:
        await deployment.call("events", "UntagResource", {"ResourceARN": arn, "TagKeys": gone})
    if kept:
        await deployment.call("events", "TagResource", {"ResourceARN": arn, "Tags": _tags({}, new)})


async def _made_connection(deployment: Deployment, name: str) -> Made:
    found = await deployment.call("events", "DescribeConnection", {"Name": name})
    arn = found["ConnectionArn"]
    return Made(name, {"Arn": arn, "ArnForPolicy": arn.rsplit("/", 1)[0], "SecretArn": found["SecretArn"]})


def _made_destination(name: str, arn: str) -> Made:
    return Made(name, {"Arn": arn, "ArnForPolicy": arn.rsplit("/", 1)[0]})


def _bus(name: str, arn: str) -> Made:
    return Made(name, {"Arn": arn, "Name": name})


def _bus_of(properties: Properties) -> dict[str, str]:
    return {"Name": properties["EventBusName"]} if "EventBusName" in properties else {}


def _made_rule(name: str, arn: str, properties: Properties) -> Made:
    bus = properties.get("EventBusName", "default").rsplit("/", 1)[-1]
    return Made(name if bus == "default" else f"{bus}|{name}", {"Arn": arn, "RuleName": name})


def _rule(name: str, properties: Properties) -> dict[str, Any]:
    request = {"Name": name, **_given(properties, (*_RULE_MEMBERS, "EventBusName"))}
    if "EventPattern" in properties:
        request["EventPattern"] = _text(properties["EventPattern"])
    return request


def _archive(name: str, properties: Properties) -> dict[str, Any]:
    request = {"ArchiveName": name, **_given(properties, ("Description", "KmsKeyIdentifier", "RetentionDays"))}
    if "EventPattern" in properties:
        request["EventPattern"] = _text(properties["EventPattern"])
    typed: dict[str, Any] = _typed(request)
    return typed


def _given(properties: Properties, members: tuple[str, ...]) -> dict[str, Any]:
    return {member: properties[member] for member in members if member in properties}


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _tags(own: dict[str, str], properties: Properties) -> list[dict[str, str]]:
    named = own | {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags") or ()}
    return [{"Key": key, "Value": value} for key, value in named.items()]


def _with_tags(request: dict[str, Any], deployment: Deployment, properties: Properties) -> dict[str, Any]:
    tags = _tags(deployment.tags, properties)
    return {**request, "Tags": tags} if tags else request


def _typed(value: Any, name: str = "") -> Any:
    """A value of a template as the API takes it: templates may write numbers and truths as texts."""
    if isinstance(value, dict):
        return {member: _typed(each, member) for member, each in value.items()}
    if isinstance(value, list):
        return [_typed(each, name) for each in value]
    if name in _NUMBERS and isinstance(value, str):
        return int(value)
    if name in _FLAGS and isinstance(value, str):
        return value.lower() == "true"
    return value
