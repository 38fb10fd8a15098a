"""Finding what a command names: functions by name, ARN or logical id, log groups, and where their sources are."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from serein.cli.connection import CommandFailed
from serein.cli.traces import Places
from serein.deploy.packaging import SOURCE

_MOST_NAMES = 12
FUNCTION_LOGS = "/aws/lambda/"
_STACK, _LOGICAL_ID = "aws:cloudformation:stack-name", "aws:cloudformation:logical-id"


@dataclass(frozen=True, slots=True)
class Function:
    """A function that was found."""

    name: str
    arn: str
    """Qualified when what was given was."""
    runtime: str
    log_group: str


class Inventory:
    """The functions and stacks of a server."""

    def __init__(self, session: Any, address: str) -> None:
        self._functions = session.client("lambda", endpoint_url=address)
        self._stacks = session.client("cloudformation", endpoint_url=address)
        self._logs = session.client("logs", endpoint_url=address)
        self._templates: dict[str, dict[str, Any]] = {}
        self._names: dict[str, str] = {}
        """Of functions, by log group."""

    def require_function(self, given: str, stack_name: str | None) -> Function:
        """The function that is meant: a name or ARN, or a logical id, with or without a qualifier after a colon.

        Raises CommandFailed, with the names there are.
        """
        if stack_name is None and (found := self._find_function(given)) is not None:
            return found
        logical_id, _, qualifier = given.partition(":")
        candidates = self.functions_of_stacks(stack_name)
        names = sorted({name for known, name in candidates if logical_id in (known, name)})
        if len(names) > 1:
            raise CommandFailed(f"{logical_id} is in several stacks: {', '.join(names)}. Give the name, or --stack.")
        found = self._find_function(f"{names[0]}:{qualifier}" if qualifier else names[0]) if names else None
        if found is None:
            raise CommandFailed(self._nothing_called(given, candidates, stack_name))
        return found

    def functions_of_stacks(self, stack_name: str | None) -> list[tuple[str, str]]:
        """Logical id and name of each function of a stack, or of all. Raises CommandFailed."""
        try:
            pages = self._stacks.get_paginator("describe_stacks").paginate()
            names = [stack_name] if stack_name else [stack["StackName"] for page in pages for stack in page["Stacks"]]
            found = []
            for name in names:
                for page in self._stacks.get_paginator("list_stack_resources").paginate(StackName=name):
                    for row in page["StackResourceSummaries"]:
                        if row["ResourceType"] == "AWS::Lambda::Function" and "PhysicalResourceId" in row:
                            found.append((row["LogicalResourceId"], row["PhysicalResourceId"]))
        except ClientError as error:
            raise CommandFailed(error.response["Error"]["Message"]) from error
        return found

    def require_log_group(self, name: str) -> str:
        """A log group by its whole name. Raises CommandFailed."""
        pages = self._logs.get_paginator("describe_log_groups").paginate()
        groups = [group["logGroupName"] for page in pages for group in page["logGroups"]]
        if name not in groups:
            raise CommandFailed(f"There is no log group {name}. {_choice(name, groups, 'Log groups')}")
        return name

    def log_groups(self, functions: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Where functions log, by what their lines are to be marked with: (label, name) of each.

        Functions can share a log group; its lines are marked with its name then.
        """
        self._templates.clear()
        groups: dict[str, str] = {}
        for label, name in functions:
            found = self._find_function(name)
            group = found.log_group if found is not None else FUNCTION_LOGS + name
            groups[group] = group if group in groups else label
            self._names.setdefault(group, name)
        return groups

    def places_of_group(self, group: str) -> Places:
        """Where the sources of the function that writes to a log group are."""
        name = self._names.get(group) or group.removeprefix(FUNCTION_LOGS)
        return Places() if "/" in name else self.places_of(name)

    def places_of(self, name: str) -> Places:
        """Where the sources of a function are, as far as the deployment of its stack has told."""
        try:
            tags = self._functions.get_function(FunctionName=name).get("Tags", {})
            if _STACK not in tags:
                return Places()
            resources = self._resources_of(tags[_STACK])
        except ClientError:
            # It has been deleted since, and its log is still there.
            return Places()
        layers = [_source(each) for each in resources.values() if each.get("Type") == "AWS::Lambda::LayerVersion"]
        code = _source(resources.get(tags.get(_LOGICAL_ID, ""), {}))
        return Places(code, tuple(layer for layer in layers if layer is not None))

    def _resources_of(self, stack_name: str) -> dict[str, Any]:
        if stack_name not in self._templates:
            answer = self._stacks.get_template(StackName=stack_name, TemplateStage="Processed")
            body = answer["TemplateBody"]
            self._templates[stack_name] = body if isinstance(body, dict) else {}
        resources: dict[str, Any] = self._templates[stack_name].get("Resources", {})
        return resources

    def _find_function(self, given: str) -> Function | None:
        try:
            found = self._functions.get_function_configuration(FunctionName=given)
        except ParamValidationError:
            return None
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("ResourceNotFoundException", "ValidationException"):
                raise
            return None
        return Function(
            found["FunctionName"], found["FunctionArn"], found.get("Runtime", ""), found["LoggingConfig"]["LogGroup"]
        )

    def _nothing_called(self, given: str, candidates: list[tuple[str, str]], stack_name: str | None) -> str:
        names = [name for pair in candidates for name in pair]
        if stack_name is None:
            pages = self._functions.get_paginator("list_functions").paginate()
            names += [function["FunctionName"] for page in pages for function in page["Functions"]]
        where = f" in the stack {stack_name}" if stack_name else ""
        return f"There is no function {given}{where}. {_choice(given, names, 'Functions')}"


def _choice(given: str, names: list[str], what: str) -> str:
    """What may have been meant, and what there is."""
    names = list(dict.fromkeys(names))
    if not names:
        return f"{what}: none."
    near = difflib.get_close_matches(given, names, n=1, cutoff=0.5)
    meant = f"Did you mean {near[0]}? " if near else ""
    more = f", and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"{meant}{what}: {', '.join(sorted(names)[:_MOST_NAMES])}{more}."


def _source(resource: dict[str, Any]) -> Path | None:
    path = (resource.get("Metadata") or {}).get(SOURCE)
    return Path(path) if path else None
