"""TestInvokeAuthorizer: what an authorizer says of one request."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.parts import require_part
from serein.services.apigateway.serving.authorizers import compile_authorizer
from serein.services.apigateway.serving.trials import new_exchange, try_authorizer


@operation("TestInvokeAuthorizer")
async def test_invoke_authorizer(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    api_id, part_id = request["restApiId"], request["authorizerId"]
    settings = await call.read(lambda tx: require_part(tx, call.scope, api_id, "Authorizer", part_id))
    exchange = new_exchange(call, request, "GET", "/")
    exchange.context.update(request.get("additionalContext") or {})
    return await try_authorizer(exchange, compile_authorizer(settings, api_id))
