"""GetAccount: the account's settings for API Gateway."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.accounts import account_of


@operation("GetAccount")
async def get_account(call: Call, request: Request) -> Reply:
    return await call.read(lambda tx: account_of(tx, call.scope))
