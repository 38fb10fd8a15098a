"""Stacks: created or updated, waited for, and their failures told so that the cause comes first."""

import hashlib
import json
import threading
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from serein.deploy.artifacts import Artifacts
from serein.deploy.errors import StackFailed
from serein.deploy.progress import Say
from serein.deploy.templates import Template

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_LARGEST_BODY_BYTES = 51_200
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.02, 0.5
_GONE = ("DELETE_COMPLETE", "")


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


class Stacks:
    """CloudFormation, as a deployment uses it."""

    def __init__(self, cloudformation: Any, artifacts: Artifacts, say: Say) -> None:
        self._client = cloudformation
        self._artifacts = artifacts
        self._say = say
        self._pause = threading.Event()

    def deploy(
        self, name: str, template: Template, parameters: dict[str, str], *, prefers_defaults: bool = False
    ) -> Deployed:
        """Create the stack, or update it when it exists. Raises StackFailed.

        A parameter that is not given keeps its value, as with `sam deploy`; with `prefers_defaults` the template's
        default comes first.
        """
        request: dict[str, Any] = {"StackName": name, "Capabilities": _CAPABILITIES, **self._body(template)}
        request["Parameters"] = self._parameters(name, template, parameters, prefers_defaults)
        status = self._status(name)
        if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"):
            self._say(f"Removing the stack {name} that failed before")
            self.delete(name)
            status = ""
        if status == "REVIEW_IN_PROGRESS" or status in _GONE:
            seen = ""
            self._say(f"Creating the stack {name}")
            self._call("create_stack", request)
        else:
            seen = self._last_event(name)
            try:
                self._client.update_stack(**request)
            except ClientError as error:
                if "No updates are to be performed" in error.response["Error"]["Message"]:
                    return self.describe(name, is_changed=False)
                raise StackFailed(f"{name}: {error.response['Error']['Message']}") from error
            self._say(f"Updating the stack {name}")
        reached = self._wait(name)
        if reached not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise StackFailed(self._explain(name, reached, seen))
        return self.describe(name, is_changed=True)

    def delete(self, name: str) -> bool:
        """Delete a stack and wait until it is gone; False when there is none. Raises StackFailed."""
        if self._status(name) in _GONE:
            return False
        stack_id = self._client.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        self._call("delete_stack", {"StackName": name})
        reached = self._wait(stack_id)
        if reached not in _GONE:
            raise StackFailed(self._explain(stack_id, reached, ""))
        return True

    def describe(self, name: str, *, is_changed: bool = False) -> Deployed:
        """What a stack holds. Raises StackFailed when there is none."""
        if self._status(name) in _GONE:
            raise StackFailed(f"There is no stack {name}.")
        stack = self._client.describe_stacks(StackName=name)["Stacks"][0]
        pages = self._client.get_paginator("list_stack_resources").paginate(StackName=name)
        rows = [row for page in pages for row in page["StackResourceSummaries"] if "PhysicalResourceId" in row]
        return Deployed(
            name,
            is_changed,
            {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
            {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in rows},
            {row["LogicalResourceId"]: row["ResourceType"] for row in rows},
            [
                f"{row['LogicalResourceId']} ({row['ResourceType']}): {row['ResourceStatusReason']}"
                for row in rows
                if row.get("ResourceStatusReason")
            ],
        )

    def _body(self, template: Template) -> dict[str, str]:
        text = json.dumps(template)
        if len(text.encode()) <= _LARGEST_BODY_BYTES:
            return {"TemplateBody": text}
        key = f"{hashlib.sha256(text.encode()).hexdigest()}.template.json"
        self._artifacts.upload(key, text.encode())
        return {"TemplateURL": self._artifacts.url(key)}

    def _parameters(
        self, name: str, template: Template, given: dict[str, str], prefers_defaults: bool
    ) -> list[dict[str, Any]]:
        declared = template.get("Parameters") or {}
        unknown = sorted(set(given) - set(declared))
        if unknown:
            raise StackFailed(
                f"The template has no parameter {', '.join(unknown)}. It has: {', '.join(sorted(declared)) or 'none'}."
            )
        kept: set[str] = set()
        if self._status(name) not in (*_GONE, "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"):
            stack = self._client.describe_stacks(StackName=name)["Stacks"][0]
            kept = {parameter["ParameterKey"] for parameter in stack.get("Parameters", [])}
        if prefers_defaults:
            kept -= {key for key, spec in declared.items() if "Default" in (spec or {})}
        missing = [
            key
            for key, spec in declared.items()
            if "Default" not in (spec or {}) and key not in given and key not in kept
        ]
        if missing:
            raise StackFailed(
                f"The template's parameters {', '.join(missing)} have no default: give them with "
                f"{' '.join(f'--param {key}=…' for key in missing)}."
            )
        parameters: list[dict[str, Any]] = [
            {"ParameterKey": key, "ParameterValue": value} for key, value in given.items()
        ]
        parameters += [
            {"ParameterKey": key, "UsePreviousValue": True} for key in declared if key in kept and key not in given
        ]
        return parameters

    def _status(self, name: str) -> str:
        """A stack's status; empty when there is no such stack."""
        try:
            status: str = self._client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return ""
            raise
        return status

    def _wait(self, name: str) -> str:
        pause = _FIRST_PAUSE_SECONDS
        while (status := self._status(name)).endswith("_IN_PROGRESS"):
            self._pause.wait(pause)
            pause = min(pause * 1.3, _LONGEST_PAUSE_SECONDS)
        return status

    def _call(self, operation: str, request: dict[str, Any]) -> None:
        try:
            getattr(self._client, operation)(**request)
        except ClientError as error:
            raise StackFailed(f"{request['StackName']}: {error.response['Error']['Message']}") from error

    def _last_event(self, name: str) -> str:
        events = self._client.describe_stack_events(StackName=name)["StackEvents"]
        return str(events[0]["EventId"]) if events else ""

    def _explain(self, name: str, reached: str, seen: str) -> str:
        """What failed, first cause first."""
        failures = []
        for page in self._client.get_paginator("describe_stack_events").paginate(StackName=name):
            for event in page["StackEvents"]:
                if event["EventId"] == seen:
                    break
                if event["ResourceStatus"].endswith("_FAILED"):
                    failures.append(event)
            else:
                continue
            break
        causes = [event for event in failures if "cancelled" not in event.get("ResourceStatusReason", "")] or failures
        lines = [
            f"  {event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', reached)}"
            for event in reversed(causes)
        ]
        return "\n".join([f"The stack {name} ended as {reached}.", *lines])
