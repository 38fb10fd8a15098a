"""The region's exports, and the stacks that import one."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position, page_token
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.store import stacks

_PAGE = 100


@operation("ListExports")
async def list_exports(call: Call, request: Request) -> Reply:
    after = find_position(request["NextToken"]) if "NextToken" in request else ""
    if not isinstance(after, str):
        raise ValidationError("NextToken is not valid")
    exports = [it for it in await call.read(lambda tx: stacks.exports_of(tx, call.scope)) if it[0] > after]
    reply: Reply = {
        "Exports": [
            {"Name": name, "Value": value, "ExportingStackId": stack_id} for name, value, stack_id in exports[:_PAGE]
        ]
    }
    if len(exports) > _PAGE:
        reply["NextToken"] = page_token(exports[_PAGE - 1][0])
    return reply


@operation("ListImports")
async def list_imports(call: Call, request: Request) -> Reply:
    name = request["ExportName"]

    def read(tx: Transaction) -> list[str]:
        return stacks.importers_of(tx, call.scope, name)

    importers = await call.read(read)
    if not importers:
        raise ValidationError(f"Export '{name}' is not imported by any stack.")
    return {"Imports": importers}
