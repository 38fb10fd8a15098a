"""ListMapRuns: the map runs of an execution, the latest first."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position
from serein.services.stepfunctions.distributed.runs import MapRun
from serein.services.stepfunctions.errors import InvalidToken
from serein.services.stepfunctions.machines import parse_arn
from serein.services.stepfunctions.pages import page_size, with_token
from serein.services.stepfunctions.store import map_runs
from serein.services.stepfunctions.store.executions import require_execution


@operation("ListMapRuns")
async def list_map_runs(call: Call, request: Request) -> Reply:
    parse_arn(request["executionArn"], "execution")
    size, before = page_size(request), _position_of(request)

    def find(tx: Transaction) -> list[MapRun]:
        execution = require_execution(tx, call.scope, request["executionArn"])
        return map_runs.runs_of(tx, execution.id, before, size + 1)

    found = await call.read(find)
    reply: Reply = {"mapRuns": [_listed(run) for run in found[:size]]}
    return with_token(reply, found, size, lambda run: [run.started_at, run.id])


def _position_of(request: Request) -> tuple[float, str] | None:
    if "nextToken" not in request:
        return None
    match find_position(request["nextToken"]):
        case [int() | float() as started_at, str() as run_id]:
            return float(started_at), run_id
    raise InvalidToken("Invalid Token: 'Invalid token'")


def _listed(run: MapRun) -> Reply:
    listed: Reply = {
        "executionArn": run.execution_arn,
        "mapRunArn": run.arn,
        "stateMachineArn": run.labelled_machine_arn,
        "startDate": run.started_at,
    }
    if run.stopped_at:
        listed["stopDate"] = run.stopped_at
    return listed
