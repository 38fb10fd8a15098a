"""FindCorsHeaders: what a bucket's CORS rules tell a browser; for the door and for replies to pages."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import cors
from serein.services.s3.errors import AccessForbidden
from serein.services.s3.store import buckets as rows


@operation("FindCorsHeaders", internal=True)
async def find_cors_headers(call: Call, request: Request) -> Reply:
    """`Bucket`, `Origin`, `Method`, `Headers` (names asked for), `IsPreflight` → `Headers`, pairs.

    Raises AccessForbidden, for a preflight, when no rule allows it; other requests get no headers then.
    """

    def read(tx: Transaction) -> list[dict[str, Any]] | None:
        return rows.find_setting(tx, request["Bucket"], "cors")

    rules = await call.read(read)
    is_preflight = bool(request.get("IsPreflight"))
    headers = cors.find_headers(
        rules or [], request["Origin"], request["Method"], request.get("Headers", []), is_preflight=is_preflight
    )
    if headers is None and is_preflight:
        if rules is None:
            raise AccessForbidden(Method=request["Method"], ResourceType="BUCKET")
        raise AccessForbidden(
            "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request "
            "method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the "
            "resource's CORS spec.",
            Method=request["Method"],
            ResourceType="OBJECT" if request.get("Key") else "BUCKET",
        )
    return {"Headers": headers or []}
