"""UntagResource: remove tags of a table."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.lifecycle import changed
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.tables import replace_definition
from serein.services.dynamodb.tagging import require_taggable, require_tagged_table


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    if not request["TagKeys"]:
        raise ValidationException("Atleast one Tag Key needs to be provided as Input.")
    gone = set(request["TagKeys"])

    def untag(tx: Transaction) -> None:
        definition = require_tagged_table(tx, call.scope, request["ResourceArn"], call.operation)
        require_taggable(definition)
        tags = {key: value for key, value in definition.tags.items() if key not in gone}
        replace_definition(tx, changed(definition, tags=tags))

    await call.write(untag)
    return {}
