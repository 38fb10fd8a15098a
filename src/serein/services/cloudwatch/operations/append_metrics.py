"""AppendMetrics: what the platform's own services measure, in namespaces of AWS's."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.metrics import parse_data
from serein.services.cloudwatch.putting import put_data


@operation("AppendMetrics", internal=True)
async def append_metrics(call: Call, request: Request) -> Reply:
    """The request is PutMetricData's. Values and counts may be more than a client may send."""
    await put_data(call, parse_data(request, call.now, is_internal=True))
    return {}
