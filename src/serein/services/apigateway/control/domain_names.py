"""Custom domain names as REST APIs' operations have them, from and to those of `apigatewayv2`, which keeps them."""

from typing import Any

from serein.kernel.policies import find_fault
from serein.services.apigateway.control.patches import Patch
from serein.services.apigateway.errors import BadRequestException, not_found

Settings = dict[str, Any]
NO_PATH = "(none)"
_MODES = {
    "BASE_PATH_MAPPING_ONLY": "API_MAPPING_ONLY",
    "ROUTING_RULE_ONLY": "ROUTING_RULE_ONLY",
    "ROUTING_RULE_THEN_BASE_PATH_MAPPING": "ROUTING_RULE_THEN_API_MAPPING",
}
"""Routing modes by v2's names for them."""
_EDGE_ZONE = "Z2FDTNDATAQYW2"
_EXTRA = (
    "certificateName",
    "regionalCertificateName",
    "policy",
    "endpointAccessMode",
    "managementPolicy",
)


PRIVATE = "PRIVATE"


def key_of(request: Settings) -> str:
    """What v2 keeps a domain name under: a private one has its id behind it. Raises NotFoundException."""
    name: str = request["domainName"]
    if "+" in name:
        raise not_found("domain name")
    return f"{name}+{request['domainNameId']}" if request.get("domainNameId") else name


def _require_policy(text: str) -> str:
    if find_fault(text):
        raise BadRequestException(
            "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
        )
    return text


def _require_fitting(request: Settings, kind: str) -> None:
    """Raises BadRequestException for what only private domain names have, or don't."""
    if kind == PRIVATE:
        if request.get("regionalCertificateArn") or request.get("ownershipVerificationCertificateArn"):
            raise BadRequestException("A private custom domain name takes certificateArn only")
        if (request.get("endpointConfiguration") or {}).get("ipAddressType", "dualstack") != "dualstack":
            raise BadRequestException("Only dualstack ipAddressType is supported for the PRIVATE endpoint type")
        if request.get("policy"):
            _require_policy(request["policy"])
    elif request.get("policy"):
        raise BadRequestException("A policy is supported only for private custom domain names")


def v2_domain(request: Settings) -> Settings:
    """What v2's CreateDomain is asked. Raises BadRequestException."""
    asked = request.get("endpointConfiguration") or {}
    kind = (asked.get("types") or ["REGIONAL" if request.get("regionalCertificateArn") else "EDGE"])[0]
    _require_fitting(request, kind)
    certificate = request.get("regionalCertificateArn" if kind == "REGIONAL" else "certificateArn")
    has_body = bool(request.get("certificateBody") and request.get("certificatePrivateKey"))
    if not certificate and not has_body:
        name = "regionalCertificateArn" if kind == "REGIONAL" else "certificateArn"
        raise BadRequestException(f"Invalid certificate specified: {name} must be given")
    configuration: Settings = {"EndpointType": kind, "SecurityPolicy": request.get("securityPolicy") or "TLS_1_2"}
    if certificate:
        configuration["CertificateArn"] = certificate
    if asked.get("ipAddressType") or kind == PRIVATE:
        configuration["IpAddressType"] = asked.get("ipAddressType") or "dualstack"
    if request.get("ownershipVerificationCertificateArn"):
        configuration["OwnershipVerificationCertificateArn"] = request["ownershipVerificationCertificateArn"]
    domain: Settings = {
        "DomainName": request["domainName"],
        "DomainNameConfigurations": [configuration],
        "Extra": {name: request[name] for name in _EXTRA if request.get(name)},
        "Tags": dict(request.get("tags") or {}),
    }
    if request.get("routingMode"):
        domain["RoutingMode"] = v2_mode(request["routingMode"])
    if request.get("mutualTlsAuthentication"):
        domain["MutualTlsAuthentication"] = {
            name[:1].upper() + name[1:]: value for name, value in request["mutualTlsAuthentication"].items()
        }
    return domain


def v2_mode(mode: str) -> str:
    """Raises BadRequestException."""
    if mode not in _MODES:
        raise BadRequestException(f"Invalid routing mode {mode}")
    return _MODES[mode]


def v1_domain(domain: Settings) -> Settings:
    """A DomainName, of what v2 keeps."""
    configuration = domain["DomainNameConfigurations"][0]
    kind = configuration["EndpointType"]
    shown: Settings = {
        "domainName": domain["DomainName"].partition("+")[0],
        "domainNameArn": domain["DomainNameArn"],
        "endpointConfiguration": {
            "types": [kind],
            "ipAddressType": configuration["IpAddressType"],
        },
        "domainNameStatus": configuration["DomainNameStatus"],
        "securityPolicy": configuration["SecurityPolicy"],
        "routingMode": next(own for own, mode in _MODES.items() if mode == domain["RoutingMode"]),
        "tags": domain.get("Tags", {}),
        **domain.get("Extra", {}),
    }
    if "CertificateArn" in configuration:
        shown["regionalCertificateArn" if kind == "REGIONAL" else "certificateArn"] = configuration["CertificateArn"]
    if kind == PRIVATE:
        shown["domainNameId"] = domain["DomainNameId"]
        shown["certificateUploadDate"] = configuration["CertificateUploadDate"]
    elif kind == "EDGE":
        shown["certificateUploadDate"] = configuration["CertificateUploadDate"]
        shown["distributionDomainName"] = configuration["ApiGatewayDomainName"]
        shown["distributionHostedZoneId"] = _EDGE_ZONE
    else:
        shown["regionalDomainName"] = configuration["ApiGatewayDomainName"]
        shown["regionalHostedZoneId"] = configuration["HostedZoneId"]
    if "MutualTlsAuthentication" in domain:
        given = domain["MutualTlsAuthentication"]
        shown["mutualTlsAuthentication"] = {name[:1].lower() + name[1:]: value for name, value in given.items()}
    if configuration.get("OwnershipVerificationCertificateArn"):
        shown["ownershipVerificationCertificateArn"] = configuration["OwnershipVerificationCertificateArn"]
    return shown


_POLICIES = ("policy", "managementPolicy")
_CONFIGURED = {
    "certificateArn": "CertificateArn",
    "regionalCertificateArn": "CertificateArn",
    "securityPolicy": "SecurityPolicy",
    "ownershipVerificationCertificateArn": "OwnershipVerificationCertificateArn",
}


def patch_domain(domain: Settings, patch: Patch) -> None:
    """Change what v2 keeps of a domain name. Raises BadRequestException."""
    configuration = domain["DomainNameConfigurations"][0]
    member = patch.parts[0]
    if member in _CONFIGURED and len(patch.parts) == 1:
        patch.require_op("replace")
        configuration[_CONFIGURED[member]] = patch.text
    elif member in _POLICIES and len(patch.parts) == 1 and configuration["EndpointType"] == PRIVATE:
        patch.require_op("replace")
        domain.setdefault("Extra", {})[member] = _require_policy(patch.text)
    elif member in ("certificateName", "regionalCertificateName") and len(patch.parts) == 1:
        patch.require_op("replace")
        domain.setdefault("Extra", {})[member] = patch.text
    elif member == "endpointConfiguration":
        _patch_endpoint(configuration, patch)
    elif member == "routingMode" and len(patch.parts) == 1:
        patch.require_op("replace")
        domain["RoutingMode"] = v2_mode(patch.text)
    elif member == "mutualTlsAuthentication" and configuration["EndpointType"] != PRIVATE:
        _patch_mutual_tls(domain, patch)
    else:
        raise patch.refused()


def _patch_endpoint(configuration: Settings, patch: Patch) -> None:
    patch.require_op("replace", "add")
    if configuration["EndpointType"] == PRIVATE:
        raise patch.refused()
    if patch.parts[1:2] == ("types",) and patch.value in ("REGIONAL", "EDGE"):
        configuration["EndpointType"] = patch.value
    elif patch.parts[1:] == ("ipAddressType",) and patch.value in ("ipv4", "dualstack"):
        configuration["IpAddressType"] = patch.value
    else:
        raise patch.refused()


def _patch_mutual_tls(domain: Settings, patch: Patch) -> None:
    if len(patch.parts) == 1 and patch.op == "remove":
        domain["MutualTlsAuthentication"] = {}
        return
    if patch.parts[1:] not in (("truststoreUri",), ("truststoreVersion",)):
        raise patch.refused()
    patch.require_op("replace", "add")
    name = patch.parts[1][:1].upper() + patch.parts[1][1:]
    domain["MutualTlsAuthentication"] = {**domain.get("MutualTlsAuthentication", {}), name: patch.text}


def v1_mapping(mapping: Settings) -> Settings:
    """A BasePathMapping, of v2's API mapping."""
    shown = {"basePath": mapping.get("ApiMappingKey") or NO_PATH, "restApiId": mapping["ApiId"]}
    return {**shown, "stage": mapping["Stage"]} if mapping.get("Stage") else shown
