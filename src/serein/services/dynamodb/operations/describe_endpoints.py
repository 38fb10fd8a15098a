"""DescribeEndpoints: where SDKs with endpoint discovery find DynamoDB."""

from urllib.parse import urlsplit

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation

_CACHE_MINUTES = 1440


@operation("DescribeEndpoints")
async def describe_endpoints(call: Call, request: Request) -> Reply:
    address = urlsplit(call.platform.limits.endpoint).netloc
    return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": _CACHE_MINUTES}]}
