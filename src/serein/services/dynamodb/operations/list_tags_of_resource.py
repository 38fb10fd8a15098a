"""ListTagsOfResource: the tags of a table."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.tagging import require_tagged_table


@operation("ListTagsOfResource")
async def list_tags_of_resource(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    definition = await call.read(
        lambda tx: require_tagged_table(tx, call.scope, request["ResourceArn"], call.operation)
    )
    return {"Tags": [{"Key": key, "Value": value} for key, value in definition.tags.items()]}
