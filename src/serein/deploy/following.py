"""Following an operation on a stack by its events, those of nested stacks among them, until it has ended."""

import threading
from typing import Any

from botocore.exceptions import ClientError

from serein.deploy.progress import ResourceEvent, Say, Watch, silent

NESTED = "AWS::CloudFormation::Stack"
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.02, 0.25
_MOST_QUIET_LOOKS = 8


class Follower:
    """The events of one operation on a root stack. Make it before the operation begins: what was before is not told."""

    def __init__(self, client: Any, name: str, stack_id: str, watch: Watch, say: Say = silent) -> None:
        """`stack_id` is empty for a stack that is to be created; give it to `wait` then."""
        self._client = client
        self._name = name
        self._watch, self._say = watch, say
        self._seen: dict[str, str] = {}
        self._paths: dict[str, tuple[str, ...]] = {}
        self.events: list[ResourceEvent] = []
        if stack_id:
            self._skip_past(stack_id, ())

    def wait(self, stack_id: str) -> str:
        """Tell of events until the operation has ended, and return the stack's status; empty when it is gone."""
        self._paths.setdefault(stack_id, ())
        glance, pause, quiet = threading.Event(), _FIRST_PAUSE_SECONDS, 0
        while True:
            reached, is_quiet = self._look(stack_id)
            quiet = quiet + 1 if is_quiet else 0
            if reached and not reached.endswith("_IN_PROGRESS"):
                return reached
            if quiet >= _MOST_QUIET_LOOKS:
                status, quiet = status_of(self._client, stack_id), 0
                if not status.endswith("_IN_PROGRESS"):
                    self._look(stack_id)
                    return status
            glance.wait(pause)
            pause = min(pause * 1.2, _LONGEST_PAUSE_SECONDS)

    def _skip_past(self, stack_id: str, path: tuple[str, ...]) -> None:
        """Take what has happened so far as told, in the stack and in those nested in it."""
        try:
            events = self._client.describe_stack_events(StackName=stack_id)["StackEvents"]
            pages = self._client.get_paginator("list_stack_resources").paginate(StackName=stack_id)
            rows = [row for page in pages for row in page["StackResourceSummaries"]]
        except ClientError:
            # A nested stack that is gone has nothing more to tell.
            return
        self._paths[stack_id] = path
        self._seen[stack_id] = str(events[0]["EventId"]) if events else ""
        for row in rows:
            if row["ResourceType"] == NESTED and row.get("PhysicalResourceId", "").startswith("arn:"):
                self._skip_past(row["PhysicalResourceId"], (*path, row["LogicalResourceId"]))

    def _look(self, stack_id: str) -> tuple[str, bool]:
        """Tell what is new; the status that the root stack's own events name last, and whether nothing was new."""
        reached, is_quiet = "", True
        # Nested stacks that the events tell of are looked at too: the list grows while it is gone through.
        known_stacks = list(self._paths)
        for known in known_stacks:
            for event in self._new_events(known):
                is_quiet = False
                physical_id = event.get("PhysicalResourceId", "")
                if physical_id == known:
                    if known == stack_id:
                        reached = event["ResourceStatus"]
                        self._tell_rollback(reached)
                    continue
                path = (*self._paths[known], event["LogicalResourceId"])
                if event["ResourceType"] == NESTED and physical_id.startswith("arn:"):
                    if physical_id not in self._paths:
                        known_stacks.append(physical_id)
                    self._paths.setdefault(physical_id, path)
                self._tell(event, path)
        return reached, is_quiet

    def _tell_rollback(self, status: str) -> None:
        if status in ("ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"):
            self._say(f"Rolling back the stack {self._name}")

    def _tell(self, event: dict[str, Any], path: tuple[str, ...]) -> None:
        told = ResourceEvent(
            self._name,
            path,
            event["ResourceType"],
            event["ResourceStatus"],
            event["Timestamp"].timestamp(),
            event.get("ResourceStatusReason", ""),
            event.get("PhysicalResourceId", ""),
        )
        self.events.append(told)
        self._watch(told)

    def _new_events(self, stack_id: str) -> list[dict[str, Any]]:
        """Oldest first."""
        found: list[dict[str, Any]] = []
        seen = self._seen.get(stack_id, "")
        try:
            for page in self._client.get_paginator("describe_stack_events").paginate(StackName=stack_id):
                for event in page["StackEvents"]:
                    if event["EventId"] == seen:
                        break
                    found.append(event)
                else:
                    continue
                break
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
        if found:
            self._seen[stack_id] = str(found[0]["EventId"])
        return found[::-1]


def status_of(client: Any, name: str) -> str:
    """A stack's status; empty when there is no such stack."""
    try:
        status: str = client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return ""
        raise
    return status
