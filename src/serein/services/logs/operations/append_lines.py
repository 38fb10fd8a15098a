"""AppendLines: what the platform's own services log, many streams in one transaction."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.logs import store
from serein.services.logs.embedded_metrics import send_metrics
from serein.services.logs.events import NewEvent

Batch = tuple[str, str, list[NewEvent]]


@operation("AppendLines", internal=True)
async def append_lines(call: Call, request: Request) -> Reply:
    """Append lines to a stream, which is created with its group when missing.

    The request is `{"logGroupName", "logStreamName", "lines": [[seconds, text], …]}`, or `{"batches": [such, …]}`.
    """
    batches: list[Batch] = [
        (
            batch["logGroupName"],
            batch["logStreamName"],
            [NewEvent(int(time * 1000), text.encode("utf-8", "replace")) for time, text in batch["lines"]],
        )
        for batch in request.get("batches") or [request]
        if batch["lines"]
    ]

    def append(tx: Transaction) -> None:
        for group_name, stream_name, events in batches:
            if not store.append_events(tx, call.scope, group_name, stream_name, events):
                _create(tx, call, group_name, stream_name)
                store.append_events(tx, call.scope, group_name, stream_name, events)
            send_metrics(tx, call.scope, events)

    if batches:
        await call.write(append)
    return {}


def _create(tx: Transaction, call: Call, group_name: str, stream_name: str) -> None:
    if store.find_group(tx, call.scope, group_name) is None:
        store.append_group(tx, call.scope, group_name)
    store.append_stream(tx, store.require_group(tx, call.scope, group_name).id, stream_name)
