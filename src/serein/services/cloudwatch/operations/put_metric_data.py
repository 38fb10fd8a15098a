"""PutMetricData: measure."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.metrics import parse_data
from serein.services.cloudwatch.putting import put_data


@operation("PutMetricData", partial="Entities (EntityMetricData) are refused.", stored=("StrictEntityValidation",))
async def put_metric_data(call: Call, request: Request) -> Reply:
    await put_data(call, parse_data(request, call.now))
    return {}
