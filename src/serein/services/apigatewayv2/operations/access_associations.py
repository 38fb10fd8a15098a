"""Access associations, for the operations of REST APIs: they are kept where domain names are, and go with them."""

import re

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.scope import Scope
from serein.services.apigatewayv2.domain_names import TOPIC, publish_domains
from serein.services.apigatewayv2.errors import (
    AccessDeniedException,
    BadRequestException,
    ConflictException,
    NotFoundException,
)
from serein.services.apigatewayv2.private_names import ASSOCIATE, may_associate, parse_private_arn
from serein.services.apigatewayv2.store import associations, domains

_ENDPOINT = re.compile(r"vpce-[a-zA-Z0-9-]+")


@operation("CreateAssociation", internal=True)
async def create_association(call: Call, request: Request) -> Reply:
    """Raises BadRequest-, Conflict-, AccessDeniedException for a domain name that isn't shared with the account."""
    owner, name = parse_private_arn(request["domainNameArn"])
    source = request["accessAssociationSource"]
    if not _ENDPOINT.fullmatch(source):
        raise BadRequestException("Invalid VPC endpoint ID specified for the access association source")
    if owner.region != call.scope.region:
        raise BadRequestException("The private custom domain name and the VPC endpoint must be in the same region")
    arn = (
        f"arn:{call.scope.partition}:apigateway:{call.scope.region}:{call.scope.account}:"
        f"/domainnameaccessassociations/domainname/{name}/vpcesource/{source}"
    )
    settings = {
        "domainNameAccessAssociationArn": arn,
        "domainNameArn": request["domainNameArn"],
        "accessAssociationSourceType": request["accessAssociationSourceType"],
        "accessAssociationSource": source,
        "tags": request.get("tags") or {},
    }

    def write(tx: Transaction) -> None:
        try:
            domain = domains.require_domain(tx, owner, name)
        except NotFoundException as error:
            raise BadRequestException("Invalid private custom domain name ARN specified") from error
        if owner.account != call.scope.account:
            _require_shared(call, owner, domain)
        if associations.find_association(tx, arn) is not None:
            raise ConflictException("The domain name access association already exists")
        associations.put_association(tx, call.scope, name, settings)
        tx.wake(TOPIC)

    await call.write(write)
    await publish_domains(call.platform)
    return settings


def _require_shared(call: Call, owner: Scope, domain: Reply) -> None:
    """The owner's management policy has to let other accounts in."""
    if not may_associate(domain, call.caller, owner.region, call.now):
        raise AccessDeniedException(
            f"User: {call.caller.arn} is not authorized to perform: {ASSOCIATE} on resource: {domain['DomainNameArn']}"
        )


@operation("ListAssociations", internal=True)
async def list_associations(call: Call, request: Request) -> Reply:
    """All of the account; with `OfOthers` those that other accounts have with its domain names."""
    find = associations.list_foreign_associations if request.get("OfOthers") else associations.list_associations
    return {"Items": await call.read(lambda tx: find(tx, call.scope))}


@operation("FindAssociation", internal=True)
async def find_association(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    found = await call.read(lambda tx: associations.require_association(tx, call.scope, request["Arn"]))
    return found.settings


@operation("TagAssociation", internal=True)
async def tag_association(call: Call, request: Request) -> Reply:
    """Have an association have these `Tags` and no others. Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        found = associations.require_association(tx, call.scope, request["Arn"])
        associations.put_association(tx, call.scope, found.domain_name, {**found.settings, "tags": request["Tags"]})

    await call.write(write)
    return {}


@operation("DeleteAssociation", internal=True)
async def delete_association(call: Call, request: Request) -> Reply:
    """Raises NotFoundException for one of another account, too."""

    def write(tx: Transaction) -> None:
        associations.require_association(tx, call.scope, request["Arn"])
        associations.delete_association(tx, request["Arn"])
        tx.wake(TOPIC)

    await call.write(write)
    await publish_domains(call.platform)
    return {}


@operation("RejectAssociation", internal=True)
async def reject_association(call: Call, request: Request) -> Reply:
    """Keep another account's endpoint out. AWS: the association stays with that account until it deletes it.

    Raises NotFound-, BadRequestException for an association of the account's own.
    """
    owner, name = parse_private_arn(request["DomainNameArn"])

    def write(tx: Transaction) -> None:
        if owner != call.scope:
            raise NotFoundException("Invalid domain name identifier specified")
        domains.require_domain(tx, call.scope, name)
        found = associations.find_association(tx, request["Arn"])
        if found is None or found.domain_name != name or found.is_rejected:
            raise NotFoundException("Invalid domain name access association identifier specified")
        if found.account == call.scope.account:
            raise BadRequestException(
                "A domain name access association of your own account can't be rejected. "
                "Use DeleteDomainNameAccessAssociation instead."
            )
        associations.reject_association(tx, request["Arn"])
        tx.wake(TOPIC)

    await call.write(write)
    await publish_domains(call.platform)
    return {}
