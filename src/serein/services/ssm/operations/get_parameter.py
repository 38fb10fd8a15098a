"""GetParameter: one parameter, in its latest version or the one that is asked for."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.ssm import store
from serein.services.ssm.parameters import parameter_reply, parse_reference


@operation("GetParameter")
async def get_parameter(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["Name"])
    found = await call.read(lambda tx: store.require_parameter(tx, call.scope, reference))
    is_decrypted = bool(request.get("WithDecryption"))
    reply = parameter_reply(call.scope, found.name, found.record, found.selector, is_decrypted=is_decrypted)
    return {"Parameter": reply}
