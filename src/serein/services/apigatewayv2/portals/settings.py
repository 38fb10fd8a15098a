"""A portal's own settings: what may be asked for, what is kept, and how it is shown."""

import re
from typing import Any
from urllib.parse import urlsplit

from serein.kernel.arn import arn_of, find_arn
from serein.kernel.ids import random_lower
from serein.kernel.scope import Scope
from serein.services.apigatewayv2.errors import BadRequestException, TooManyRequestsException

Settings = dict[str, Any]
MOST_TAGS = 50
# AWS: "Quotas for configuring portals in API Gateway", developerguide/api-gateway-portal-quotas.html
MOST_PORTALS, MOST_PRODUCTS_OF_A_PORTAL = 15, 200
_SETTABLE = ("Authorization", "IncludedPortalProductArns", "LogoUri", "PortalContent", "RumAppMonitorName")
_HIDDEN = ("LogoUri",)
# AWS: a colour is a text of up to 16 characters; what isn't one can't be shown, and is refused here.
_COLOR = re.compile(r"#[0-9A-Fa-f]{3,8}|[A-Za-z]+|rgba?\([0-9., %]+\)")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}")
_ZONE = "Z2FDTNDATAQYW2"
"""Route 53's hosted zone of CloudFront's domain names."""


def new_portal(request: Settings, scope: Scope, now: float) -> Settings:
    """The stored settings of a portal to be created. Raises BadRequestException."""
    _check(request)
    require_few_tags(request.get("Tags", {}))
    portal_id = random_lower(10)
    # AWS: PublishStatus isn't among the members that a summary always has: a new portal has none.
    return {
        "EndpointConfiguration": _endpoint(request["EndpointConfiguration"], portal_id, scope),
        "IncludedPortalProductArns": [],
        "LastModified": now,
        "PortalArn": arn_of("apigateway", scope, f"/portals/{portal_id}"),
        "PortalId": portal_id,
        "Tags": request.get("Tags", {}),
        **{name: request[name] for name in _SETTABLE if name in request},
    }


def changed_portal(settings: Settings, request: Settings, scope: Scope, now: float) -> Settings:
    """The settings after UpdatePortal's request. Raises BadRequestException."""
    _check(request)
    changed = {**settings, "LastModified": now, **{name: request[name] for name in _SETTABLE if name in request}}
    if "EndpointConfiguration" in request:
        changed["EndpointConfiguration"] = _endpoint(request["EndpointConfiguration"], settings["PortalId"], scope)
    return changed


def shown_portal(settings: Settings, endpoint: str) -> Settings:
    """A portal as AWS's replies show it; `endpoint` is the platform's own."""
    shown = {name: value for name, value in settings.items() if name not in _HIDDEN}
    if settings.get("Preview", {}).get("PreviewStatus") == "PREVIEW_READY":
        url = f"{endpoint}/_serein/portals/{settings['PortalId']}/preview"
        shown["Preview"] = {**settings["Preview"], "PreviewUrl": url}
    return shown


def require_few_tags(tags: dict[str, str]) -> None:
    if len(tags) > MOST_TAGS:
        raise BadRequestException(f"The number of tags must not exceed {MOST_TAGS}")


def require_room(count: int, most: int, what: str) -> None:
    """Raise TooManyRequestsException when an account, or a product, has as many as it may."""
    if count >= most:
        raise TooManyRequestsException(f"The maximum number of {what} ({most}) is reached", LimitType=what)


def require_one(given: Settings, what: str) -> None:
    """Raise BadRequestException unless exactly one member of a union is there."""
    if len(given) != 1:
        raise BadRequestException(f"Exactly one member of {what} must be specified")


def _check(request: Settings) -> None:
    if "Authorization" in request:
        _check_authorization(request["Authorization"])
    colors = request.get("PortalContent", {}).get("Theme", {}).get("CustomColors", {})
    for name, color in colors.items():
        if not _COLOR.fullmatch(color):
            raise BadRequestException(f"Invalid {name[0].lower()}{name[1:]} specified: {color}")
    if request.get("LogoUri") and not _is_place(request["LogoUri"]):
        raise BadRequestException("Invalid logoUri specified")
    arns = request.get("IncludedPortalProductArns", [])
    if len(arns) > MOST_PRODUCTS_OF_A_PORTAL:
        raise BadRequestException(f"A portal can include {MOST_PRODUCTS_OF_A_PORTAL} portal products")
    if len(set(arns)) < len(arns):
        raise BadRequestException("IncludedPortalProductArns must not contain duplicates")


def _is_place(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return parts.scheme in ("https", "http", "s3") and bool(parts.netloc)


def _check_authorization(given: Settings) -> None:
    require_one(given, "authorization")
    if "CognitoConfig" in given:
        arn = find_arn(given["CognitoConfig"]["UserPoolArn"])
        if arn is None or arn.service != "cognito-idp" or not arn.resource.startswith("userpool/"):
            raise BadRequestException("Invalid user pool ARN specified")


def _endpoint(given: Settings, portal_id: str, scope: Scope) -> Settings:
    require_one(given, "endpointConfiguration")
    shown = {
        "PortalDefaultDomainName": f"{portal_id}.portal.{scope.region}.on.aws",
        "PortalDomainHostedZoneId": _ZONE,
    }
    managed = given.get("AcmManaged")
    if managed is None:
        return shown
    arn = find_arn(managed["CertificateArn"])
    if arn is None or arn.service != "acm" or not arn.resource.startswith("certificate/"):
        raise BadRequestException("Invalid certificate ARN")
    if not _DOMAIN.fullmatch(managed["DomainName"]):
        raise BadRequestException("Invalid domain name specified")
    return {**shown, "CertificateArn": managed["CertificateArn"], "DomainName": managed["DomainName"]}
