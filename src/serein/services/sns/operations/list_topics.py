"""ListTopics: the account's topics in a region, a hundred at a time."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import store
from serein.services.sns.pages import PAGE, next_token, require_position


@operation("ListTopics")
async def list_topics(call: Call, request: Request) -> Reply:
    after = require_position(request)
    arns = await call.read(lambda tx: store.topic_arns(tx, call.scope, after, PAGE + 1))
    return {"Topics": [{"TopicArn": arn} for arn in arns[:PAGE]], **next_token(arns)}
