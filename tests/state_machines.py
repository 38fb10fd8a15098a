"""State machines of a test, and what was started of them."""

import json
from typing import Any

PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
"""Answers with its input."""
FAIL = {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Broken", "Cause": "It is broken."}}}


def sending(queue_url: str, following: str = "") -> dict[str, Any]:
    """A machine that sends its input to a queue."""
    task: dict[str, Any] = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": queue_url, "MessageBody.$": following or "$"},
        "End": True,
    }
    return {"StartAt": "Send", "States": {"Send": task}}


class StateMachines:
    """Makes state machines, and tells of their executions."""

    def __init__(self, aws: Any) -> None:
        self.client = aws.client("stepfunctions")
        self._role = f"arn:aws:iam::{aws.account}:role/machines"
        self.prefix = f"arn:aws:states:{aws.region}:{aws.account}"

    def make(self, definition: Any = PASS, name: str = "machine", **members: Any) -> str:
        """Make a machine. Returns its ARN."""
        made = self.client.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=self._role, **members
        )
        return str(made["stateMachineArn"])

    def executions(self, arn: str) -> list[dict[str, Any]]:
        """The executions of a standard machine, described."""
        found = self.client.list_executions(stateMachineArn=arn)["executions"]
        return [self.client.describe_execution(executionArn=each["executionArn"]) for each in found]

    def inputs(self, arn: str) -> list[Any]:
        """What they were started with."""
        return [json.loads(each["input"]) for each in self.executions(arn)]
