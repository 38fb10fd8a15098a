"""DescribeScalingPolicies: the scaling policies of a namespace."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.application_autoscaling import store
from serein.services.application_autoscaling.pages import page_of, parse_filter
from serein.services.application_autoscaling.policies import describe_policy


@operation("DescribeScalingPolicies")
async def describe_scaling_policies(call: Call, request: Request) -> Reply:
    wanted = parse_filter(call, request, "PolicyNames")
    found = await call.read(lambda tx: store.list_parts(tx, store.POLICIES, wanted))
    described = [describe_policy(part) for part in found]
    return page_of(call, wanted, "ScalingPolicies", described, "ResourceId", "ScalableDimension", "PolicyName")
