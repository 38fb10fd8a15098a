"""DescribeAccountLimits: the quotas that AWS gives a new account.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.pages import page_of

_LIMITS = (
    ("ConcurrentResourcesLimit", 2_500),
    ("StackLimit", 2_000),
    ("StackOutputsLimit", 200),
)


@operation("DescribeAccountLimits", partial="StackLimit and ConcurrentResourcesLimit are told and not enforced")
async def describe_account_limits(call: Call, request: Request) -> Reply:
    return page_of("AccountLimits", [{"Name": name, "Value": value} for name, value in _LIMITS], request)
