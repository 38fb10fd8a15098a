"""What hands a text to a target: the operation of the target's service, and its request.

Rules, schedules and pipes have the same kinds of targets; when, how often and as whom they call is each one's own.
"""

from typing import Any, NamedTuple

from serein.kernel.arn import Arn


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
