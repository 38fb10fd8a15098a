"""AdvanceStack: work on a stack's operation, as far as it goes now; the platform owes it to every running operation."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.engine.advance import advance


@operation("AdvanceStack", internal=True)
async def advance_stack(call: Call, request: Request) -> Reply:
    """Return once the stack {StackId} rests or waits, or at once when {Turn} has passed."""
    await advance(call.platform, request["StackId"], request["Turn"])
    return {}
