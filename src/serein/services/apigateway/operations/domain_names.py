"""Custom domain names: create, get, list, update and delete. `apigatewayv2` keeps them."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.domain_names import patch_domain, v1_domain, v2_domain
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.parts import patched

_OWNER = "apigatewayv2"
_PARTIAL = "without private domain names; certificates come from the local authority"
_STORED = ("certificateArn", "regionalCertificateArn", "certificateName", "securityPolicy", "endpointAccessMode")


@operation("CreateDomainName", partial=_PARTIAL, stored=_STORED)
@checked
async def create_domain_name(call: Call, request: Request) -> Reply:
    """Raises BadRequestException, NotImplementedHere."""
    return v1_domain(await call.to(_OWNER, "CreateDomain", v2_domain(request)))


@operation("GetDomainName")
@checked
async def get_domain_name(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    return v1_domain(await call.to(_OWNER, "FindDomain", {"DomainName": request["domainName"]}))


@operation("GetDomainNames")
@checked
async def get_domain_names(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for a malformed position."""
    if request.get("resourceOwner") == "OTHER_ACCOUNTS":
        return {"items": []}
    found = await call.to(_OWNER, "ListDomains", {})
    return page_of([v1_domain(domain) for domain in found["Items"]], lambda domain: domain["domainName"], request)


@operation("UpdateDomainName", partial=_PARTIAL)
@checked
async def update_domain_name(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""
    patches = parse_patches(request)
    domain = await call.to(_OWNER, "FindDomain", {"DomainName": request["domainName"]})
    changed = patched(domain, patches, patch_domain)
    wanted = ["DomainName", "DomainNameConfigurations", "RoutingMode", "Extra"]
    if any(patch.parts[0] == "mutualTlsAuthentication" for patch in patches):
        wanted.append("MutualTlsAuthentication")
    asked = {name: changed[name] for name in wanted if name in changed}
    return v1_domain(await call.to(_OWNER, "UpdateDomain", asked))


@operation("DeleteDomainName")
@checked
async def delete_domain_name(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    await call.to(_OWNER, "DeleteDomainName", {"DomainName": request["domainName"]})
    return {}
