"""ListFunctions: list functions by name, with their versions when asked for."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.configuration import configuration_reply
from serein.services.lambda_.names import FunctionReference
from serein.services.lambda_.paging import find_place, place_token
from serein.services.lambda_.store import functions as store

_MAXIMUM = 50


@operation("ListFunctions", stored=("MasterRegion",))
async def list_functions(call: Call, request: Request) -> Reply:
    limit = min(request.get("MaxItems", _MAXIMUM), _MAXIMUM)
    after = find_place(request.get("Marker")) or ""
    with_versions = request.get("FunctionVersion") == "ALL"

    def read(tx: Transaction) -> tuple[list[dict[str, Any]], str]:
        rows = store.list_functions(tx, call.scope, after, limit + 1)
        found: list[dict[str, Any]] = []
        for row in rows[:limit]:
            qualifier = "$LATEST" if with_versions else ""
            found.append(configuration_reply(row.latest(), FunctionReference(call.scope, row.name, qualifier)))
            if with_versions:
                found += [
                    configuration_reply(version, FunctionReference(call.scope, row.name, version["Version"]))
                    for version in store.list_versions(tx, call.scope, row.name, 0, 100_000)
                ]
        return found, rows[limit - 1].name if len(rows) > limit else ""

    found, last = await call.read(read)
    return {"Functions": found, "NextMarker": place_token(last)} if last else {"Functions": found}
