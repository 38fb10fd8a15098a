"""PutCodeBinding, DescribeCodeBinding and GetCodeBindingSource, which Serein refuses: it generates no code."""

from serein.kernel.call import Call
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.schemas.registering import require_schema, require_version

_PARTIAL = "code bindings aren't generated: refused by name"


@operation("PutCodeBinding", partial=_PARTIAL)
async def put_code_binding(call: Call, request: Request) -> Reply:
    return await _refuse(call, request)


@operation("DescribeCodeBinding", partial=_PARTIAL)
async def describe_code_binding(call: Call, request: Request) -> Reply:
    return await _refuse(call, request)


@operation("GetCodeBindingSource", partial=_PARTIAL)
async def get_code_binding_source(call: Call, request: Request) -> Reply:
    return await _refuse(call, request)


async def _refuse(call: Call, request: Request) -> Reply:
    """Raises NotImplementedHere; NotFoundException when there is no such schema either."""
    registry, name, number = request["RegistryName"], request["SchemaName"], request.get("SchemaVersion")
    await call.read(lambda tx: require_version(tx, require_schema(tx, call.scope, registry, name), number))
    raise NotImplementedHere(
        f"Serein generates no code bindings ({request['Language']}, schema {name}): use ExportSchema and a generator"
    )
