"""DeleteParameter and DeleteParameters."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.ssm import store
from serein.services.ssm.errors import ParameterNotFound, ValidationException
from serein.services.ssm.parameters import require_name


@operation("DeleteParameter")
async def delete_parameter(call: Call, request: Request) -> Reply:
    name = request["Name"].strip()
    require_name(name)
    if not await call.write(lambda tx: store.remove_parameter(tx, call.scope, name)):
        raise ParameterNotFound
    return {}


@operation("DeleteParameters")
async def delete_parameters(call: Call, request: Request) -> Reply:
    names = list(dict.fromkeys(request["Names"]))

    def delete(tx: Transaction) -> list[str]:
        return [name for name in names if _is_name(name) and store.remove_parameter(tx, call.scope, name)]

    deleted = await call.write(delete)
    return {"DeletedParameters": deleted, "InvalidParameters": [name for name in names if name not in deleted]}


def _is_name(name: str) -> bool:
    try:
        require_name(name)
    except ValidationException:
        return False
    return True
