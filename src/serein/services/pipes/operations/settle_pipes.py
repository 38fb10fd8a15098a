"""SettlePipes: end the states that pipes pass through, where their time has come."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.pipes.store import due_pipes
from serein.services.pipes.transitions import settle

_AT_ONCE = 50


@operation("SettlePipes", internal=True)
async def settle_pipes(call: Call, request: Request) -> Reply:
    """The pipes of every account and region."""
    for pipe in await call.read(lambda tx: due_pipes(tx, _AT_ONCE)):
        await settle(call, pipe.scope, pipe.name)
    return {}
