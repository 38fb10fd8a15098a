"""Custom domain names: create, get, list, update and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2.domain_names import TOPIC, changed_domain, new_domain, publish_domains
from serein.services.apigatewayv2.errors import BadRequestException, NotFoundException
from serein.services.apigatewayv2.pages import page_of
from serein.services.apigatewayv2.private_names import SINCE, invoked_arn, is_private, may_associate, own_policy
from serein.services.apigatewayv2.routing_rules import RULES
from serein.services.apigatewayv2.store import domains
from serein.services.apigatewayv2.store.domains import KEPT
from serein.services.apigatewayv2.truststores import read_truststore

_STORED = ("DomainNameConfigurations",)
_PARTIAL = "certificates come from the local authority"


@operation("CreateDomainName", partial=_PARTIAL, stored=_STORED)
async def create_domain_name(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for a malformed name or one that is taken."""
    return await _create(call, request, allows_edge=False)


@operation("CreateDomain", internal=True)
async def create_domain(call: Call, request: Request) -> Reply:
    """The same for REST APIs, whose domain names may be edge-optimized. `Extra` is kept and given back."""
    return await _create(call, request, allows_edge=True)


async def _create(call: Call, request: Request, *, allows_edge: bool) -> Reply:
    settings = new_domain(request, call.scope, call.now, allows_edge=allows_edge)
    settings[KEPT] = await read_truststore(call, request.get("MutualTlsAuthentication") or {})

    def write(tx: Transaction) -> None:
        if domains.is_taken(tx, settings["DomainName"]):
            raise BadRequestException("The domain name you provided already exists.")
        domains.insert_domain(tx, call.scope, settings)
        tx.wake(TOPIC)

    await call.write(write)
    await publish_domains(call.platform)
    return _shown(settings, with_extra=allows_edge)


@operation("GetDomainName")
async def get_domain_name(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    name = _public(request)
    return _shown(await call.read(lambda tx: domains.require_domain(tx, call.scope, name)), with_extra=False)


@operation("FindDomain", internal=True)
async def find_domain(call: Call, request: Request) -> Reply:
    """GetDomainName with its `Extra`; a private name has its id behind it. Raises NotFoundException."""
    name = request["DomainName"].lower()
    return _shown(await call.read(lambda tx: domains.require_domain(tx, call.scope, name)), with_extra=True)


@operation("GetDomainNames")
async def get_domain_names(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for a malformed page size or token."""
    found = await call.read(lambda tx: domains.list_domains(tx, call.scope))
    public = [_shown(each, with_extra=False) for each in found if not is_private(each)]
    return page_of(public, "DomainName", request)


@operation("ListDomains", internal=True)
async def list_domains(call: Call, request: Request) -> Reply:
    """Every domain name of the account and region with its `Extra`, in the order of their names.

    With `OfOthers` the private ones that other accounts share with it.
    """
    if request.get("OfOthers"):
        others = await call.read(lambda tx: domains.list_foreign_domains(tx, call.scope))
        found = [each for each in others if may_associate(each, call.caller, call.scope.region, call.now)]
    else:
        found = await call.read(lambda tx: domains.list_domains(tx, call.scope))
    return {"Items": [_shown(each, with_extra=True) for each in found]}


@operation("UpdateDomainName", partial=_PARTIAL, stored=_STORED)
async def update_domain_name(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException."""
    return await _update(call, {**request, "DomainName": _public(request)}, allows_edge=False)


@operation("UpdateDomain", internal=True)
async def update_domain(call: Call, request: Request) -> Reply:
    """The same for REST APIs; `Extra` and `Tags` replace what was kept."""
    return await _update(call, request, allows_edge=True)


async def _update(call: Call, request: Request, *, allows_edge: bool) -> Reply:
    truststore = None
    if "MutualTlsAuthentication" in request:
        truststore = await read_truststore(call, request["MutualTlsAuthentication"])

    def write(tx: Transaction) -> Reply:
        old = domains.require_domain(tx, call.scope, request["DomainName"].lower())
        settings = changed_domain(old, request, call.scope, tx.now, allows_edge=allows_edge)
        if allows_edge:
            settings |= {name: request[name] for name in ("Extra", "Tags") if name in request}
        if is_private(settings):
            settings["Extra"]["policy"] = own_policy(settings["Extra"]["policy"], invoked_arn(settings))
        if truststore is not None:
            settings[KEPT] = truststore
        domains.update_domain(tx, settings)
        tx.wake(TOPIC)
        return settings

    settings = await call.write(write)
    await publish_domains(call.platform)
    return _shown(settings, with_extra=allows_edge)


@operation("DeleteDomainName")
async def delete_domain_name(call: Call, request: Request) -> Reply:
    """Delete a domain name with its mappings. Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        name = request["DomainName"].lower()
        domains.require_domain(tx, call.scope, name)
        domains.delete_domain(tx, name)
        tx.wake(TOPIC)

    await call.write(write)
    await publish_domains(call.platform)
    return {}


def _public(request: Request) -> str:
    """The name, which isn't a private one. Raises NotFoundException."""
    name: str = request["DomainName"].lower()
    if "+" in name:
        raise NotFoundException("The domain name resource specified in the request was not found.")
    return name


def _shown(settings: Reply, *, with_extra: bool) -> Reply:
    hidden = (KEPT, RULES, SINCE) if with_extra else (KEPT, RULES, "Extra")
    return {name: value for name, value in settings.items() if name not in hidden}
