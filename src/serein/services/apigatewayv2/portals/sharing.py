"""Who may read a portal product: its owner, and the accounts that its sharing policy lets in.

AWS: a portal can include products that other accounts share,
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals-share-resources.html.
"""

import re
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.database import Transaction
from serein.kernel.errors import AccessDenied
from serein.kernel.policies import Request, aws_principal, decide_resource, find_fault, stored_policy
from serein.kernel.scope import Scope
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.store import portals as store
from serein.services.apigatewayv2.store.portals import Product

_ACCOUNT = re.compile(r"\d{12}")
_RESOURCE = re.compile(r"/portalproducts/([a-z0-9]{10,30})")


def require_policy(text: str) -> None:
    """Raise BadRequestException for what isn't a policy."""
    fault = find_fault(text)
    if fault:
        raise BadRequestException(f"Invalid policy document: {fault}")


def is_shared(product: Product, scope: Scope, action: str = "GetPortalProduct") -> bool:
    """Whether an account may read a product of another one."""
    principal = aws_principal(f"arn:{scope.partition}:iam::{scope.account}:root")
    asked = Request(f"apigateway:{action}", product.settings["PortalProductArn"], principal)
    return decide_resource(asked, stored_policy(product.policy), product.account).is_allowed


def require_readable(tx: Transaction, scope: Scope, request: dict[str, Any], action: str) -> Product:
    """The product that a request reads, its own or that of `ResourceOwnerAccountId`.

    Raises NotFoundException, AccessDeniedException for one that isn't shared, BadRequestException for no account.
    """
    owner = request.get("ResourceOwnerAccountId", scope.account)
    if not _ACCOUNT.fullmatch(owner):
        raise BadRequestException("Invalid resourceOwnerAccountId specified")
    product = store.require_product(tx, Scope(owner, scope.region), request["PortalProductId"])
    if owner != scope.account and not is_shared(product, scope, action):
        raise AccessDenied(f"The portal product {request['PortalProductId']} isn't shared with {scope.account}")
    return product


def require_included(tx: Transaction, scope: Scope, arn: str) -> Product:
    """The product that a portal includes by its ARN. Raises BadRequestException, AccessDeniedException."""
    parsed = find_arn(arn)
    found = _RESOURCE.fullmatch(parsed.resource) if parsed is not None and parsed.service == "apigateway" else None
    if parsed is None or found is None:
        raise BadRequestException(f"Invalid portal product ARN specified: {arn}")
    if parsed.region != scope.region:
        raise BadRequestException(f"The portal product {arn} is in another region than the portal")
    product = store.find_product(tx, parsed.scope, found[1])
    if product is None:
        raise BadRequestException(f"The portal product {arn} does not exist")
    if parsed.account != scope.account and not is_shared(product, scope):
        raise AccessDenied(f"The portal product {arn} isn't shared with {scope.account}")
    return product
