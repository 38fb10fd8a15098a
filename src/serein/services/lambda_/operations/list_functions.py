"""ListFunctions: list functions by name, with their versions when asked for."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.configuration import Configuration, listed_reply
from serein.services.lambda_.errors import invalid
from serein.services.lambda_.names import LATEST, FunctionReference
from serein.services.lambda_.paging import find_place, place_token
from serein.services.lambda_.store import functions as store

_MAXIMUM = 50


@operation("ListFunctions")
async def list_functions(call: Call, request: Request) -> Reply:
    """AWS: a MasterRegion selects replicas of Lambda@Edge, and there are none here."""
    limit = min(request.get("MaxItems", _MAXIMUM), _MAXIMUM)
    name, _, version = (find_place(request.get("Marker")) or "").partition(":")
    with_versions = request.get("FunctionVersion") == "ALL"
    master_region = request.get("MasterRegion", "ALL")
    if "MasterRegion" in request and not with_versions:
        raise invalid("FunctionVersion must be ALL when MasterRegion is specified.")
    if master_region != "ALL":
        return {"Functions": []}

    def read(tx: Transaction) -> list[dict[str, Any]]:
        if with_versions:
            found = _with_versions(tx, call, name, int(version or 0) if version != LATEST else 0, limit)
        else:
            rows = store.list_functions(tx, call.scope, name, limit + 1)
            found = ((row.latest(), "") for row in rows)
        return [
            listed_reply(each, FunctionReference(call.scope, each["FunctionName"], qualifier), tx.now)
            for each, qualifier in islice(found, limit + 1)
        ]

    shown = await call.read(read)
    if len(shown) <= limit:
        return {"Functions": shown}
    last = shown[limit - 1]
    place = f"{last['FunctionName']}:{last['Version']}" if with_versions else last["FunctionName"]
    return {"Functions": shown[:limit], "NextMarker": place_token(place)}


def _with_versions(
    tx: Transaction, call: Call, name: str, version: int, limit: int
) -> Iterator[tuple[Configuration, str]]:
    """Every record after a version of a function, each function's $LATEST first."""
    if name:
        for each in store.list_versions(tx, call.scope, name, version, limit + 1):
            yield each, each["Version"]
    for row in store.list_functions(tx, call.scope, name, limit + 1):
        yield row.latest(), LATEST
        for each in store.list_versions(tx, call.scope, row.name, 0, limit + 1):
            yield each, each["Version"]
