"""Access associations of private domain names: create, get, delete and reject. `apigatewayv2` keeps them."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.pages import page_of

_OWNER = "apigatewayv2"


@operation("CreateDomainNameAccessAssociation")
@checked
async def create_domain_name_access_association(call: Call, request: Request) -> Reply:
    """Raises BadRequest-, Conflict-, AccessDeniedException for a domain name that isn't shared with the account."""
    return await call.to(_OWNER, "CreateAssociation", request)


@operation("GetDomainNameAccessAssociations")
@checked
async def get_domain_name_access_associations(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for a malformed position."""
    asked = {"OfOthers": request.get("resourceOwner") == "OTHER_ACCOUNTS"}
    found = await call.to(_OWNER, "ListAssociations", asked)
    return page_of(found["Items"], lambda association: association["domainNameAccessAssociationArn"], request)


@operation("DeleteDomainNameAccessAssociation")
@checked
async def delete_domain_name_access_association(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    await call.to(_OWNER, "DeleteAssociation", {"Arn": request["domainNameAccessAssociationArn"]})
    return {}


@operation("RejectDomainNameAccessAssociation")
@checked
async def reject_domain_name_access_association(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException for an association of the account's own."""
    asked = {"Arn": request["domainNameAccessAssociationArn"], "DomainNameArn": request["domainNameArn"]}
    await call.to(_OWNER, "RejectAssociation", asked)
    return {}
