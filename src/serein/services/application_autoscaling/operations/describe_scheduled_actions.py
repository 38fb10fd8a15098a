"""DescribeScheduledActions: the scheduled actions of a namespace."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.application_autoscaling import store
from serein.services.application_autoscaling.pages import page_of, parse_filter
from serein.services.application_autoscaling.scheduledactions import describe_action


@operation("DescribeScheduledActions")
async def describe_scheduled_actions(call: Call, request: Request) -> Reply:
    wanted = parse_filter(call, request, "ScheduledActionNames")
    found = await call.read(lambda tx: store.list_parts(tx, store.ACTIONS, wanted))
    described = [describe_action(part) for part in found]
    keys = ("ResourceId", "ScalableDimension", "ScheduledActionName")
    return page_of(call, wanted, "ScheduledActions", described, *keys)
