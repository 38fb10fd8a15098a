"""AWS::ApiGateway::DomainName and BasePathMapping."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.apigateway.resources.wire_form import SERVICE, Patches, gone_is_fine, replaced, tags_of, update

_TEXTS = ("CertificateArn", "OwnershipVerificationCertificateArn", "RegionalCertificateArn", "SecurityPolicy")


@resource("AWS::ApiGateway::DomainName")
class DomainName:
    """A custom domain name."""

    properties = frozenset(
        {*_TEXTS, "DomainName", "EndpointAccessMode", "EndpointConfiguration", "MutualTlsAuthentication", "RoutingMode"}
        | {"Tags"}
    )
    replaced_by = frozenset({"DomainName"})
    stored = frozenset({*_TEXTS, "EndpointAccessMode"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request: dict[str, Any] = {"domainName": properties["DomainName"]}
        for name in (*_TEXTS, "EndpointAccessMode", "RoutingMode"):
            if properties.get(name):
                request[name[:1].lower() + name[1:]] = properties[name]
        for name in ("EndpointConfiguration", "MutualTlsAuthentication"):
            if properties.get(name):
                given = {key[:1].lower() + key[1:]: value for key, value in properties[name].items()}
                request[name[:1].lower() + name[1:]] = given
        if tags_of(deployment, properties):
            request["tags"] = tags_of(deployment, properties)
        return _made(await deployment.call(SERVICE, "CreateDomainName", request))

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        patches = [patch for patch in replaced(old, new, (*_TEXTS, "RoutingMode")) if patch["value"]]
        patches += _mutual_tls(old.get("MutualTlsAuthentication") or {}, new.get("MutualTlsAuthentication") or {})
        await update(deployment, "UpdateDomainName", {"domainName": physical_id}, patches)
        return _made(await deployment.call(SERVICE, "GetDomainName", {"domainName": physical_id}))

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(deployment, "DeleteDomainName", {"domainName": physical_id})


def _mutual_tls(old: dict[str, Any], new: dict[str, Any]) -> Patches:
    if old and not new:
        return [{"op": "remove", "path": "/mutualTlsAuthentication"}]
    patches = replaced(old, new, ("TruststoreUri", "TruststoreVersion"))
    return [{**patch, "path": f"/mutualTlsAuthentication{patch['path']}"} for patch in patches]


def _made(domain: dict[str, Any]) -> Made:
    names = ("distributionDomainName", "distributionHostedZoneId", "regionalDomainName", "regionalHostedZoneId")
    attributes = {name[:1].upper() + name[1:]: domain.get(name, "") for name in (*names, "domainNameArn")}
    return Made(domain["domainName"], attributes)


@resource("AWS::ApiGateway::BasePathMapping")
class BasePathMapping:
    """The stage of an API below a custom domain name's path."""

    properties = frozenset({"BasePath", "DomainName", "RestApiId", "Stage"})
    replaced_by = frozenset({"BasePath", "DomainName"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = {"domainName": properties["DomainName"], "restApiId": properties["RestApiId"]}
        for name, member in (("BasePath", "basePath"), ("Stage", "stage")):
            if properties.get(name):
                request[member] = properties[name]
        made = await deployment.call(SERVICE, "CreateBasePathMapping", request)
        return Made(f"{properties['DomainName']}|{made['basePath']}", {})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        patches = replaced(old, new, ("RestApiId", "Stage"))
        request = {"domainName": new["DomainName"], "basePath": new.get("BasePath") or "(none)"}
        await update(deployment, "UpdateBasePathMapping", request, patches)
        return Made(physical_id, {})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"domainName": properties["DomainName"], "basePath": properties.get("BasePath") or "(none)"}
        await gone_is_fine(deployment, "DeleteBasePathMapping", request)
