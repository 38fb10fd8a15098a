"""What other resources of the same stack attach to a resource, and the stack itself: it isn't drift.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html (resource attachments)
"""

from collections.abc import Iterable
from typing import Any

from serein.kernel.resource import Properties
from serein.services.cloudformation.stacks import StackResource

_HOLDERS = {"AWS::IAM::Role": "Role", "AWS::IAM::User": "User", "AWS::IAM::Group": "Group"}


def without_attachments(row: StackResource, actual: Properties, rows: Iterable[StackResource]) -> Properties:
    """A resource's live properties less what its stack's other resources put there."""
    found = dict(actual)
    others = [other for other in rows if other.logical_id != row.logical_id]
    if row.type in _HOLDERS:
        inline, arns = _policies(row, others)
        _keep(found, row, "Policies", lambda it: it["PolicyName"] not in inline)
        _keep(found, row, "ManagedPolicyArns", lambda it: it not in arns)
    if row.type == "AWS::IAM::User":
        groups = {
            it.properties.get("GroupName")
            for it in others
            if it.type == "AWS::IAM::UserToGroupAddition" and row.physical_id in it.properties.get("Users", [])
        }
        _keep(found, row, "Groups", lambda it: it not in groups)
    if row.type == "AWS::SNS::Topic":
        ends = {
            (it.properties.get("Protocol"), it.properties.get("Endpoint"))
            for it in others
            if it.type == "AWS::SNS::Subscription" and it.properties.get("TopicArn") == row.physical_id
        }
        _keep(found, row, "Subscription", lambda it: (it["Protocol"], it["Endpoint"]) not in ends)
    return found


def without_stack_tags(row: StackResource, actual: Properties, tags: dict[str, str]) -> Properties:
    """A resource's live properties less the tags that it has of its stack, where its template doesn't set them."""
    own, found = row.properties.get("Tags"), actual.get("Tags")
    if isinstance(found, list):
        set_there = {tag.get("Key") for tag in own or ()}
        left: Any = [tag for tag in found if tag["Key"] in set_there or tags.get(tag["Key"]) != tag["Value"]]
    elif isinstance(found, dict):
        left = {key: value for key, value in found.items() if key in (own or ()) or tags.get(key) != value}
    else:
        return actual
    return {**actual, "Tags": left}


def _keep(found: Properties, row: StackResource, name: str, is_own: Any) -> None:
    if name in found:
        own = row.properties.get(name) or []
        found[name] = [it for it in found[name] if is_own(it) or it in own]


def _policies(row: StackResource, others: list[StackResource]) -> tuple[set[Any], set[str]]:
    """The names of the inline policies and the ARNs of the managed ones that others give to a principal."""
    kind = _HOLDERS[row.type]
    inline: set[Any] = set()
    arns: set[str] = set()
    for other in others:
        held = [*other.properties.get(f"{kind}s", []), other.properties.get(f"{kind}Name")]
        if row.physical_id not in held:
            continue
        if other.type in ("AWS::IAM::Policy", f"AWS::IAM::{kind}Policy"):
            inline.add(other.properties.get("PolicyName"))
        elif other.type == "AWS::IAM::ManagedPolicy":
            arns.add(other.physical_id)
    return inline, arns
