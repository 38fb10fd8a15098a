"""Private integrations: where a VPC link leads on a machine without VPCs.

A load balancer or a Cloud Map service that an integration's URI names by its ARN isn't here. The address in its place
is the user's to name: an `http://` URI in the integration, or the tag `serein:address` on the VPC link.
"""

from serein.kernel.call import Platform
from serein.kernel.scope import Scope
from serein.services.apigatewayv2.store import domains

ADDRESS_TAG = "serein:address"


async def find_address(platform: Platform, scope: Scope, link_id: str, uri: str) -> str:
    """The URL that stands for a private integration's URI; empty when nobody has named one."""
    if uri.startswith(("http://", "https://")):
        return uri
    link = await platform.database.read(lambda tx: domains.find_vpc_link(tx, scope, link_id))
    address: str = (link or {}).get("Tags", {}).get(ADDRESS_TAG, "")
    return address.rstrip("/") if address.startswith(("http://", "https://")) else ""
