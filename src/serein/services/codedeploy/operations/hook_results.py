"""PutLifecycleEventHookExecutionStatus and FailHook: what hook functions report, or that they couldn't be invoked."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position
from serein.services.codedeploy.deployments import EVENTS
from serein.services.codedeploy.errors import (
    InvalidLifecycleEventHookExecutionIdException,
    InvalidLifecycleEventHookExecutionStatusException,
    LifecycleEventAlreadyCompletedException,
)
from serein.services.codedeploy.names import require_deployment_id
from serein.services.codedeploy.store import deployments as store


@operation("PutLifecycleEventHookExecutionStatus")
async def put_lifecycle_event_hook_execution_status(call: Call, request: Request) -> Reply:
    id = require_deployment_id(request.get("deploymentId"))
    execution_id, status = request.get("lifecycleEventHookExecutionId") or "", request.get("status")
    if status not in ("Succeeded", "Failed"):
        raise InvalidLifecycleEventHookExecutionStatusException(
            f"The status of a lifecycle event hook's execution must be Succeeded or Failed, not {status}"
        )
    await call.write(lambda tx: _report(tx, call, id, execution_id, status))
    return {"lifecycleEventHookExecutionId": execution_id}


@operation("FailHook", internal=True)
async def fail_hook(call: Call, request: Request) -> Reply:
    """The request is `{"deploymentId", "lifecycleEventHookExecutionId", "error"}`; a hook that is over stays so."""
    id, execution_id = request["deploymentId"], request["lifecycleEventHookExecutionId"]
    try:
        await call.write(lambda tx: _report(tx, call, id, execution_id, "Failed", request["error"]))
    except LifecycleEventAlreadyCompletedException:
        return {}
    return {}


def _report(tx: Transaction, call: Call, id: str, execution_id: str, status: str, message: str = "") -> None:
    deployment = store.require_deployment(tx, call.scope, id)
    position = find_position(execution_id)
    name = position[1] if isinstance(position, list) and len(position) == 3 else None
    if name not in EVENTS or deployment.event(name).execution_id != execution_id:
        raise InvalidLifecycleEventHookExecutionIdException(
            f"The lifecycle event hook execution ID {execution_id} is not one of deployment {id}"
        )
    event = deployment.event(name)
    if deployment.has_ended or event.result or event.status != "InProgress":
        raise LifecycleEventAlreadyCompletedException(f"The lifecycle event {name} of deployment {id} is completed")
    event.result, event.message = status, message
    deployment.put_event(name, event)
    store.save(tx, deployment)
    store.set_due(tx, id, tx.now)
