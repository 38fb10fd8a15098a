"""AppendEmbeddedMetrics: metrics that log lines carry in the embedded metric format."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.embedded import parse_line
from serein.services.cloudwatch.putting import put_data


@operation("AppendEmbeddedMetrics", internal=True)
async def append_embedded_metrics(call: Call, request: Request) -> Reply:
    """The request is `{"Lines": [text, …]}`. Lines that don't follow the format are left out, as on AWS."""
    data = [datum for text in request["Lines"] for datum in parse_line(text, call.now)]
    if data:
        await put_data(call, data)
    return {}
