"""DeleteResourcePolicy: remove the policy of a table or a stream; not an error when there is none."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.resourcepolicies import delete_policy, require_resource


@operation("DeleteResourcePolicy")
async def delete_resource_policy(call: Call, request: Request) -> Reply:
    require_constraints(call, request)

    def delete(tx: Transaction) -> str:
        arn = require_resource(tx, call.scope, request["ResourceArn"], is_change=True)
        return delete_policy(tx, arn, request.get("ExpectedRevisionId"))

    return {"RevisionId": await call.write(delete)}
