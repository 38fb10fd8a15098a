"""Errors of services, as the errors and causes of the tasks that called them.

AWS: optimized integrations use the SDK for Java 1, SDK integrations the SDK for Java 2; names and causes show it.
"""

import json
from typing import Any, NamedTuple

from serein.kernel.call import Platform
from serein.kernel.errors import AwsError, NotImplementedHere, UnknownOperation
from serein.kernel.ids import new_request_id
from serein.services.stepfunctions.failure import RUNTIME, StateFailed


class _Client(NamedTuple):
    """How the SDK for Java 1 calls a service."""

    prefix: str
    name: str
    exception: str


_CLIENTS = {
    "lambda": _Client("Lambda", "AWSLambda", "AWSLambdaException"),
    "dynamodb": _Client("DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException"),
    "sqs": _Client("SQS", "AmazonSQS", "AmazonSQSException"),
    "sns": _Client("SNS", "AmazonSNS", "AmazonSNSException"),
    "events": _Client("EventBridge", "AmazonEventBridge", "AmazonEventBridgeException"),
    "stepfunctions": _Client("StepFunctions", "AWSStepFunctions", "AWSStepFunctionsException"),
}


def not_here(name: str) -> StateFailed:
    """A service or an operation is used that Serein has not: nothing that a Catch should take for AWS's answer."""
    return StateFailed(RUNTIME, f"Serein does not implement {name} yet")


def bad_parameters(parameters: Any, faults: list[str]) -> StateFailed:
    """AWS: parameters that were computed are checked when the task starts."""
    text = json.dumps(parameters, ensure_ascii=False, separators=(",", ":"))
    return StateFailed(RUNTIME, f"The Parameters '{text}' could not be used to start the Task: [{', '.join(faults)}]")


def failure_of(platform: Platform, service: str, operation: str, error: AwsError) -> StateFailed:
    """What an error of a service means to a task of its optimized integration."""
    if isinstance(error, NotImplementedHere | UnknownOperation):
        return StateFailed(RUNTIME, error.message)
    client = _CLIENTS[service]
    assert platform.documents is not None, "the gateway is there before anything runs"
    names = platform.documents.error(service, operation, error.code)
    details = f"Service: {client.name}; Status Code: {error.status}; Error Code: {error.code}"
    return StateFailed(
        f"{client.prefix}.{names.exception if names.is_modelled else client.exception}",
        f"{error.message} ({details}; Request ID: {new_request_id()}; Proxy: null)",
    )


def sdk_failure_of(platform: Platform, service: str, operation: str, error: AwsError) -> StateFailed:
    """What it means to a task of the SDK integration."""
    if isinstance(error, NotImplementedHere | UnknownOperation):
        return StateFailed(RUNTIME, error.message)
    assert platform.documents is not None, "the gateway is there before anything runs"
    names = platform.documents.error(service, operation, error.code)
    details = f"Service: {names.service}, Status Code: {error.status}, Request ID: {new_request_id()}"
    if service == "s3":
        details += f", Extended Request ID: {new_request_id()}"
    return StateFailed(f"{names.service}.{names.exception}", f"{error.message} ({details})")
