"""What the resource types of roles, users and groups share: policies and tags brought from old to new."""

import json
from typing import Any

from serein.kernel.errors import AwsError
from serein.kernel.resource import Deployment, Properties


def document_text(document: Any) -> str:
    """A policy document as IAM's operations take it; templates write it as an object or as text."""
    return document if isinstance(document, str) else json.dumps(document)


def tags_of(deployment: Deployment, properties: Properties) -> list[dict[str, str]]:
    """The stack's own tags and the resource's, which win. IAM refuses `aws:` keys from anyone but AWS."""
    own = {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags", [])}
    stack = {key: value for key, value in deployment.tags.items() if not key.startswith("aws:")}
    return [{"Key": key, "Value": value} for key, value in (stack | own).items()]


async def ignore_missing(deployment: Deployment, operation: str, request: dict[str, Any]) -> None:
    """Call an IAM operation that removes something; what is gone already is fine."""
    try:
        await deployment.call("iam", operation, request)
    except AwsError as error:
        if error.code != "NoSuchEntity":
            raise


async def settle_policies(deployment: Deployment, noun: str, name: str, old: Properties, new: Properties) -> None:
    """Bring inline policies and attachments from `old` to `new`; `noun` is Role, User or Group."""
    owner = {f"{noun}Name": name}
    kept = {policy["PolicyName"]: document_text(policy["PolicyDocument"]) for policy in old.get("Policies") or []}
    wanted = {policy["PolicyName"]: document_text(policy["PolicyDocument"]) for policy in new.get("Policies") or []}
    for policy_name, document in wanted.items():
        if kept.get(policy_name) != document:
            request = {**owner, "PolicyName": policy_name, "PolicyDocument": document}
            await deployment.call("iam", f"Put{noun}Policy", request)
    for policy_name in kept.keys() - wanted.keys():
        await ignore_missing(deployment, f"Delete{noun}Policy", {**owner, "PolicyName": policy_name})
    before, after = set(old.get("ManagedPolicyArns") or []), set(new.get("ManagedPolicyArns") or [])
    for arn in sorted(after - before):
        await deployment.call("iam", f"Attach{noun}Policy", {**owner, "PolicyArn": arn})
    for arn in sorted(before - after):
        await ignore_missing(deployment, f"Detach{noun}Policy", {**owner, "PolicyArn": arn})


async def settle_tags(deployment: Deployment, noun: str, name: str, old: Properties, new: Properties) -> None:
    """Bring the tags of a role or user from `old` to `new`, stack tags included."""
    wanted = tags_of(deployment, new)
    gone = {tag["Key"] for tag in old.get("Tags", [])} - {tag["Key"] for tag in wanted}
    if gone:
        await deployment.call("iam", f"Untag{noun}", {f"{noun}Name": name, "TagKeys": sorted(gone)})
    if wanted:
        await deployment.call("iam", f"Tag{noun}", {f"{noun}Name": name, "Tags": wanted})


async def clear(deployment: Deployment, noun: str, name: str) -> None:
    """Detach and delete the policies of a role, user or group that is to go, whoever put them there."""
    owner = {f"{noun}Name": name}
    attached = await deployment.call("iam", f"ListAttached{noun}Policies", {**owner, "MaxItems": 1000})
    for policy in attached["AttachedPolicies"]:
        await ignore_missing(deployment, f"Detach{noun}Policy", {**owner, "PolicyArn": policy["PolicyArn"]})


async def clear_stack_inline(deployment: Deployment, noun: str, name: str, properties: Properties) -> None:
    """Delete the inline policies that the template gave. AWS: others make the deletion fail with DeleteConflict."""
    for policy in properties.get("Policies") or []:
        request = {f"{noun}Name": name, "PolicyName": policy["PolicyName"]}
        await ignore_missing(deployment, f"Delete{noun}Policy", request)


def members(properties: Properties, *names: str) -> dict[str, Any]:
    """The named properties that are given."""
    return {name: properties[name] for name in names if name in properties}
