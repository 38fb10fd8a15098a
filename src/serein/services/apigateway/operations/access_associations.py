"""Access associations of private domain names, of which there are none here: they are refused, and none is listed."""

from serein.kernel.call import Call
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.errors import NotFoundException

_PARTIAL = "private domain names don't exist here"


@operation("CreateDomainNameAccessAssociation", partial=_PARTIAL)
@checked
async def create_domain_name_access_association(call: Call, request: Request) -> Reply:
    """Raises NotImplementedHere."""
    raise NotImplementedHere("Serein does not implement private custom domain names yet")


@operation("GetDomainNameAccessAssociations", partial=_PARTIAL)
@checked
async def get_domain_name_access_associations(call: Call, request: Request) -> Reply:
    return {"items": []}


@operation("DeleteDomainNameAccessAssociation", partial=_PARTIAL)
@checked
async def delete_domain_name_access_association(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    raise NotFoundException("Invalid domain name access association identifier specified")


@operation("RejectDomainNameAccessAssociation", partial=_PARTIAL)
@checked
async def reject_domain_name_access_association(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    raise NotFoundException("Invalid domain name access association identifier specified")
