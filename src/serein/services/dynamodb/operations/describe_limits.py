"""DescribeLimits: the quotas of an account in a region: AWS's defaults.

Where throughput is a limit, on-demand tables are held to theirs; what may be provisioned isn't limited by them.
"""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation

_ACCOUNT_UNITS = 80_000
_TABLE_UNITS = 40_000


@operation("DescribeLimits")
async def describe_limits(call: Call, request: Request) -> Reply:
    return {
        "AccountMaxReadCapacityUnits": _ACCOUNT_UNITS,
        "AccountMaxWriteCapacityUnits": _ACCOUNT_UNITS,
        "TableMaxReadCapacityUnits": _TABLE_UNITS,
        "TableMaxWriteCapacityUnits": _TABLE_UNITS,
    }
