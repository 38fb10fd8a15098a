"""serverless-domain-manager: custom domain names, and the mappings from their paths to the service's APIs.

A domain name that other stacks have made stays theirs: services share it, each with a base path of its own.
https://github.com/amplify-education/serverless-domain-manager
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import Made, alphanumeric, resource
from serein.deploy.serverless.service import Service

PLUGIN = "serverless-domain-manager"
_READ = frozenset(
    {"apiType", "basePath", "certificateArn", "domainName", "enabled", "endpointType", "securityPolicy", "stage"}
    | {"tlsTruststoreUri", "tlsTruststoreVersion"}
)
_NO_DNS = "there is no Route 53 here: have the name resolve to this machine yourself"
_OWN = "domain names are made with the stack"
_WITHOUT_EFFECT = {
    "certificateName": "Serein makes the certificate",
    "createRoute53Record": _NO_DNS,
    "createRoute53IPv6Record": _NO_DNS,
    "route53Profile": _NO_DNS,
    "route53Region": _NO_DNS,
    "route53Params": _NO_DNS,
    "hostedZoneId": _NO_DNS,
    "hostedZonePrivate": _NO_DNS,
    "splitHorizonDns": _NO_DNS,
    "allowPathMatching": _OWN,
    "autoDomain": _OWN,
    "autoDomainWaitFor": _OWN,
    "preserveExternalPathMappings": _OWN,
}
_APIS = {"rest": ("ApiGatewayRestApi", ""), "http": ("HttpApi", "Http"), "websocket": ("WebsocketsApi", "Websocket")}
_OFF = (False, "false", "0", 0)
_NAMESPACE = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
"""The one for names of DNS (RFC 4122)."""


def domain_notices(service: Service) -> Iterator[str]:
    """What of the settings has no effect. Raises TemplateInvalid."""
    if PLUGIN not in service.plugins:
        return
    told: set[str] = set()
    for settings in _domains(service):
        for key in sorted(set(settings) - _READ - told):
            told.add(key)
            if settings[key] not in (None, "", False):
                why = _WITHOUT_EFFECT.get(key)
                yield f"custom.customDomain.{key} {f'has no effect: {why}' if why else 'has no effect here'}."


def domain_resources(
    service: Service, stage: str, resources: Mapping[str, Any], is_of_others: Callable[[str], bool]
) -> Made:
    """The names and mappings; `is_of_others` says whether another stack has made a name. Raises TemplateInvalid."""
    made = Made()
    for settings in _domains(service):
        name, kind = str(settings.get("domainName") or "").lower(), str(settings.get("apiType") or "rest").lower()
        if not name or kind not in _APIS:
            raise TemplateInvalid("custom.customDomain needs a domainName, and an apiType of rest, http or websocket.")
        api, suffix = _APIS[kind]
        endpoint = str(settings.get("endpointType") or "EDGE").upper()
        if endpoint == "EDGE" and kind != "rest":
            raise TemplateInvalid(
                f"custom.customDomain: the domain {name} of the {kind} API has to be REGIONAL, not EDGE."
            )
        if endpoint not in ("EDGE", "REGIONAL"):
            raise TemplateInvalid(f"custom.customDomain: the endpoint of {name} is {endpoint}, which is not supported.")
        domain_id = f"CustomDomain{alphanumeric(name)}"
        is_shared = is_of_others(name)
        if not is_shared:
            made.resources.setdefault(domain_id, _domain(name, endpoint, settings))
        prefix = f"{domain_id}{suffix or 'Rest'}"
        found = _api_id(service, kind, api, resources)
        waits = [*_deployments(kind, resources), *([] if is_shared else [domain_id])]
        mapping = {
            "DomainName": name,
            "ApiId": found,
            "ApiMappingKey": _base_path(settings),
            "Stage": str(settings.get("stage") or stage) if kind != "http" else "$default",
        }
        made.resources[f"{prefix}Mapping"] = resource("AWS::ApiGatewayV2::ApiMapping", mapping, DependsOn=waits or None)
        made.outputs[f"DomainName{suffix}"] = {"Value": name}
        if not is_shared:
            kind_of = "Distribution" if endpoint == "EDGE" else "Regional"
            for output, attribute in (("DistributionDomainName", "DomainName"), ("HostedZoneId", "HostedZoneId")):
                made.outputs[f"{output}{suffix}"] = {"Value": {"Fn::GetAtt": [domain_id, f"{kind_of}{attribute}"]}}
    return made


def _domains(service: Service) -> list[dict[str, Any]]:
    """The settings of each domain that is wanted: one, several, or one for each kind of API."""
    if PLUGIN not in service.plugins:
        return []
    one, several = service.custom.get("customDomain"), service.custom.get("customDomains")
    given = [*([one] if one else []), *(several or ())]
    found: list[dict[str, Any]] = []
    for each in given:
        if not isinstance(each, dict):
            raise TemplateInvalid("custom.customDomain has to be an object.")
        kinds = [kind for kind in _APIS if isinstance(each.get(kind), dict)]
        found += [{**each[kind], "apiType": kind} for kind in kinds] if kinds else [each]
    return [each for each in found if each.get("enabled", True) not in _OFF]


def _domain(name: str, endpoint: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    arn = settings.get("certificateArn") or {
        "Fn::Sub": "arn:${AWS::Partition}:acm:${AWS::Region}:${AWS::AccountId}:certificate/"
        + str(uuid.uuid5(_NAMESPACE, name))
    }
    policy = {"tls_1_0": "TLS_1_0", "tls_1_2": "TLS_1_2"}
    trust = {
        "TruststoreUri": settings.get("tlsTruststoreUri"),
        "TruststoreVersion": settings.get("tlsTruststoreVersion"),
    }
    trust = {key: value for key, value in trust.items() if value}
    wanted = str(settings.get("securityPolicy") or "TLS_1_2")
    properties = {
        "DomainName": name,
        "EndpointConfiguration": {"Types": [endpoint]},
        "CertificateArn" if endpoint == "EDGE" else "RegionalCertificateArn": arn,
        "SecurityPolicy": policy.get(wanted.lower(), wanted),
        "MutualTlsAuthentication": trust or None,
    }
    return resource("AWS::ApiGateway::DomainName", properties)


def _base_path(settings: Mapping[str, Any]) -> str | None:
    path = str(settings.get("basePath") or "").strip("/")
    return None if path in ("", "(none)") else path


def _api_id(service: Service, kind: str, logical_id: str, resources: Mapping[str, Any]) -> Any:
    settings = service.provider.get("apiGateway") or {}
    external = {
        "rest": settings.get("restApiId"),
        "websocket": settings.get("websocketApiId"),
        "http": (service.provider.get("httpApi") or {}).get("id"),
    }[kind]
    if external:
        return external
    if logical_id not in resources:
        raise TemplateInvalid(f"custom.customDomain is for a {kind} API, which the service hasn't.")
    return {"Ref": logical_id}


def _deployments(kind: str, resources: Mapping[str, Any]) -> list[str]:
    """What makes the API's stage."""
    types = {
        "rest": ("AWS::ApiGateway::Deployment",),
        "http": ("AWS::ApiGatewayV2::Stage",),
        "websocket": ("AWS::ApiGatewayV2::Stage",),
    }[kind]
    wanted = {"http": "HttpApiStage", "websocket": "WebsocketsDeploymentStage"}.get(kind)
    return [name for name, made in resources.items() if made["Type"] in types and wanted in (None, name)]
