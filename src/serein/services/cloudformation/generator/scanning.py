"""Looking through an account and region for resources."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope
from serein.services.cloudformation.generator import store
from serein.services.cloudformation.generator.store import Scanned
from serein.services.cloudformation.live.catalog import LIVE
from serein.services.cloudformation.live.looking import LiveType, Look
from serein.services.cloudformation.types import find_description


def is_wanted(type_name: str, types: list[str]) -> bool:
    """Whether a scan looks for a type."""
    return not types or any(type_name == it or (it.endswith("*") and type_name.startswith(it[:-1])) for it in types)


def identifier_names(type_name: str) -> tuple[str, ...]:
    """The properties that identify a resource of the type."""
    description = find_description(type_name)
    return description.identifier if description is not None and description.identifier else ("Id",)


def as_map(type_name: str, identifier: str) -> dict[str, str]:
    """What identifies a resource, by the names that AWS's schema has for it."""
    names = identifier_names(type_name)
    return dict(zip(names, identifier.split("|") if len(names) > 1 else [identifier], strict=False))


def as_text(type_name: str, identifier: dict[str, str]) -> str:
    """The inverse of `as_map`."""
    return "|".join(identifier.get(name, "") for name in identifier_names(type_name))


async def scan(call: Call, types: list[str]) -> tuple[list[str], list[Scanned]]:
    """The types that were looked through, and what there is of them. Raises AwsError."""
    look = Look(call.platform, call.scope)
    managed = await call.read(lambda tx: store.managed_ids(tx, call.scope))
    scanned, found = [], []
    for live in LIVE.values():
        if live.listing is None or not is_wanted(live.name, types):
            continue
        scanned.append(live.name)
        for identifier in await live.listing(look):
            properties = await live.read(look, identifier)
            if properties is not None:
                is_managed = (live.name, identifier) in managed
                found.append(Scanned(live.name, as_map(live.name, identifier), is_managed, _tags(properties)))
    return scanned, found


def _tags(properties: dict[str, Any]) -> dict[str, str]:
    tags = properties.get("Tags") or {}
    return dict(tags) if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}


async def related(call: Call, asked: list[dict[str, Any]], all_found: list[Scanned]) -> list[Scanned]:
    """The scanned resources that the asked ones name in their properties."""
    look = Look(call.platform, call.scope)
    texts: set[str] = set()
    own = set()
    for resource in asked:
        live = LIVE.get(resource["ResourceType"])
        identifier = as_text(resource["ResourceType"], resource["ResourceIdentifier"])
        own.add((resource["ResourceType"], identifier))
        properties = await _read(live, look, identifier) if live is not None else None
        collect_texts(properties or {}, texts)
    return [
        it
        for it in all_found
        if (it.type, as_text(it.type, it.identifier)) not in own and _is_named(it, texts, call.scope)
    ]


async def _read(live: LiveType, look: Look, identifier: str) -> dict[str, Any] | None:
    try:
        return await live.read(look, identifier)
    except AwsError:
        return None


def collect_texts(value: Any, found: set[str]) -> None:
    """Add every text within a value."""
    if isinstance(value, str):
        found.add(value)
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            collect_texts(member, found)


def _is_named(resource: Scanned, texts: set[str], scope: Scope) -> bool:
    names = {as_text(resource.type, resource.identifier), arn_of_resource(resource.type, resource.identifier, scope)}
    return not names.isdisjoint(texts)


_ARNS = {
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::Events::EventBus": "events:{region}:{account}:event-bus/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::IAM::User": "iam::{account}:user/{name}",
    "AWS::Kinesis::Stream": "kinesis:{region}:{account}:stream/{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
}
"""The ARNs of resources that are identified by something else."""


def arn_of_resource(type_name: str, identifier: dict[str, str], scope: Scope) -> str:
    """A resource's ARN, for GetAtt; empty when it is unknown or what identifies it."""
    if type_name not in _ARNS:
        return ""
    name = as_text(type_name, identifier).rpartition("/")[2]
    return f"arn:{scope.partition}:" + _ARNS[type_name].format(region=scope.region, account=scope.account, name=name)
