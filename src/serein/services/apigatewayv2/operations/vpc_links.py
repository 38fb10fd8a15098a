"""VPC links: create, get, list, update and delete. They lead to the addresses that their users name."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import random_lower
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.pages import page_of
from serein.services.apigatewayv2.store import domains

_PARTIAL = "there are no VPCs: a link leads to the address in its tag serein:address"


@operation("CreateVpcLink", partial=_PARTIAL, stored=("SubnetIds", "SecurityGroupIds"))
async def create_vpc_link(call: Call, request: Request) -> Reply:
    """Raises BadRequestException without a name or subnets."""
    if not request["Name"] or not request["SubnetIds"]:
        raise BadRequestException("Name and subnetIds must not be empty")
    link = {
        "CreatedDate": call.now,
        "Name": request["Name"],
        "SecurityGroupIds": request.get("SecurityGroupIds", []),
        "SubnetIds": request["SubnetIds"],
        "Tags": request.get("Tags", {}),
        "VpcLinkId": random_lower(6),
        "VpcLinkStatus": "AVAILABLE",
        "VpcLinkStatusMessage": "VPC link is ready to route traffic",
        "VpcLinkVersion": "V2",
    }
    await call.write(lambda tx: domains.put_vpc_link(tx, call.scope, link))
    return link


@operation("GetVpcLink")
async def get_vpc_link(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    return await call.read(lambda tx: domains.require_vpc_link(tx, call.scope, request["VpcLinkId"]))


@operation("GetVpcLinks")
async def get_vpc_links(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for a malformed page size or token."""
    found = await call.read(lambda tx: domains.list_vpc_links(tx, call.scope))
    return page_of(found, "VpcLinkId", request)


@operation("UpdateVpcLink")
async def update_vpc_link(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException for an empty name."""
    if request.get("Name") == "":
        raise BadRequestException("Name must not be empty")

    def write(tx: Transaction) -> Reply:
        link = domains.require_vpc_link(tx, call.scope, request["VpcLinkId"])
        link["Name"] = request.get("Name", link["Name"])
        domains.put_vpc_link(tx, call.scope, link)
        return link

    return await call.write(write)


@operation("DeleteVpcLink")
async def delete_vpc_link(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException while an integration uses it."""

    def write(tx: Transaction) -> None:
        link = domains.require_vpc_link(tx, call.scope, request["VpcLinkId"])
        if domains.has_integrations(tx, link["VpcLinkId"]):
            raise BadRequestException(f"VpcLink {link['VpcLinkId']} is used by an integration")
        domains.delete_vpc_link(tx, link["VpcLinkId"])

    await call.write(write)
    return {}
