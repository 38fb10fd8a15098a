"""UpdateMapRun: change how many children of a running map run may run at once, and how many may fail."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.distributed.runs import RUNNING
from serein.services.stepfunctions.errors import ValidationException
from serein.services.stepfunctions.store import map_runs


@operation("UpdateMapRun")
async def update_map_run(call: Call, request: Request) -> Reply:
    changes: dict[str, Any] = {}
    if "maxConcurrency" in request:
        changes["max_concurrency"] = _within("maxConcurrency", request["maxConcurrency"], None)
    if "toleratedFailureCount" in request:
        changes |= {
            "tolerated_count": _within("toleratedFailureCount", request["toleratedFailureCount"], None),
            "has_count": 1,
        }
    if "toleratedFailurePercentage" in request:
        changes |= {
            "tolerated_percentage": _within("toleratedFailurePercentage", request["toleratedFailurePercentage"], 100),
            "has_percentage": 1,
        }

    def update(tx: Transaction) -> None:
        run = map_runs.require_run(tx, call.scope, request["mapRunArn"])
        if run.status != RUNNING:
            raise ValidationException(f"Map Run is not running: '{run.arn}'")
        if changes:
            map_runs.change_run(tx, run.id, **changes)
            map_runs.make_due(tx, run.id)

    await call.write(update)
    return {}


def _within(name: str, value: float, most: int | None) -> float:
    """The value. Raises ValidationException beyond its limits."""
    if value < 0:
        limit, relation = 0, "greater"
    elif most is not None and value > most:
        limit, relation = most, "less"
    else:
        return value
    raise ValidationException(
        f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
        f"Member must have value {relation} than or equal to {limit}"
    )
