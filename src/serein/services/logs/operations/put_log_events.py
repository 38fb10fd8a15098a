"""PutLogEvents: append a batch of events to a stream."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.logs import store
from serein.services.logs.embedded_metrics import send_metrics
from serein.services.logs.events import Accepted, parse_batch
from serein.services.logs.groups import sequence_token


@operation("PutLogEvents", stored=("entity",))
async def put_log_events(call: Call, request: Request) -> Reply:
    """AWS: sequence tokens are returned and, when sent, ignored (API reference, PutLogEvents)."""
    group_name, stream_name = request["logGroupName"], request["logStreamName"]

    def put(tx: Transaction) -> tuple[Accepted, int]:
        group = store.require_group(tx, call.scope, group_name)
        accepted = parse_batch(request["logEvents"], tx.now, group.retention_days)
        stream = store.require_stream(tx, group.id, stream_name)
        if accepted.events:
            store.append_events(tx, call.scope, group_name, stream_name, accepted.events)
            send_metrics(tx, call.scope, accepted.events)
        return accepted, stream.id

    accepted, stream_id = await call.write(put)
    reply: Reply = {"nextSequenceToken": sequence_token(stream_id, int(call.now * 1000))}
    if accepted.rejected:
        reply["rejectedLogEventsInfo"] = accepted.rejected
    return reply
