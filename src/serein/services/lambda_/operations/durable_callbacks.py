"""SendDurableExecutionCallbackSuccess, …Failure and …Heartbeat: what the outside world tells a durable execution."""

from collections.abc import Callable

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.durable.advancing import end_operation
from serein.services.lambda_.durable.executions import Execution, parse_callback_id, scope_of
from serein.services.lambda_.durable.operations import FAILED, STARTED, SUCCEEDED, Operation, beat
from serein.services.lambda_.errors import CallbackTimeoutException, ResourceNotFoundException
from serein.services.lambda_.store import durable
from serein.services.lambda_.store.durable_operations import find_operation, put_operation

Change = Callable[[Transaction, Execution, Operation], None]


@operation("SendDurableExecutionCallbackSuccess")
async def send_success(call: Call, request: Request) -> Reply:
    result: bytes | None = request.get("Result")
    text = result.decode("utf-8", "replace") if result else None
    return await _change(
        call, request, lambda tx, execution, callback: end_operation(tx, execution, callback, SUCCEEDED, text, None)
    )


@operation("SendDurableExecutionCallbackFailure")
async def send_failure(call: Call, request: Request) -> Reply:
    error = request.get("Error") or {}
    return await _change(
        call, request, lambda tx, execution, callback: end_operation(tx, execution, callback, FAILED, None, error)
    )


@operation("SendDurableExecutionCallbackHeartbeat")
async def send_heartbeat(call: Call, request: Request) -> Reply:
    def change(tx: Transaction, execution: Execution, callback: Operation) -> None:
        beat(callback, tx.now)
        put_operation(tx, execution.arn, callback)
        durable.update_execution(tx, execution)

    return await _change(call, request, change)


async def _change(call: Call, request: Request, change: Change) -> Reply:
    """Change an open callback. Raises CallbackTimeoutException when it is closed."""
    arn, operation_id = parse_callback_id(request["CallbackId"])
    scope_of(arn)

    def write(tx: Transaction) -> Reply:
        execution = durable.find_execution(tx, arn)
        callback = None if execution is None else find_operation(tx, arn, operation_id)
        if execution is None or callback is None or callback.type != "CALLBACK":
            raise ResourceNotFoundException("Callback not found", Type="User")
        if execution.is_ended or callback.status != STARTED or callback.due_at <= tx.now:
            raise CallbackTimeoutException(Type="User")
        change(tx, execution, callback)
        return {}

    return await call.write(write)
