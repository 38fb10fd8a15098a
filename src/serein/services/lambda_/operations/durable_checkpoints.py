"""What a durable function itself calls: CheckpointDurableExecution and GetDurableExecutionState."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.durable.checkpoints import checkpoint, stale_token
from serein.services.lambda_.durable.executions import Execution, scope_of
from serein.services.lambda_.durable.states import state_page
from serein.services.lambda_.store import durable

_DEFAULT_ITEMS = 100


@operation("CheckpointDurableExecution")
async def checkpoint_durable_execution(call: Call, request: Request) -> Reply:
    arn, updates = request["DurableExecutionArn"], request.get("Updates") or []
    scope_of(arn)

    def write(tx: Transaction) -> dict[str, Any]:
        execution = _require(tx, arn)
        token, client_token = request["CheckpointToken"], request.get("ClientToken", "")
        return checkpoint(tx, call.platform, execution, token, client_token, updates)

    return await call.write(write)


@operation("GetDurableExecutionState")
async def get_durable_execution_state(call: Call, request: Request) -> Reply:
    arn = request["DurableExecutionArn"]
    scope_of(arn)

    def read(tx: Transaction) -> Reply:
        execution = _require(tx, arn)
        if execution.is_ended or request["CheckpointToken"] != execution.checkpoint_token():
            raise stale_token()
        limit = request.get("MaxItems") or _DEFAULT_ITEMS
        page, marker = state_page(tx, execution, request.get("Marker", ""), limit)
        return {"Operations": page, "NextMarker": marker} if marker else {"Operations": page}

    return await call.read(read)


def _require(tx: Transaction, arn: str) -> Execution:
    """AWS: neither operation has an error for an execution that isn't there; its tokens are not valid."""
    execution = durable.find_execution(tx, arn)
    if execution is None or execution.is_plain:
        raise stale_token()
    return execution
