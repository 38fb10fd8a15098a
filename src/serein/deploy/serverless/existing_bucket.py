"""A custom resource's function: notifications of a bucket that isn't of the stack. Runs in the stack's account."""

import contextlib
import json
import urllib.request
from typing import Any

import boto3

PREFIX = "serverless-"


def handler(event: dict[str, Any], context: Any) -> None:
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    answer["PhysicalResourceId"] = event.get("PhysicalResourceId") or event["LogicalResourceId"]
    # The stack must hear of every failure, or it waits for an hour.
    answer |= {"Status": "FAILED", "Reason": f"See the log stream {context.log_stream_name}."}
    try:
        if event["RequestType"] == "Update" and (old := event["OldResourceProperties"]) != event["ResourceProperties"]:
            remove(old)
        (remove if event["RequestType"] == "Delete" else add)(event["ResourceProperties"])
        answer["Status"] = "SUCCESS"
    finally:
        body = json.dumps(answer).encode()
        urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT"))


def add(given: dict[str, Any]) -> None:
    name, bucket = given["FunctionName"], given["BucketName"]
    functions = boto3.client("lambda")
    # It may already, since an update that went wrong.
    with contextlib.suppress(functions.exceptions.ResourceConflictException):
        functions.add_permission(
            FunctionName=name,
            StatementId=statement(bucket),
            Action="lambda:InvokeFunction",
            Principal="s3.amazonaws.com",
            SourceArn=f"arn:aws:s3:::{bucket}",
        )
    wanted = [
        {
            "Id": f"{PREFIX}{name}-{number}",
            "Events": [each["Event"]],
            "LambdaFunctionArn": given["FunctionArn"],
            "Filter": {"Key": {"FilterRules": rules(each)}},
        }
        for number, each in enumerate(given["BucketConfigs"], 1)
    ]
    replace(bucket, name, wanted)


def remove(given: dict[str, Any]) -> None:
    functions, buckets = boto3.client("lambda"), boto3.client("s3")
    # Function or bucket may be gone before.
    with contextlib.suppress(functions.exceptions.ResourceNotFoundException):
        functions.remove_permission(FunctionName=given["FunctionName"], StatementId=statement(given["BucketName"]))
    with contextlib.suppress(buckets.exceptions.NoSuchBucket):
        replace(given["BucketName"], given["FunctionName"], [])


def replace(bucket: str, name: str, wanted: list[dict[str, Any]]) -> None:
    buckets = boto3.client("s3")
    found = buckets.get_bucket_notification_configuration(Bucket=bucket)
    found.pop("ResponseMetadata", None)
    kept = found.pop("LambdaFunctionConfigurations", [])
    kept = [each for each in kept if not each["Id"].startswith(f"{PREFIX}{name}-")]
    found["LambdaFunctionConfigurations"] = kept + wanted
    buckets.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=found)


def rules(configuration: dict[str, Any]) -> list[dict[str, str]]:
    return [{"Name": key.lower(), "Value": value} for rule in configuration["Rules"] for key, value in rule.items()]


def statement(bucket: str) -> str:
    return f"{PREFIX}{bucket.replace('.', '-')}"
