"""ListExecutions: the executions of a state machine, of a version or an alias of it, or the children of a map run."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.errors import StateMachineTypeNotSupported, ValidationException
from serein.services.stepfunctions.execution_views import shown_origin, shown_redrives
from serein.services.stepfunctions.interpreter.outcomes import PENDING_REDRIVE
from serein.services.stepfunctions.machines import EXPRESS
from serein.services.stepfunctions.pages import page_size, position_of, with_token
from serein.services.stepfunctions.store import map_runs
from serein.services.stepfunctions.store.executions import Execution, Filter, list_executions
from serein.services.stepfunctions.store.machines import describe_target

_CHUNK = 1000


@operation("ListExecutions")
async def list_of_executions(call: Call, request: Request) -> Reply:
    """AWS: the latest first; either of a machine or of a map run."""
    _check(request)
    size, before = page_size(request), position_of(request, 0)

    def find(tx: Transaction) -> list[Execution]:
        return _matching(tx, _filter(tx, call, request), request, before, size + 1)

    found = await call.read(find)
    is_of_run = "mapRunArn" in request
    reply: Reply = {"executions": [_listed(execution, is_of_run=is_of_run) for execution in found[:size]]}
    if request.get("statusFilter") == PENDING_REDRIVE:
        for shown in reply["executions"]:
            shown["status"] = PENDING_REDRIVE
    return with_token(reply, found, size, lambda execution: execution.id)


def _check(request: Request) -> None:
    if ("stateMachineArn" in request) == ("mapRunArn" in request):
        raise ValidationException("Must provide either a stateMachineArn or a mapRunArn, but not both.")
    if "stateMachineArn" in request:
        if request.get("statusFilter") == PENDING_REDRIVE:
            raise ValidationException("The PENDING_REDRIVE status filter is only supported with a mapRunArn.")
        if "redriveFilter" in request:
            raise ValidationException("The redriveFilter is only supported with a mapRunArn.")


def _filter(tx: Transaction, call: Call, request: Request) -> Filter:
    status = request.get("statusFilter", "")
    if "mapRunArn" in request:
        run = map_runs.require_run(tx, call.scope, request["mapRunArn"])
        return Filter(map_run_arn=run.arn, run_id=run.id, status=status)
    target = describe_target(tx, call.scope, request["stateMachineArn"])
    if target.type == EXPRESS:
        raise StateMachineTypeNotSupported("This operation is not supported by this type of state machine")
    return Filter(machine_arn=target.machine_arn, status=status)


def _matching(tx: Transaction, wanted: Filter, request: Request, before: int, limit: int) -> list[Execution]:
    """Those that a version, an alias or the redrives narrow the list down to."""
    by = request.get("stateMachineArn", "")
    is_narrowed = (bool(by) and by != wanted.machine_arn) or "redriveFilter" in request
    if not is_narrowed:
        return list_executions(tx, wanted, before, limit)
    is_redriven = {"REDRIVEN": True, "NOT_REDRIVEN": False}.get(request.get("redriveFilter", ""))
    found: list[Execution] = []
    while len(found) < limit:
        some = list_executions(tx, wanted, before, _CHUNK)
        for execution in some:
            by_arn = not by or by in (execution.origin.version_arn, execution.origin.alias_arn)
            if by_arn and is_redriven in (None, execution.progress.redrive_count > 0):
                found.append(execution)
        if len(some) < _CHUNK:
            break
        before = some[-1].id
    return found[:limit]


def _listed(execution: Execution, *, is_of_run: bool) -> Reply:
    listed: Reply = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.started_at,
        **shown_origin(execution),
        **shown_redrives(execution),
    }
    if execution.stopped_at:
        listed["stopDate"] = execution.stopped_at
    if is_of_run:
        listed["mapRunArn"] = execution.map_run_arn
        listed["itemCount"] = execution.origin.item_count
    return listed
