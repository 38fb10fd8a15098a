"""Template properties in the wire form of API Gateway's operations, and changes of them as patches."""

import json
from typing import Any

from serein.kernel.errors import AwsError
from serein.kernel.resource import Deployment, Properties
from serein.services.apigateway.control.patches import escaped

SERVICE = "apigateway"
Patches = list[dict[str, str]]


async def gone_is_fine(deployment: Deployment, operation: str, request: dict[str, Any]) -> None:
    """Call a Delete operation; what isn't there any more is deleted."""
    try:
        await deployment.call(SERVICE, operation, request)
    except AwsError as error:
        if error.code != "NotFoundException":
            raise


def wire_name(name: str) -> str:
    """`RestApiId` is `restApiId`."""
    return name[:1].lower() + name[1:]


def is_true(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def text_of(value: Any) -> str:
    """A value as patches have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def document_text(value: Any) -> str:
    """A schema, policy or properties, which templates may write out."""
    return value if isinstance(value, str) else json.dumps(value)


def texts(value: Any) -> dict[str, str]:
    return {str(name): text_of(item) for name, item in (value or {}).items()}


def booleans(value: Any) -> dict[str, bool]:
    """A map whose values say whether something is required; AWS's may be an object that says so."""
    return {
        str(name): is_true(item.get("Required")) if isinstance(item, dict) else is_true(item)
        for name, item in (value or {}).items()
    }


def tags_of(deployment: Deployment, properties: Properties) -> dict[str, str]:
    tags = properties.get("Tags") or []
    given = tags if isinstance(tags, dict) else {tag["Key"]: str(tag["Value"]) for tag in tags}
    return {**deployment.tags, **given}


def tag_arn(deployment: Deployment, resource: str) -> str:
    return f"arn:{deployment.scope.partition}:apigateway:{deployment.scope.region}::/{resource}"


async def keep_tags(deployment: Deployment, resource: str, old: Properties | None, new: Properties) -> None:
    """Tag a resource as its template says; what only the old template had goes."""
    await retag(deployment, tag_arn(deployment, resource), old, new)


async def retag(deployment: Deployment, arn: str, old: Properties | None, new: Properties) -> None:
    """The same, of what has this ARN."""
    tags = tags_of(deployment, new)
    gone = sorted(set(tags_of(deployment, old or {})) - set(tags))
    if gone:
        await deployment.call(SERVICE, "UntagResource", {"resourceArn": arn, "tagKeys": gone})
    if tags:
        await deployment.call(SERVICE, "TagResource", {"resourceArn": arn, "tags": tags})


def replaced(old: Properties, new: Properties, names: tuple[str, ...]) -> Patches:
    """Patches for plain properties that changed; one that went is replaced by nothing."""
    return [
        {"op": "replace", "path": f"/{wire_name(name)}", "value": text_of(new[name]) if name in new else ""}
        for name in names
        if old.get(name) != new.get(name)
    ]


def map_patches(path: str, old: dict[str, str], new: dict[str, str], *, adding: str = "replace") -> Patches:
    """Patches that make one map of texts another."""
    gone = [{"op": "remove", "path": f"{path}/{escaped(name)}"} for name in old if name not in new]
    changed = [
        {"op": adding, "path": f"{path}/{escaped(name)}", "value": value}
        for name, value in new.items()
        if old.get(name) != value
    ]
    return gone + changed


def list_patches(path: str, old: list[str], new: list[str]) -> Patches:
    """Patches for a list whose members are added and removed by value."""
    gone = [{"op": "remove", "path": path, "value": value} for value in old if value not in new]
    return gone + [{"op": "add", "path": path, "value": value} for value in new if value not in old]


async def update(deployment: Deployment, operation: str, request: dict[str, Any], patches: Patches) -> None:
    if patches:
        await deployment.call(SERVICE, operation, {**request, "patchOperations": patches})
