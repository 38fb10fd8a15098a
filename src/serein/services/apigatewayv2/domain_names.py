"""Custom domain names: what may be asked for, what is kept, and how the front door learns of them."""

import ipaddress
import re
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Platform
from serein.kernel.ids import random_lower
from serein.kernel.scope import Scope
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.private_names import make_private
from serein.services.apigatewayv2.routing_rules import MODES
from serein.services.apigatewayv2.store import domains
from serein.services.apigatewayv2.store.domains import ApiMapping

TOPIC = "apigatewayv2:domains"
LONGEST_KEY = 300
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_KEY = re.compile(r"[A-Za-z0-9$_.+!*'()~&%@;:,=\-]+(/[A-Za-z0-9$_.+!*'()~&%@;:,=\-]+)*")
_RESERVED = ("amazonaws.com", "amazonaws.com.cn", "on.aws", "api.aws", "localhost.localstack.cloud")
# AWS: "Amazon API Gateway endpoints and quotas", Route 53 hosted zone IDs of regional endpoints.
_ZONES = {
    "us-east-1": "Z1UJRXOUMOOFQ8",
    "us-east-2": "ZOJJZC49E0EPZ",
    "us-west-1": "Z2MUQ32089INYE",
    "us-west-2": "Z2OJLYMUO9EFXC",
    "eu-central-1": "Z1U9ULNL0V5AJ3",
    "eu-west-1": "ZLY8HYME6SFDD",
    "eu-west-2": "ZJ5UAJN8Y3Z2Q",
}


def new_domain(request: dict[str, Any], scope: Scope, now: float, *, allows_edge: bool = False) -> dict[str, Any]:
    """The stored settings of a domain name to be created. Raises for what AWS or Serein refuses."""
    name = request["DomainName"].lower()
    _check_name(name)
    given = request.get("DomainNameConfigurations")
    if not given:
        raise BadRequestException("DomainNameConfigurations is a required parameter")
    settings = {
        "ApiMappingSelectionExpression": "$request.basepath",
        "DomainName": name,
        "DomainNameArn": f"arn:{scope.partition}:apigateway:{scope.region}::/domainnames/{name}",
        "DomainNameConfigurations": [
            _configuration(each, scope, now, random_lower(10), allows_edge=allows_edge) for each in given
        ],
        "RoutingMode": _routing_mode(request, "API_MAPPING_ONLY"),
        "Tags": request.get("Tags", {}),
    }
    if request.get("MutualTlsAuthentication"):
        settings["MutualTlsAuthentication"] = _mutual_tls(request["MutualTlsAuthentication"])
    if "Extra" in request:
        settings["Extra"] = request["Extra"]
    if given[0].get("EndpointType") == "PRIVATE":
        make_private(settings, scope, now)
    return settings


def changed_domain(
    settings: dict[str, Any], request: dict[str, Any], scope: Scope, now: float, *, allows_edge: bool = False
) -> dict[str, Any]:
    """The settings after UpdateDomainName's request."""
    changed = {**settings, "RoutingMode": _routing_mode(request, settings.get("RoutingMode", MODES[0]))}
    if request.get("DomainNameConfigurations"):
        prefix = settings["DomainNameConfigurations"][0]["ApiGatewayDomainName"].partition(".")[0].removeprefix("d-")
        changed["DomainNameConfigurations"] = [
            _configuration(each, scope, now, prefix, allows_edge=allows_edge)
            for each in request["DomainNameConfigurations"]
        ]
    if "MutualTlsAuthentication" in request:
        # AWS: an empty trust store turns mutual TLS off.
        if request["MutualTlsAuthentication"].get("TruststoreUri"):
            changed["MutualTlsAuthentication"] = _mutual_tls(request["MutualTlsAuthentication"])
        else:
            changed.pop("MutualTlsAuthentication", None)
    return changed


def _check_name(name: str) -> None:
    bare = name.removeprefix("*.")
    labels = bare.split(".")
    if len(name) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or _is_address(bare):
        raise BadRequestException("Invalid domain name specified")
    if bare in _RESERVED or bare.endswith(tuple(f".{reserved}" for reserved in _RESERVED)):
        raise BadRequestException(f"The domain name {name} belongs to AWS and can't be a custom one")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _routing_mode(request: dict[str, Any], default: str) -> str:
    mode: str = request.get("RoutingMode", default)
    if mode not in MODES:
        raise BadRequestException(f"Invalid routing mode {mode}")
    return mode


def _configuration(
    given: dict[str, Any], scope: Scope, now: float, prefix: str, *, allows_edge: bool
) -> dict[str, Any]:
    kind = given.get("EndpointType", "REGIONAL")
    if kind != "REGIONAL" and not allows_edge:
        raise BadRequestException(f"Invalid endpoint type {kind}: only REGIONAL is supported")
    certificate = given.get("CertificateArn", "")
    arn = find_arn(certificate)
    if kind == "REGIONAL" and not certificate and not allows_edge:
        raise BadRequestException("A certificate ARN is required for a regional domain name")
    if certificate and (arn is None or arn.service not in ("acm", "iam")):
        raise BadRequestException("Invalid certificate ARN")
    policy = given.get("SecurityPolicy", "TLS_1_2")
    if policy != "TLS_1_2" and not allows_edge:
        raise BadRequestException("Invalid SecurityPolicy: only TLS_1_2 is supported")
    return {
        "IpAddressType": "ipv4",
        **given,
        "ApiGatewayDomainName": f"d-{prefix}.execute-api.{scope.region}.amazonaws.com",
        "CertificateUploadDate": now,
        "DomainNameStatus": "AVAILABLE",
        "EndpointType": kind,
        "HostedZoneId": _ZONES.get(scope.region, "Z1UJRXOUMOOFQ8"),
        "SecurityPolicy": policy,
    }


def _mutual_tls(given: dict[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in ("TruststoreUri", "TruststoreVersion") if name in given}


def checked_mapping(mapping_id: str, request: dict[str, Any], old: ApiMapping | None = None) -> ApiMapping:
    """A mapping as it is to be kept. Raises BadRequestException."""
    key = request.get("ApiMappingKey", old.key if old else "")
    if key == "(none)":
        key = ""
    if key and (len(key) > LONGEST_KEY or not _KEY.fullmatch(key)):
        raise BadRequestException(
            "API mapping key should not start with a '/' or have consecutive '/'s, and can contain only letters, "
            "numbers and one of the following characters: $-_.+!*'()/"
        )
    return ApiMapping(
        mapping_id, key, request["ApiId"], request.get("Stage", old.stage if old and "Stage" not in request else "")
    )


def shown_mapping(mapping: ApiMapping) -> dict[str, Any]:
    """A mapping as AWS's replies show it."""
    return {
        "ApiId": mapping.api_id,
        "ApiMappingId": mapping.mapping_id,
        "ApiMappingKey": mapping.key,
        "Stage": mapping.stage,
    }


async def publish_domains(platform: Platform) -> None:
    """Have the front door know the domain names as they are stored."""
    platform.domains.replace(await platform.database.read(domains.all_domains))
