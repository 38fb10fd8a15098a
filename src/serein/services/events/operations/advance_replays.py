"""AdvanceReplays: put the next events of a replay on its bus, for the worker."""

import msgspec

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.events.buses import place_of
from serein.services.events.routing import route
from serein.services.events.store import archived, resources
from serein.services.events.store.resources import REPLAY, Held

_AT_ONCE = 50


@operation("AdvanceReplays", internal=True)
async def advance_replays(call: Call, request: Request) -> Reply:
    del request
    await call.write(lambda tx: _advance(tx, call))
    return {}


def _advance(tx: Transaction, call: Call) -> None:
    replay = resources.find_active(tx, REPLAY)
    if replay is None:
        return
    definition = replay.definition
    destination = definition["Destination"]
    place = place_of(replay.scope, destination["Arn"])
    only_rules = frozenset(destination.get("FilterArns", ()))
    position = (definition["_Position"][0], definition["_Position"][1])
    found = archived.events_after(tx, definition["EventSourceArn"], position, definition["EventEndTime"], _AT_ONCE)
    for _, _, text in found:
        # AWS: a replayed event has the name of the replay, and the id and time that it had.
        event = {**msgspec.json.decode(text), "replay-name": replay.name}
        route(tx, call.platform, place, event, only_rules=only_rules)
    changes: dict[str, object] = {"State": "RUNNING"}
    if found:
        changes |= {"_Position": list(found[-1][:2]), "EventLastReplayedTime": found[-1][0]}
    is_done = len(found) < _AT_ONCE
    if is_done:
        changes |= {"State": "COMPLETED", "ReplayEndTime": tx.now}
    resources.put(tx, Held(REPLAY, replay.scope, replay.name, {**definition, **changes}), is_active=not is_done)
