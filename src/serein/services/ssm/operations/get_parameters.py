"""GetParameters: up to ten parameters by their names."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.ssm import store
from serein.services.ssm.errors import ParameterNotFound, ParameterVersionNotFound, ValidationException
from serein.services.ssm.parameters import parameter_reply, parse_reference


@operation("GetParameters")
async def get_parameters(call: Call, request: Request) -> Reply:
    names = sorted(set(request["Names"]))
    is_decrypted = bool(request.get("WithDecryption"))

    def find(tx: Transaction, name: str) -> store.Parameter | None:
        try:
            return store.require_parameter(tx, call.scope, parse_reference(call.scope, name))
        except (ParameterNotFound, ParameterVersionNotFound, ValidationException):
            return None

    found = await call.read(lambda tx: {name: find(tx, name) for name in names})
    return {
        "Parameters": [
            parameter_reply(call.scope, one.name, one.record, one.selector, is_decrypted=is_decrypted)
            for one in found.values()
            if one is not None
        ],
        "InvalidParameters": [name for name in names if found[name] is None],
    }
