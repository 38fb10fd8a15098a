"""TagResource: add or replace tags of a table."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.lifecycle import changed
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.tables import replace_definition
from serein.services.dynamodb.tagging import require_tagged_table

_MOST_TAGS = 50


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    if not request["Tags"]:
        raise ValidationException("Atleast one Tag needs to be provided as Input.")
    given = {tag["Key"]: tag["Value"] for tag in request["Tags"]}

    def tag(tx: Transaction) -> None:
        definition = require_tagged_table(tx, call.scope, request["ResourceArn"])
        tags = {**definition.tags, **given}
        if len(tags) > _MOST_TAGS:
            raise ValidationException("One or more parameter values were invalid: Too many tags: the limit is 50")
        replace_definition(tx, changed(definition, tags=tags))

    await call.write(tag)
    return {}
