"""Stacks: created or updated, followed, and their failures told so that the cause comes first."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from serein.deploy.artifacts import Artifacts
from serein.deploy.errors import ParametersMissing, Problem, StackFailed
from serein.deploy.following import NESTED, Follower
from serein.deploy.plans import Plan, planned
from serein.deploy.progress import ResourceEvent, Say, Watch, unwatched
from serein.deploy.templates import Template

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_LARGEST_BODY_BYTES = 51_200
_MOST_NAMES = 5
_GONE = ("DELETE_COMPLETE", "")
_FAILED_BEFORE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
_SAM = "AWS::Serverless-2016-10-31"


@dataclass(slots=True)
class Deployed:
    """A stack as it is after a deployment."""

    name: str
    is_changed: bool
    outputs: dict[str, str] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)
    """Physical ids by logical id."""
    types: dict[str, str] = field(default_factory=dict)
    """Resource types by logical id."""
    warnings: list[str] = field(default_factory=list)
    """What was accepted but has no effect here, for people."""
    changes: dict[str, str] = field(default_factory=dict)
    """What became of each resource that changed, `created`, `updated`, `replaced` or `deleted`, by logical id; a
    resource of a nested stack has that stack's before it, with a slash."""


class Stacks:
    """CloudFormation, as a deployment uses it."""

    def __init__(
        self,
        cloudformation: Any,
        artifacts: Artifacts,
        say: Say,
        watch: Watch = unwatched,
        settings: dict[str, Any] | None = None,
    ) -> None:
        """`settings` are further members of CreateStack's and UpdateStack's requests, such as tags."""
        self._settings = settings or {}
        self._client = cloudformation
        self._artifacts = artifacts
        self._say = say
        self._watch = watch

    def deploy(
        self,
        name: str,
        template: Template,
        parameters: dict[str, str],
        *,
        prefers_defaults: bool = False,
        is_strict: bool = False,
    ) -> Deployed:
        """Create the stack, or update it when it exists. Raises StackFailed.

        A parameter that is not given keeps its value, as with `sam deploy`; with `prefers_defaults` the template's
        default comes first. Strict: what would have no effect here is refused before anything is made.
        """
        stack = self._find(name)
        status = stack["StackStatus"] if stack else ""
        if status in _FAILED_BEFORE:
            self._say(f"Removing the stack {name} that failed before")
            self.delete(name)
            stack, status = None, ""
        text = json.dumps(template)
        request = self._request(name, text, template, parameters, stack, prefers_defaults)
        if is_strict:
            self._require_effects(name, request, stack)
        if stack and self._is_as_deployed(stack, text, template, request):
            return self.describe(name)
        if status == "REVIEW_IN_PROGRESS" or status in _GONE:
            return self._create(name, request)
        return self._update(name, request, str(stack["StackId"] if stack else ""))

    def plan(
        self, name: str, template: Template, parameters: dict[str, str], *, prefers_defaults: bool = False
    ) -> Plan:
        """What `deploy` would change; nothing does. Raises StackFailed."""
        stack = self._find(name)
        if stack and stack["StackStatus"] in _FAILED_BEFORE:
            raise StackFailed(
                f"The stack {name} failed before ({stack['StackStatus']}): there is nothing to compare with. "
                "A deployment removes it and makes it anew."
            )
        text = json.dumps(template)
        request = self._request(name, text, template, parameters, stack, prefers_defaults)
        if stack and self._is_as_deployed(stack, text, template, request):
            return Plan(name, is_new=False)
        try:
            return planned(self._client, name, request, is_new=_is_new(stack))
        except ClientError as error:
            raise _refused(name, error) from error

    def delete(self, name: str) -> bool:
        """Delete a stack and wait until it is gone; False when there is none. Raises StackFailed."""
        stack = self._find(name)
        if stack is None:
            return False
        stack_id = str(stack["StackId"])
        follower = Follower(self._client, name, stack_id, self._watch, self._say)
        try:
            self._client.delete_stack(StackName=name)
        except ClientError as error:
            raise _refused(name, error) from error
        reached = follower.wait(stack_id)
        if reached not in _GONE:
            raise StackFailed(f"The stack {name} ended as {reached}.", *_problems(follower.events))
        return True

    def describe(self, name: str) -> Deployed:
        """What a stack holds. Raises StackFailed when there is none."""
        stack = self._find(name)
        if stack is None:
            raise StackFailed(f"There is no stack {name}.")
        rows = list(self._rows(name))
        return Deployed(
            name,
            False,
            {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
            {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in rows},
            {row["LogicalResourceId"]: row["ResourceType"] for row in rows},
            _remarks([*rows, *self._nested_rows(rows)]),
        )

    def _rows(self, name: str, prefix: str = "") -> Iterator[dict[str, Any]]:
        """The resources that stand in a stack."""
        for page in self._client.get_paginator("list_stack_resources").paginate(StackName=name):
            for row in page["StackResourceSummaries"]:
                if "PhysicalResourceId" in row:
                    yield {**row, "LogicalResourceId": prefix + row["LogicalResourceId"]}

    def _nested_rows(self, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Those in stacks among them, and in stacks among those."""
        for row in rows:
            if row["ResourceType"] == NESTED and row["PhysicalResourceId"].startswith("arn:"):
                inner = list(self._rows(row["PhysicalResourceId"], f"{row['LogicalResourceId']}/"))
                yield from inner
                yield from self._nested_rows(inner)

    def exporters(self) -> dict[str, str]:
        """The names of stacks by what they export."""
        pages = self._client.get_paginator("list_exports").paginate()
        exports = [export for page in pages for export in page["Exports"]]
        return {export["Name"]: export["ExportingStackId"].split("/")[1] for export in exports}

    def _create(self, name: str, request: dict[str, Any]) -> Deployed:
        follower = Follower(self._client, name, "", self._watch, self._say)
        self._say(f"Creating the stack {name}")
        try:
            stack_id = self._client.create_stack(**request)["StackId"]
        except ClientError as error:
            raise _refused(name, error) from error
        return self._followed(name, follower, stack_id)

    def _update(self, name: str, request: dict[str, Any], stack_id: str) -> Deployed:
        follower = Follower(self._client, name, stack_id, self._watch, self._say)
        try:
            self._client.update_stack(**request)
        except ClientError as error:
            if "No updates are to be performed" in error.response["Error"]["Message"]:
                return self.describe(name)
            raise _refused(name, error) from error
        self._say(f"Updating the stack {name}")
        return self._followed(name, follower, stack_id)

    def _followed(self, name: str, follower: Follower, stack_id: str) -> Deployed:
        reached = follower.wait(stack_id)
        if reached not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise StackFailed(_ending(name, reached), *_problems(follower.events))
        deployed = self.describe(name)
        deployed.is_changed = True
        deployed.changes = _changes(follower.events)
        return deployed

    def _request(
        self,
        name: str,
        text: str,
        template: Template,
        parameters: dict[str, str],
        stack: dict[str, Any] | None,
        prefers_defaults: bool,
    ) -> dict[str, Any]:
        request: dict[str, Any] = {"StackName": name, "Capabilities": _CAPABILITIES, **self._settings}
        request["Parameters"] = _parameters(template, parameters, stack, prefers_defaults)
        if len(text.encode()) <= _LARGEST_BODY_BYTES:
            return {**request, "TemplateBody": text}
        key = f"{hashlib.sha256(text.encode()).hexdigest()}.template.json"
        self._artifacts.upload(key, text.encode())
        return {**request, "TemplateURL": self._artifacts.url(key)}

    def _is_as_deployed(self, stack: dict[str, Any], text: str, template: Template, request: dict[str, Any]) -> bool:
        """Whether an update would find nothing to do, as far as that can be known without asking for it.

        Asking costs SAM's transform. What may come to something else each time is asked for: macros, includes, and
        parameters whose values are elsewhere or hidden.
        """
        declared = template.get("Parameters") or {}
        if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE") or "Fn::Transform" in text:
            return False
        if template.get("Transform", _SAM) not in (_SAM, [_SAM]):
            return False
        if any(str(spec.get("Type", "")).startswith("AWS::SSM::") for spec in declared.values()):
            return False
        if not _has_same_settings(stack, declared, request):
            return False
        body = self._client.get_template(StackName=stack["StackId"], TemplateStage="Original")["TemplateBody"]
        return bool(body == json.loads(text) if isinstance(body, dict) else body == text)

    def _require_effects(self, name: str, request: dict[str, Any], stack: dict[str, Any] | None) -> None:
        """Raise StackFailed when something of the stack would have no effect here."""
        try:
            plan = planned(self._client, name, request, is_new=_is_new(stack))
        except ClientError as error:
            raise _refused(name, error) from error
        if plan.without_effect:
            raise StackFailed(f"{name}: refused by --strict, nothing was changed.", *plan.without_effect)

    def _find(self, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._client.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return None
            raise
        return None if found["StackStatus"] in _GONE else found


def _remarks(rows: Iterable[dict[str, Any]]) -> list[str]:
    """What CloudFormation remarks on resources that stand, once for all of a type that it remarks the same on."""
    named: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.get("ResourceStatusReason"):
            named.setdefault((row["ResourceType"], row["ResourceStatusReason"]), []).append(row["LogicalResourceId"])
    lines = []
    for (kind, remark), names in named.items():
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        lines.append(f"{', '.join(names[:_MOST_NAMES])}{more} ({kind}): {remark}")
    return lines


def _has_same_settings(stack: dict[str, Any], declared: Template, request: dict[str, Any]) -> bool:
    """Whether a request has the tags, topics and parameters that a stack has."""
    if "Tags" in request and _tags(request) != _tags(stack):
        return False
    topics = request.get("NotificationARNs")
    if topics is not None and topics != stack.get("NotificationARNs", []):
        return False
    current = {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", [])}
    wanted = {name: str(spec["Default"]) for name, spec in declared.items() if "Default" in spec}
    for each in request["Parameters"]:
        name = each["ParameterKey"]
        wanted[name] = current.get(name, "") if "UsePreviousValue" in each else each["ParameterValue"]
    return wanted == current


def _tags(of: dict[str, Any]) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in of.get("Tags", [])}


def _is_new(stack: dict[str, Any] | None) -> bool:
    return stack is None or stack["StackStatus"] == "REVIEW_IN_PROGRESS"


def _refused(name: str, error: ClientError) -> StackFailed:
    return StackFailed(f"{name}: CloudFormation refuses the template.", Problem(error.response["Error"]["Message"]))


def _ending(name: str, reached: str) -> str:
    """What became of a stack that did not come to what was wanted."""
    told = {
        "ROLLBACK_COMPLETE": "it was rolled back, and what it had made is removed",
        "UPDATE_ROLLBACK_COMPLETE": "it was rolled back to what it was before",
        "ROLLBACK_FAILED": "it could not be rolled back; the next deployment removes it",
        "UPDATE_ROLLBACK_FAILED": "it could not be rolled back to what it was before",
    }
    return f"The stack {name} ended as {reached}: {told.get(reached, 'see its events')}."


def _problems(events: Iterable[ResourceEvent]) -> list[Problem]:
    """The resources that failed, the first cause first; a nested stack only when nothing in it did."""
    failed = [event for event in events if event.has_failed]
    inner = {event.path[:depth] for event in failed for depth in range(1, len(event.path))}
    return [
        Problem(event.reason or event.status, "/".join(event.path), event.type)
        for event in failed
        if event.path not in inner
    ]


def _changes(events: Iterable[ResourceEvent]) -> dict[str, str]:
    told: dict[str, str] = {}
    for event in events:
        name = "/".join(event.path)
        if event.status == "CREATE_COMPLETE":
            told[name] = "created"
        elif event.status == "UPDATE_COMPLETE":
            told.setdefault(name, "updated")
        elif event.status == "DELETE_COMPLETE":
            told[name] = "replaced" if name in told else "deleted"
    return told


def _parameters(
    template: Template, given: dict[str, str], stack: dict[str, Any] | None, prefers_defaults: bool
) -> list[dict[str, Any]]:
    """What the request says of parameters. Raises StackFailed for one that the template doesn't have or that has no
    value.
    """
    declared = {name: spec or {} for name, spec in (template.get("Parameters") or {}).items()}
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise StackFailed(
            f"The template has no parameter {', '.join(unknown)}. It has: {', '.join(sorted(declared)) or 'none'}."
        )
    kept = set() if _is_new(stack) else {each["ParameterKey"] for each in (stack or {}).get("Parameters", [])}
    if prefers_defaults:
        kept -= {name for name, spec in declared.items() if "Default" in spec}
    missing = [name for name, spec in declared.items() if "Default" not in spec and name not in (kept | set(given))]
    if missing:
        options = " ".join(f"--param {name}=…" for name in missing)
        raise ParametersMissing(
            f"Parameters without a value and without a default: give them with {options}",
            {name: declared[name] for name in missing},
        )
    said: list[dict[str, Any]] = [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()]
    said += [{"ParameterKey": name, "UsePreviousValue": True} for name in declared if name in kept - set(given)]
    return said
