"""Delivery status in CloudWatch Logs, for topics that have feedback roles.

AWS: https://docs.aws.amazon.com/sns/latest/dg/topics-attrib.html
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import md5
from typing import Any

import msgspec

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.ids import new_uuid, random_fraction

_PREFIXES = {
    "sqs": "SQS",
    "lambda": "Lambda",
    "http": "HTTP",
    "https": "HTTP",
    "firehose": "Firehose",
    "application": "Application",
}
_STATUS = {"lambda": 202}
_STREAM = "sns-delivery-status"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt went; times in seconds since the epoch."""

    began_at: float
    ended_at: float
    failure: AwsError | None


async def log_outcome(call: Call, packed: dict[str, Any], address: dict[str, Any], outcome: Outcome) -> None:
    """Write an attempt into the topic's log group, if its settings say so."""
    settings = packed["Feedback"].get(_PREFIXES.get(address["Protocol"], ""), {})
    failure = outcome.failure
    if "FailureFeedbackRoleArn" not in settings if failure else not _is_sampled(settings):
        return
    topic_arn: str = packed["Topic"]
    _, _, _, region, account, name = topic_arn.split(":", 5)
    group = f"sns/{region}/{account}/{name}" + ("/Failure" if failure else "")
    line = msgspec.json.encode(_described(call, packed, address, outcome)).decode()
    request = {"logGroupName": group, "logStreamName": _STREAM, "lines": [[outcome.ended_at, line]]}
    await call.to("logs", "AppendLines", request)


def _is_sampled(settings: dict[str, str]) -> bool:
    if "SuccessFeedbackRoleArn" not in settings:
        return False
    # AWS: without a rate nothing that succeeds is logged.
    return random_fraction() * 100 < int(settings.get("SuccessFeedbackSampleRate") or 0)


def _described(call: Call, packed: dict[str, Any], address: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
    failure = outcome.failure
    text: str = packed["Texts"][address["Protocol"]]
    published = datetime.fromtimestamp(packed["PublishedAt"], UTC).isoformat(" ", "milliseconds").removesuffix("+00:00")
    return {
        "notification": {
            "messageMD5Sum": md5(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest(),
            "messageId": packed["MessageId"],
            "topicArn": packed["Topic"],
            "timestamp": published,
        },
        "delivery": {
            "deliveryId": new_uuid(),
            "destination": address["Endpoint"],
            "providerResponse": _provider_response(call, address["Protocol"], failure),
            "dwellTimeMs": max(0, int((outcome.ended_at - packed["PublishedAt"]) * 1000)),
            "statusCode": _STATUS.get(address["Protocol"], 200) if failure is None else failure.status,
        },
        "status": "SUCCESS" if failure is None else "FAILURE",
    }


def _provider_response(call: Call, protocol: str, failure: AwsError | None) -> str:
    """What the other side answered, as JSON text."""
    name = f"{protocol}RequestId"
    if failure is None:
        return msgspec.json.encode({name: call.request_id}).decode()
    error = {"ErrorCode": failure.code, "ErrorMessage": failure.message}
    return msgspec.json.encode({**error, name: "Unrecoverable"} if failure.is_sender_fault else error).decode()
