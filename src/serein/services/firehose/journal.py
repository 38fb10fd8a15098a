"""Errors of deliveries, told in CloudWatch Logs where a destination wants that.

AWS: https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html
"""

import logging
from typing import Any

import msgspec

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.services.firehose.plans import ErrorLog
from serein.services.firehose.streams import Stream

log = logging.getLogger("serein.firehose")


async def tell(call: Call, stream: Stream, where: ErrorLog | None, destination: str, error: tuple[str, str]) -> None:
    """Write down an error, its code and its message. A log that can't be written holds up no delivery."""
    code, message = error
    log.info("delivery stream %s to %s: %s: %s", stream.name, destination, code, message)
    if where is None:
        return
    line: dict[str, Any] = {
        "deliveryStreamARN": stream.arn,
        "destination": destination,
        "deliveryStreamVersionId": stream.definition.version,
        "message": message,
        "errorCode": code,
    }
    lines = [[call.now, msgspec.json.encode(line).decode()]]
    request = {"logGroupName": where.group, "logStreamName": where.stream, "lines": lines}
    try:
        await call.to("logs", "AppendLines", request)
    except AwsError as failure:
        log.warning("the log of delivery stream %s could not be written: %s", stream.name, failure.message)
