"""CallInRegion: call one of DynamoDB's operations in another region of the account; for deployments of global tables.

Request: `Region`, `Operation`, `Request`. Reply: the operation's.
"""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.scope import Scope


@operation("CallInRegion", internal=True)
async def call_in_region(call: Call, request: Request) -> Reply:
    scope = Scope(call.scope.account, request["Region"])
    return await call.to("dynamodb", request["Operation"], request["Request"], scope)
