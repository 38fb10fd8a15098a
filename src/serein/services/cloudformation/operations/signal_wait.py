"""SignalWait: a signal to the handle of a wait condition; for the platform only."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.engine import turns
from serein.services.cloudformation.store import resources


@operation("SignalWait", internal=True)
async def signal_wait(call: Call, request: Request) -> Reply:
    """Take the signal {Body} for the handle {Token}. AWS: signals may come before the condition waits for them."""
    body, handle = request["Body"], request["Token"]

    def write(tx: Transaction) -> None:
        reason, data = str(body.get("Reason", "")), str(body.get("Data", ""))
        resources.put_signal(tx, handle, body["UniqueId"], body["Status"], reason, data)
        turns.answer(tx, handle, "signalled")

    await call.write(write)
    return {"IsAwaited": True}
