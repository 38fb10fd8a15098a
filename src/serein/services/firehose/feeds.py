"""What reads data streams for delivery streams: the readers that functions have, too."""

from serein.kernel.arn import arn_of
from serein.kernel.call import Call
from serein.services.firehose.streams import FEED_RECEIVER, Stream

_BATCH = 10_000


async def begin(call: Call, name: str, source_arn: str) -> None:
    """Read a data stream from now on. AWS: from the latest record."""
    arn = arn_of("firehose", call.scope, f"deliverystream/{name}")
    await call.to("lambda", "DeleteEventFeed", {"Arn": arn})
    feed = {
        "Receiver": FEED_RECEIVER,
        "Arn": arn,
        "Name": name,
        "EventSourceArn": source_arn,
        "Enabled": True,
        "StartingPosition": "LATEST",
        "BatchSize": _BATCH,
    }
    await call.to("lambda", "PutEventFeed", feed)


async def end(call: Call, stream: Stream) -> None:
    await call.to("lambda", "DeleteEventFeed", {"Arn": stream.arn})
