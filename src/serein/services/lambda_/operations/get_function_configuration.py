"""GetFunctionConfiguration: the settings of a function, a version or an alias's version."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.configuration import configuration_reply
from serein.services.lambda_.names import parse_reference
from serein.services.lambda_.store import functions as store


@operation("GetFunctionConfiguration")
async def get_function_configuration(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"], request.get("Qualifier", ""))
    configuration = await call.read(lambda tx: store.require_configuration(tx, reference))
    return configuration_reply(configuration, reference, call.now)
