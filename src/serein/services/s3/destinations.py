"""Whether the destinations of notifications exist where S3 can reach them, and let it in."""

from collections.abc import Iterable
from typing import Any

from serein.kernel.arn import Arn
from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.scope import Caller
from serein.services.s3.buckets import Bucket
from serein.services.s3.errors import InvalidArgument
from serein.services.s3.notifications import Rule, queue_url

_MISSING = {
    "lambda": "The destination Lambda function does not exist",
    "sqs": "The destination queue does not exist",
    "sns": "The destination topic does not exist",
}

_REFUSALS = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError"})
_CLOSED = {
    "lambda": "Not authorized to invoke function [{}]",
    "sqs": "Permissions on the destination queue do not allow S3 to publish notifications from this bucket",
    "sns": "Permissions on the destination topic do not allow S3 to publish notifications from this bucket",
}


async def require_reachable(call: Call, bucket: Bucket, rules: Iterable[Rule]) -> None:
    """Raise InvalidArgument as AWS does when a destination is missing, in another region or closed to S3."""
    refused: list[tuple[str, str]] = []
    for arn in dict.fromkeys(rule.destination for rule in rules):
        if arn.region != bucket.region:
            refused.append(
                (
                    str(arn),
                    "The notification destination service region is not valid for the bucket location constraint",
                )
            )
        elif not await _exists(call, arn):
            refused.append((str(arn), _MISSING[arn.service]))
        elif not await _is_open(call, bucket, arn):
            refused.append((str(arn), _CLOSED[arn.service].format(arn)))
    if refused:
        fields: dict[str, Any] = {}
        for number, (arn_text, why) in enumerate(refused, 1):
            fields[f"ArgumentName{number}"] = arn_text
            fields[f"ArgumentValue{number}"] = why
        raise InvalidArgument("Unable to validate the following destination configurations", **fields)


async def _exists(call: Call, arn: Arn) -> bool:
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "lambda": ("GetFunctionConfiguration", {"FunctionName": str(arn)}),
        "sqs": ("GetQueueAttributes", {"QueueUrl": queue_url(call, arn), "AttributeNames": ["QueueArn"]}),
        "sns": ("GetTopicAttributes", {"TopicArn": str(arn)}),
    }
    operation, request = calls[arn.service]
    try:
        await call.to(arn.service, operation, request, arn.scope)
    except AwsError as error:
        if not error.is_sender_fault:
            raise
        return False
    return True


async def _is_open(call: Call, bucket: Bucket, arn: Arn) -> bool:
    """Whether the policy of the destination lets S3 in for the bucket; anything does where that isn't enforced."""
    signatures = call.platform.signatures
    if signatures is None or not signatures.is_enforced:
        return True
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "lambda": ("Invoke", {"FunctionName": str(arn), "InvocationType": "DryRun"}),
        "sqs": ("CheckAccess", {"QueueUrl": queue_url(call, arn)}),
        "sns": ("CheckAccess", {"TopicArn": str(arn)}),
    }
    operation, request = calls[arn.service]
    caller = Caller.of_service("s3", arn.scope, bucket.arn, bucket.account)
    try:
        await call.platform.call(arn.service, operation, request, scope=arn.scope, caller=caller)
    except AwsError as error:
        if not error.is_sender_fault:
            raise
        return error.code not in _REFUSALS
    return True
