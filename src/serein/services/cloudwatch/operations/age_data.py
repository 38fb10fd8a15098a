"""AgeData: merge data that are too old for their detail, for the worker."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.store import metrics

_ROWS_AT_ONCE = 200


@operation("AgeData", internal=True)
async def age_data(call: Call, request: Request) -> Reply:
    del request
    while await call.write(lambda tx: metrics.age_rows(tx, _ROWS_AT_ONCE)):
        pass
    await call.write(metrics.forget_metrics)
    return {}
