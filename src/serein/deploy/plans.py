"""What a deployment would change: a change set that is made, read and deleted again."""

import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlsplit

from botocore.exceptions import ClientError

from serein.deploy.errors import Problem, StackFailed
from serein.deploy.following import NESTED, Follower
from serein.deploy.progress import unwatched
from serein.kernel.ids import random_lower

KNOWN_LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""AWS's words for a value that depends on what a deployment is yet to make."""
ABSENT = object()
"""In place of a value: there is none."""
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A value inside of a resource's properties."""

    name: str
    """Its place: `Environment.Variables.LEVEL`."""
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """What a deployment would do with a resource."""

    action: str
    """`add`, `change`, `replace` or `remove`."""
    logical_id: str
    """Of a resource in a nested stack, after that stack's own, with a slash."""
    type: str
    values: tuple[ValueChange, ...] = ()
    """What is different; of a resource that is added or removed, nothing."""
    is_conditional: bool = False
    """Whether it is replaced depends on values that aren't known yet."""


@dataclass(slots=True)
class Plan:
    """What a deployment would do with a stack."""

    stack: str
    is_new: bool
    resources: list[ResourceChange] = field(default_factory=list)
    without_effect: list[Problem] = field(default_factory=list)
    """What of the stack has no effect here."""
    has_other_changes: bool = False
    """Outputs or tags would change, whether or not resources do."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return not self.resources and not self.has_other_changes and not self.is_new


def planned(client: Any, name: str, request: dict[str, Any], *, is_new: bool) -> Plan:
    """The plan of a CreateStack or UpdateStack request. Raises StackFailed; ClientError when it is refused."""
    change_set = f"serein-{random_lower(12)}"
    kind = "CREATE" if is_new else "UPDATE"
    made = client.create_change_set(**request, ChangeSetName=change_set, ChangeSetType=kind)
    try:
        pages = _settled_pages(client, made["Id"])
        plan = Plan(name, is_new)
        status, reason = pages[0]["Status"], pages[0].get("StatusReason", "")
        if status != "CREATE_COMPLETE" and not _says_nothing_changes(reason):
            raise StackFailed(f"{name}: CloudFormation refuses the template.", Problem(reason))
        for page in pages:
            for change in page["Changes"]:
                plan.resources += _resources(client, change["ResourceChange"], request["Capabilities"])
        plan.has_other_changes = status == "CREATE_COMPLETE" and not plan.resources
        plan.without_effect = _without_effect(client.meta.endpoint_url, made["Id"])
        return plan
    finally:
        client.delete_change_set(ChangeSetName=made["Id"])
        if is_new:
            # A change set for a stack that isn't there makes one without resources.
            follower = Follower(client, name, "", unwatched)
            client.delete_stack(StackName=made["StackId"])
            follower.wait(made["StackId"])


def _settled_pages(client: Any, change_set_id: str) -> list[dict[str, Any]]:
    glance = threading.Event()
    while True:
        asked = {"ChangeSetName": change_set_id, "IncludePropertyValues": True}
        pages = [client.describe_change_set(**asked)]
        if pages[0]["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            break
        glance.wait(0.05)
    while "NextToken" in pages[-1]:
        pages.append(client.describe_change_set(**asked, NextToken=pages[-1]["NextToken"]))
    return pages


def _says_nothing_changes(reason: str) -> bool:
    return "didn't contain changes" in reason or "No updates are to be performed" in reason


def _resources(client: Any, change: dict[str, Any], capabilities: list[str]) -> list[ResourceChange]:
    """What becomes of a resource, and of those in it when it is a stack."""
    actions = {"Add": "add", "Remove": "remove"}
    action = actions.get(change["Action"], "change")
    replacement = change.get("Replacement", "")
    if action == "change" and replacement in ("True", "Conditional"):
        action = "replace"
    before, after = (
        json.loads(change.get(context) or "{}").get("Properties") or {} for context in ("BeforeContext", "AfterContext")
    )
    values = tuple(_differences("", before, after)) if action in ("change", "replace") else ()
    own = ResourceChange(
        action, change["LogicalResourceId"], change["ResourceType"], values, replacement == "Conditional"
    )
    if own.type != NESTED or action != "change":
        return [own]
    inner = _nested_changes(client, change["PhysicalResourceId"], after, capabilities)
    if inner is None:
        return [own]
    # AWS: a nested stack is in every change set of its parent. What changes in it says whether it does.
    inner = [replace(each, logical_id=f"{own.logical_id}/{each.logical_id}") for each in inner]
    own = replace(own, values=tuple(value for value in values if value.name != "TemplateURL"))
    return [own, *inner] if inner or own.values else []


def _nested_changes(
    client: Any, stack_id: str, properties: dict[str, Any], capabilities: list[str]
) -> list[ResourceChange] | None:
    """What would change in a nested stack; None when that can't be known before."""
    request: dict[str, Any] = {"StackName": stack_id, "Capabilities": capabilities, "Parameters": []}
    request["TemplateURL"] = properties.get("TemplateURL")
    for name, value in (properties.get("Parameters") or {}).items():
        is_known = isinstance(value, str | int | float) and KNOWN_LATER not in str(value)
        given = {"ParameterValue": _text(value)} if is_known else {"UsePreviousValue": True}
        request["Parameters"].append({"ParameterKey": name, **given})
    try:
        plan = planned(client, stack_id.split("/")[1], request, is_new=False)
    except (ClientError, StackFailed):
        # A template that is made by the deployment itself, or parameters that are.
        return None
    return plan.resources


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _differences(name: str, before: Any, after: Any) -> Iterator[ValueChange]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        pairs = [(key, before.get(key, ABSENT), after.get(key, ABSENT)) for key in sorted({*before, *after})]
    elif isinstance(before, list) and isinstance(after, list):
        longest = range(max(len(before), len(after)))
        pairs = [(str(at), _item(before, at), _item(after, at)) for at in longest]
    else:
        yield ValueChange(name, before, after)
        return
    for key, one, other in pairs:
        yield from _differences(f"{name}.{key}" if name else key, one, other)


def _item(values: list[Any], at: int) -> Any:
    return values[at] if at < len(values) else ABSENT


def _without_effect(endpoint: str, change_set_id: str) -> list[Problem]:
    parts = urlsplit(endpoint)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", f"/_serein/effects?change-set={quote(change_set_id)}")
        answer = connection.getresponse()
        content = json.loads(answer.read())
    finally:
        connection.close()
    if answer.status != 200:
        raise StackFailed(f"The server can't tell what has no effect: {content['message']}")
    found = [
        Problem(
            f"Serein has no {each['ResourceType']} yet: it would be recorded and do nothing.",
            each["LogicalResourceId"],
            each["ResourceType"],
        )
        for each in content["Inert"]
    ]
    for each in content["WithoutEffect"]:
        listed = ", ".join(each["Properties"])
        found.append(
            Problem(
                f"Serein keeps these properties without effect: {listed}",
                each["LogicalResourceId"],
                each["ResourceType"],
            )
        )
    return found
