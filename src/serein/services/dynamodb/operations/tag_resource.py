"""TagResource: add or replace tags of a table."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.lifecycle import changed
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.tables import replace_definition
from serein.services.dynamodb.tagging import merged_tags, require_taggable, require_tagged_table


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    if not request["Tags"]:
        raise ValidationException("Atleast one Tag needs to be provided as Input.")
    merged_tags({}, request["Tags"])

    def tag(tx: Transaction) -> None:
        definition = require_tagged_table(tx, call.scope, request["ResourceArn"], call.operation)
        require_taggable(definition)
        replace_definition(tx, changed(definition, tags=merged_tags(definition.tags, request["Tags"])))

    await call.write(tag)
    return {}
