"""DescribeStreamConsumer: a consumer and its stream."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis.store import consumers


@operation("DescribeStreamConsumer")
async def describe_stream_consumer(call: Call, request: Request) -> Reply:
    scope = call.scope
    consumer = await call.read(lambda tx: consumers.require_named_consumer(tx, scope, request))
    stream_arn = consumer.arn.partition("/consumer/")[0]
    return {"ConsumerDescription": consumer.described | {"StreamARN": stream_arn}}
