"""What is looked up of an event source when a mapping for it is made: that it is there, and where reading starts."""

from typing import Any

from serein.kernel.arn import Arn
from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.services.lambda_.errors import InvalidParameterValueException, invalid
from serein.services.lambda_.event_invokes import queue_url
from serein.services.lambda_.event_sources import QUEUE, TABLE_STREAM

_MISSING = frozenset({"ResourceNotFoundException"})


async def check_source(call: Call, source: Arn, timeout_seconds: int, settings: dict[str, Any]) -> dict[str, str]:
    """Check that a source is there and suits a function with this time limit.

    Return where reading starts: positions by shards, of those that are not read as their stream's start says.
    Raises InvalidParameterValueException.
    """
    if source.region != call.scope.region:
        raise invalid(f"Event source {source} is not in the function's region, {call.scope.region}.")
    if source.service == QUEUE:
        await _check_queue(call, source, timeout_seconds)
        return {}
    is_latest = settings["StartingPosition"] == "LATEST"
    try:
        if source.service == TABLE_STREAM:
            return await _check_table_stream(call, source, is_latest=is_latest)
        return await _check_data_stream(call, source, is_latest=is_latest)
    except InvalidParameterValueException:
        raise
    except AwsError as error:
        raise (invalid(f"Stream not found: {source}") if error.code in _MISSING else _no_access(source)) from error


async def _check_queue(call: Call, source: Arn, timeout_seconds: int) -> None:
    request = {"QueueUrl": queue_url(call.platform, source), "AttributeNames": ["VisibilityTimeout", "Policy"]}
    try:
        attributes = (await call.to("sqs", "GetQueueAttributes", request, source.scope))["Attributes"]
    except AwsError as error:
        # AWS: the message has the code of SQS's older protocol.
        code = "AWS.SimpleQueueService.NonExistentQueue" if error.code == "QueueDoesNotExist" else error.code
        raise invalid(
            f"Error occurred while ReceiveMessage. SQS Error Code: {code}. SQS Error Message: {error.message}"
        ) from error
    if source.account != call.scope.account and not attributes.get("Policy"):
        raise invalid("The provided execution role does not have permissions to call ReceiveMessage on SQS")
    visibility = int(attributes["VisibilityTimeout"])
    if visibility < timeout_seconds:
        raise invalid(
            f"Queue visibility timeout: {visibility} seconds is less than Function timeout: {timeout_seconds} seconds"
        )


async def _check_table_stream(call: Call, source: Arn, *, is_latest: bool) -> dict[str, str]:
    stream = await call.to("dynamodb", "DescribeTableStream", {"StreamArn": str(source)}, source.scope)
    await _check_sharing(call, source, "dynamodb", {"ResourceArn": str(source)})
    # Why now: what is written from here on must reach the function, even before its poller first runs.
    return {shard["ShardId"]: shard["Last"] for shard in stream["Shards"]} if is_latest else {}


async def _check_data_stream(call: Call, source: Arn, *, is_latest: bool) -> dict[str, str]:
    stream_arn, _, consumer = str(source).partition("/consumer/")
    if consumer:
        await call.to("kinesis", "DescribeStreamConsumer", {"ConsumerARN": str(source)}, source.scope)
    positions: dict[str, str] = {}
    request: dict[str, Any] = {"StreamARN": stream_arn}
    while True:
        reply = await call.to("kinesis", "ListShards", request, source.scope)
        for shard in reply["Shards"] if is_latest else ():
            wanted = {"StreamARN": stream_arn, "ShardId": shard["ShardId"], "Start": "LATEST", "Limit": 1}
            positions[shard["ShardId"]] = (await call.to("kinesis", "ReadShard", wanted, source.scope))["Last"]
        if "NextToken" not in reply:
            break
        request = {"NextToken": reply["NextToken"]}
    await _check_sharing(call, source, "kinesis", {"ResourceARN": stream_arn})
    return positions


async def _check_sharing(call: Call, source: Arn, service: str, request: dict[str, str]) -> None:
    """A stream of another account can be read when its resource policy lets somebody in."""
    if source.account == call.scope.account:
        return
    reply = await call.to(service, "GetResourcePolicy", request, source.scope)
    if reply.get("Policy") in (None, "", "{}"):
        raise _no_access(source)


def _no_access(source: Arn) -> InvalidParameterValueException:
    return invalid(
        f"Cannot access stream {source}. Please ensure the role can perform the GetRecords, GetShardIterator, "
        "DescribeStream, and ListStreams Actions on your stream in IAM."
    )
