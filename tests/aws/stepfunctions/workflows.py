"""State machines of tests: made, run, and looked into."""

import json
from dataclasses import dataclass
from typing import Any

from tests.conftest import Aws

ROLE = "arn:aws:iam::123456789012:role/states"


@dataclass
class Ended:
    """How an execution ended."""

    status: str
    output: Any
    error: str
    cause: str
    arn: str
    history: list[dict[str, Any]]

    def event(self, type: str) -> dict[str, Any]:
        """The details of the only event of a type."""
        found = [each for each in self.history if each["type"] == type]
        assert len(found) == 1, [each["type"] for each in self.history]
        return next((value for name, value in found[0].items() if name.endswith("EventDetails")), {})


class Workflows:
    """The state machines of one test."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.states = aws.client("stepfunctions")
        self.role = f"arn:aws:iam::{aws.account}:role/states"
        self._made = 0

    def make(self, definition: dict[str, Any], **members: Any) -> str:
        """Create a machine, and answer its ARN."""
        self._made += 1
        made = self.states.create_state_machine(
            name=f"machine-{self._made}", definition=json.dumps(definition), roleArn=self.role, **members
        )
        arn: str = made["stateMachineArn"]
        return arn

    def task(self, resource: str, parameters: Any = None, **members: Any) -> str:
        """A machine with one Task state, called T."""
        state: dict[str, Any] = {"Type": "Task", "Resource": resource, "End": True, **members}
        if parameters is not None:
            state["Parameters"] = parameters
        return self.make({"StartAt": "T", "States": {"T": state}})

    def start(self, machine: str, given: Any = None) -> str:
        arn: str = self.states.start_execution(stateMachineArn=machine, input=json.dumps(given or {}))["executionArn"]
        return arn

    def run(self, machine: str, given: Any = None) -> Ended:
        """Run a machine until nothing happens any more."""
        return self.end_of(self.start(machine, given))

    def run_task(self, resource: str, parameters: Any = None, given: Any = None, **members: Any) -> Ended:
        return self.run(self.task(resource, parameters, **members), given)

    def end_of(self, execution: str) -> Ended:
        self.aws.idle()
        found = self.states.describe_execution(executionArn=execution)
        pages = self.states.get_paginator("get_execution_history").paginate(executionArn=execution)
        history = [event for page in pages for event in page["events"]]
        output = json.loads(found["output"]) if "output" in found else None
        return Ended(found["status"], output, found.get("error", ""), found.get("cause", ""), execution, history)
