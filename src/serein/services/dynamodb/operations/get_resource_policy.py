"""GetResourcePolicy: the policy of a table or a stream."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.errors import PolicyNotFoundException
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.resourcepolicies import require_resource
from serein.services.dynamodb.store.policies import find_policy


@operation("GetResourcePolicy")
async def get_resource_policy(call: Call, request: Request) -> Reply:
    require_constraints(call, request)

    def get(tx: Transaction) -> Reply:
        found = find_policy(tx, require_resource(tx, call.scope, request["ResourceArn"]))
        if found is None:
            raise PolicyNotFoundException()
        return {"Policy": found.text, "RevisionId": found.revision}

    return await call.read(get)
