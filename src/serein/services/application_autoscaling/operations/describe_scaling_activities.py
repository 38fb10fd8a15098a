"""DescribeScalingActivities: what was scaled in the last six weeks, and why."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.application_autoscaling import store
from serein.services.application_autoscaling.pages import page_of, parse_filter


@operation("DescribeScalingActivities")
async def describe_scaling_activities(call: Call, request: Request) -> Reply:
    wanted = parse_filter(call, request, position=(float, str))
    oldest = call.now - store.ACTIVITY_SECONDS
    with_not_scaled = request.get("IncludeNotScaledActivities", False)
    found = await call.read(lambda tx: store.list_activities(tx, wanted, oldest, with_not_scaled=with_not_scaled))
    return page_of(call, wanted, "ScalingActivities", found, "StartTime", "ActivityId")
