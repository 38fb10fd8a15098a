"""The account's settings: GetAccount and UpdateAccount."""

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.accounts import account_of
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.errors import BadRequestException
from serein.services.apigateway.store import things


@operation("GetAccount")
@checked
async def get_account(call: Call, request: Request) -> Reply:
    return await call.read(lambda tx: account_of(tx, call.scope))


@operation("UpdateAccount")
@checked
async def update_account(call: Call, request: Request) -> Reply:
    """Raises BadRequestException."""
    patches = parse_patches(request)

    def write(tx: Transaction) -> Reply:
        settings = things.find_thing(tx, call.scope, "Account", "account") or {}
        for patch in patches:
            if patch.parts == ("features",):
                patch.require_op("add", "remove")
            elif patch.parts != ("cloudwatchRoleArn",):
                raise patch.refused()
            elif patch.op == "remove" or not patch.value:
                settings.pop("cloudwatchRoleArn", None)
            elif find_arn(patch.value) is None:
                raise BadRequestException("The role ARN does not have required permissions set to API Gateway")
            else:
                settings["cloudwatchRoleArn"] = patch.value
        things.put_thing(tx, call.scope, "Account", "account", settings)
        return account_of(tx, call.scope)

    return await call.write(write)
