"""PutResourcePolicy: say who else may use a table or a stream."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.resourcepolicies import put_policy, require_policy, require_resource


@operation("PutResourcePolicy", partial="policies are not enforced for PartiQL statements")
async def put_resource_policy(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    arn, text = request["ResourceArn"], request["Policy"]
    require_policy(text, call.caller, confirms=request.get("ConfirmRemoveSelfResourceAccess", False))

    def put(tx: Transaction) -> str:
        found = require_resource(tx, call.scope, arn, is_change=True)
        return put_policy(tx, found, text, request.get("ExpectedRevisionId"))

    return {"RevisionId": await call.write(put)}
