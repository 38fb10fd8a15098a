"""Custom domain names: create, get, list, update and delete. `apigatewayv2` keeps them."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.domain_names import key_of, patch_domain, v1_domain, v2_domain
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.parts import patched

_OWNER = "apigatewayv2"
_PARTIAL = "certificates come from the local authority"
_STORED = ("certificateArn", "regionalCertificateArn", "certificateName", "securityPolicy", "endpointAccessMode")


@operation("CreateDomainName", partial=_PARTIAL, stored=_STORED)
@checked
async def create_domain_name(call: Call, request: Request) -> Reply:
    """Raises BadRequestException."""
    return v1_domain(await call.to(_OWNER, "CreateDomain", v2_domain(request)))


@operation("GetDomainName")
@checked
async def get_domain_name(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    return v1_domain(await call.to(_OWNER, "FindDomain", {"DomainName": key_of(request)}))


@operation("GetDomainNames")
@checked
async def get_domain_names(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for a malformed position."""
    asked = {"OfOthers": request.get("resourceOwner") == "OTHER_ACCOUNTS"}
    found = await call.to(_OWNER, "ListDomains", asked)
    return page_of([v1_domain(domain) for domain in found["Items"]], _position, request)


def _position(domain: Reply) -> str:
    name, own_id = domain["domainName"], domain.get("domainNameId")
    return f"{name}+{own_id}" if own_id else name


@operation("UpdateDomainName", partial=_PARTIAL)
@checked
async def update_domain_name(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""
    patches = parse_patches(request)
    domain = await call.to(_OWNER, "FindDomain", {"DomainName": key_of(request)})
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
    await call.to(_OWNER, "DeleteDomainName", {"DomainName": key_of(request)})
    return {}
