"""VPC links: create, get, list, update and delete."""

from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import random_lower
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches, require_listed
from serein.services.apigateway.errors import BadRequestException, NotFoundException
from serein.services.apigateway.store import things

_KIND = "VpcLink"
_PATCHED = {"replace": ("/name", "/description")}


@operation("CreateVpcLink")
@checked
async def create_vpc_link(call: Call, request: Request) -> Reply:
    """Raises BadRequestException. AWS: the answer says PENDING; here the link is ready at once."""
    if not request["name"].strip():
        raise BadRequestException("Name cannot be empty")
    if len(request["targetArns"]) != 1:
        raise BadRequestException("Exactly one target ARN must be specified")
    for target in request["targetArns"]:
        if find_arn(target) is None:
            raise BadRequestException(f"Invalid ARN. ARN is not well formed {target}")
    link: dict[str, Any] = {"id": random_lower(6), "name": request["name"], "targetArns": list(request["targetArns"])}
    for name in ("description", "tags"):
        if request.get(name):
            link[name] = request[name]
    ready = {**link, "status": "AVAILABLE", "statusMessage": "Your vpc link is ready for use"}
    await call.write(lambda tx: things.put_thing(tx, call.scope, _KIND, link["id"], ready))
    return {**link, "status": "PENDING"}


def _require_link(tx: Transaction, call: Call, request: Request) -> dict[str, Any]:
    found = things.find_thing(tx, call.scope, _KIND, request["vpcLinkId"])
    if found is None:
        raise NotFoundException("Invalid Vpc Link identifier specified")
    return found


@operation("GetVpcLink")
@checked
async def get_vpc_link(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    return {"tags": {}, **await call.read(lambda tx: _require_link(tx, call, request))}


@operation("GetVpcLinks")
@checked
async def get_vpc_links(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for a malformed position."""
    found = await call.read(lambda tx: things.list_things(tx, call.scope, _KIND))
    return page_of(found, lambda link: link["id"], request)


@operation("UpdateVpcLink")
@checked
async def update_vpc_link(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        link = _require_link(tx, call, request)
        for patch in parse_patches(request):
            member = require_listed(patch, _PATCHED)
            if member == "name" and not patch.text.strip():
                raise BadRequestException("Name cannot be empty")
            link[member] = patch.text
        things.put_thing(tx, call.scope, _KIND, link["id"], link)
        return {"tags": {}, **link}

    return await call.write(write)


@operation("DeleteVpcLink")
@checked
async def delete_vpc_link(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        link = _require_link(tx, call, request)
        things.delete_thing(tx, call.scope, _KIND, link["id"])

    await call.write(write)
    return {}
