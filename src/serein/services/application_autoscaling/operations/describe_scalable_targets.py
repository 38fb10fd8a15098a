"""DescribeScalableTargets: the scalable targets of a namespace."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.application_autoscaling import store
from serein.services.application_autoscaling.pages import page_of, parse_filter
from serein.services.application_autoscaling.targets import describe_target


@operation("DescribeScalableTargets")
async def describe_scalable_targets(call: Call, request: Request) -> Reply:
    wanted = parse_filter(call, request, position=(str, str))
    found = await call.read(lambda tx: store.list_targets(tx, wanted))
    described = [describe_target(target) for target in found]
    return page_of(call, wanted, "ScalableTargets", described, "ResourceId", "ScalableDimension")
