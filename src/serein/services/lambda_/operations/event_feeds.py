"""PutEventFeed and DeleteEventFeed: event source mappings that give their batches to another service.

What reads sources for functions (leases, filters, batches, retries, bisecting, dead letters) reads them for pipes too.
A feed is known by the resource that it is for, and is no event source mapping to users.
"""

from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.batch_responses import REPORTS
from serein.services.lambda_.event_source_checks import check_source
from serein.services.lambda_.event_sources import MAPPINGS_TOPIC, require_source, settings_of
from serein.services.lambda_.store import mappings as store
from serein.services.lambda_.store.shard_cursors import put_cursor


@operation("PutEventFeed", internal=True)
async def put_event_feed(call: Call, request: Request) -> Reply:
    """Make the feed of a resource, or change its settings.

    The request is {"Receiver": "service.Operation", "Arn": the resource's, "Name", "EventSourceArn", "Enabled"} and the
    members of CreateEventSourceMapping that the source knows. Raises what that raises.
    """
    source = require_source(request)
    wanted = {**request, "FunctionResponseTypes": [REPORTS]}
    settings = settings_of(source, wanted, None, call.now)
    known = await call.read(lambda tx: store.find_feed(tx, call.scope, request["Arn"]))
    positions = await check_source(call, source, 0, settings) if known is None else {}
    feed_id = new_uuid()

    def put(tx: Transaction) -> None:
        feed = store.find_feed(tx, call.scope, request["Arn"])
        if feed is not None:
            store.update_mapping(tx, replace(feed, settings=settings, is_enabled=request["Enabled"]))
        else:
            feed = store.Mapping(
                id=feed_id,
                scope=call.scope,
                function_name=request["Name"],
                function_arn=request["Arn"],
                source_arn=str(source),
                is_enabled=request["Enabled"],
                settings=settings,
                tags={},
                modified_at=tx.now,
                receiver=request["Receiver"],
            )
            if store.append_mapping(tx, feed):
                for shard, position in positions.items():
                    put_cursor(tx, feed.id, shard, position)
        tx.wake(MAPPINGS_TOPIC)

    await call.write(put)
    return {}


@operation("DeleteEventFeed", internal=True)
async def delete_event_feed(call: Call, request: Request) -> Reply:
    """Remove the feed of a resource, {"Arn"}; not an error when there is none."""

    def delete(tx: Transaction) -> None:
        feed = store.find_feed(tx, call.scope, request["Arn"])
        if feed is not None:
            store.remove_mapping(tx, feed.id)
            tx.wake(MAPPINGS_TOPIC)

    await call.write(delete)
    return {}
