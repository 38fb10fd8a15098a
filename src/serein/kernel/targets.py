"""What hands a text to a target: the operation of the target's service, and its request.

Rules, schedules and pipes have the same kinds of targets; when, how often and as whom they call is each one's own.
"""

import hashlib
from typing import Any, NamedTuple
from uuid import UUID

from serein.kernel.arn import Arn

STARTED_BEFORE = "ExecutionAlreadyExists"
"""The error that says of an execution with a name of `execution_name` that it is started: there is nothing to do."""


class TargetCall(NamedTuple):
    """A call that is to be made for the account and region of the target."""

    service: str
    operation: str
    request: dict[str, Any]


def queue_url(endpoint: str, arn: Arn) -> str:
    """The URL of a queue at the endpoint of this platform."""
    return f"{endpoint}/{arn.account}/{arn.resource}"


def stream_name(arn: Arn) -> str:
    """The name of a Kinesis data stream or of a Firehose delivery stream."""
    return arn.resource.partition("/")[2]


def execution_name(identity: str, *occasion: str) -> str:
    """A name for the execution that something starts, such as an event at a target: the same however often it is tried.

    AWS: rules name executions after the event, with a second id of the occasion.
    """
    digest = hashlib.sha256("\n".join(occasion).encode()).hexdigest()
    return f"{identity}_{UUID(digest[:32])}"


def find_call(endpoint: str, arn: Arn, text: str, members: dict[str, Any]) -> TargetCall | None:
    """The call that gives a target `text`; None for targets of services that take no text.

    `members` are what its request has besides: a message group, a partition key, the name of an execution.
    """
    if arn.service == "lambda":
        # AWS: functions are invoked asynchronously, with retries of their own.
        request: dict[str, Any] = {"FunctionName": str(arn), "InvocationType": "Event", "Payload": text.encode()}
        return TargetCall("lambda", "Invoke", request | members)
    if arn.service == "sqs":
        return TargetCall("sqs", "SendMessage", {"QueueUrl": queue_url(endpoint, arn), "MessageBody": text} | members)
    if arn.service == "sns":
        return TargetCall("sns", "Publish", {"TopicArn": str(arn), "Message": text} | members)
    if arn.service == "kinesis":
        return TargetCall("kinesis", "PutRecord", {"StreamARN": str(arn), "Data": text.encode()} | members)
    if arn.service == "firehose":
        record = {"DeliveryStreamName": stream_name(arn), "Record": {"Data": text.encode()}}
        return TargetCall("firehose", "PutRecord", record | members)
    if arn.service == "states":
        return TargetCall("stepfunctions", "StartExecution", {"stateMachineArn": str(arn), "input": text} | members)
    return None
