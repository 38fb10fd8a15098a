"""ListActivities: the activities of an account and region, by name."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.activities import shown
from serein.services.stepfunctions.pages import page_size, position_of, with_token
from serein.services.stepfunctions.store.activities import list_activities as list_by_name


@operation("ListActivities")
async def list_activities(call: Call, request: Request) -> Reply:
    size, after = page_size(request), position_of(request, "")
    found = await call.read(lambda tx: list_by_name(tx, call.scope, after, size + 1))
    reply: Reply = {"activities": [shown(activity) for activity in found[:size]]}
    return with_token(reply, found, size, lambda activity: activity.name)
