"""RegisterStreamConsumer: a reader with a throughput of its own."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis.consumers import (
    MOST_CONSUMERS,
    MOST_CONSUMERS_ADVANTAGE,
    MOST_CREATING,
    Consumer,
    Details,
    consumer_arn,
)
from serein.services.kinesis.errors import LimitExceededException, ResourceInUseException
from serein.services.kinesis.lifecycle import CONSUMER_SECONDS
from serein.services.kinesis.store import accounts, consumers, streams
from serein.services.kinesis.streams import ON_DEMAND, Stream
from serein.services.kinesis.tagging import require_tags


@operation("RegisterStreamConsumer")
async def register_stream_consumer(call: Call, request: Request) -> Reply:
    scope, is_gradual = call.scope, call.platform.realism.is_gradual
    name, tags = request["ConsumerName"], request.get("Tags") or {}
    require_tags(tags, call.caller)

    def write(tx: Transaction) -> Consumer:
        stream = streams.require_named_stream(tx, scope, request)
        stream.require_taggable()
        if consumers.find_consumer_of(tx, stream, name) is not None:
            raise ResourceInUseException(
                f"Consumer {name} under stream {stream.name} already exists for account {stream.scope.account}."
            )
        _require_room(tx, stream)
        status, due_at = ("CREATING", tx.now + CONSUMER_SECONDS) if is_gradual else ("ACTIVE", None)
        arn = consumer_arn(stream, name, tx.now)
        consumer = Consumer(arn, stream.id, name, float(int(tx.now)), status, due_at, Details(tags))
        consumers.insert_consumer(tx, consumer)
        return consumer

    # AWS: the reply tells of the consumer as it begins, CREATING, however soon it is ACTIVE.
    return {"Consumer": (await call.write(write)).described | {"ConsumerStatus": "CREATING"}}


def _require_room(tx: Transaction, stream: Stream) -> None:
    registered = consumers.consumers_of(tx, stream, "", MOST_CONSUMERS_ADVANTAGE + 1)
    is_advantage = (
        stream.definition.mode == ON_DEMAND and accounts.find_commitment(tx, stream.scope).status == "ENABLED"
    )
    most = MOST_CONSUMERS_ADVANTAGE if is_advantage else MOST_CONSUMERS
    if len(registered) >= most:
        raise LimitExceededException(
            f"Stream {stream.name} under account {stream.scope.account} can't have more than {most} consumers."
        )
    if sum(consumer.status == "CREATING" for consumer in registered) >= MOST_CREATING:
        raise LimitExceededException(
            f"Stream {stream.name} under account {stream.scope.account} can't have more than {MOST_CREATING} "
            "consumers in the CREATING state."
        )
