"""AWS::ApiGateway::DomainNameV2, BasePathMappingV2 and DomainNameAccessAssociation: private domain names."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.apigateway.resources.wire_form import (
    SERVICE,
    document_text,
    gone_is_fine,
    replaced,
    retag,
    tags_of,
    update,
    wire_name,
)

_TEXTS = ("CertificateArn", "DomainName", "EndpointAccessMode", "RoutingMode", "SecurityPolicy")
_NO_PATH = "(none)"


def _named(arn: str) -> dict[str, Any]:
    """What operations call a private domain name by; an ARN may also be that of a public one."""
    name, _, own_id = arn.partition(":/domainnames/")[2].partition("+")
    return {"domainName": name, "domainNameId": own_id} if own_id else {"domainName": name}


@resource("AWS::ApiGateway::DomainNameV2")
class DomainNameV2:
    """A private domain name."""

    properties = frozenset({*_TEXTS, "EndpointConfiguration", "Policy", "Tags"})
    replaced_by = frozenset({"DomainName", "EndpointConfiguration", "SecurityPolicy"})
    stored = frozenset({"CertificateArn", "EndpointAccessMode", "SecurityPolicy"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request: dict[str, Any] = {wire_name(name): properties[name] for name in _TEXTS if properties.get(name)}
        endpoint = properties.get("EndpointConfiguration") or {"Types": ["PRIVATE"]}
        request["endpointConfiguration"] = {wire_name(name): value for name, value in endpoint.items()}
        if properties.get("Policy"):
            request["policy"] = document_text(properties["Policy"])
        if tags_of(deployment, properties):
            request["tags"] = tags_of(deployment, properties)
        made = await deployment.call(SERVICE, "CreateDomainName", request)
        return _made(made["domainNameArn"])

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        patches = replaced(old, new, ("CertificateArn", "Policy", "RoutingMode"))
        patches = [patch for patch in patches if patch["value"]]
        await update(deployment, "UpdateDomainName", _named(physical_id), patches)
        await retag(deployment, physical_id, old, new)
        return _made(physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(deployment, "DeleteDomainName", _named(physical_id))


def _made(arn: str) -> Made:
    return Made(arn, {"DomainNameArn": arn, "DomainNameId": arn.rpartition("+")[2]})


@resource("AWS::ApiGateway::BasePathMappingV2")
class BasePathMappingV2:
    """The stage of an API below a private domain name's path."""

    properties = frozenset({"BasePath", "DomainNameArn", "RestApiId", "Stage"})
    replaced_by = frozenset({"BasePath", "DomainNameArn"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = {**_named(properties["DomainNameArn"]), "restApiId": properties.get("RestApiId") or ""}
        for name in ("BasePath", "Stage"):
            if properties.get(name):
                request[wire_name(name)] = properties[name]
        made = await deployment.call(SERVICE, "CreateBasePathMapping", request)
        arn = f"{properties['DomainNameArn']}/basepathmappings/{made['basePath']}"
        return Made(arn, {"BasePathMappingArn": arn})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        patches = replaced(old, new, ("RestApiId", "Stage"))
        await update(deployment, "UpdateBasePathMapping", _mapping(new), patches)
        return Made(physical_id, {"BasePathMappingArn": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(deployment, "DeleteBasePathMapping", _mapping(properties))


def _mapping(properties: Properties) -> dict[str, Any]:
    return {**_named(properties["DomainNameArn"]), "basePath": properties.get("BasePath") or _NO_PATH}


@resource("AWS::ApiGateway::DomainNameAccessAssociation")
class DomainNameAccessAssociation:
    """A VPC endpoint that may reach a private domain name."""

    properties = frozenset({"AccessAssociationSource", "AccessAssociationSourceType", "DomainNameArn", "Tags"})
    replaced_by = properties
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = {wire_name(name): value for name, value in properties.items() if name != "Tags"}
        if tags_of(deployment, properties):
            request["tags"] = tags_of(deployment, properties)
        made = await deployment.call(SERVICE, "CreateDomainNameAccessAssociation", request)
        arn = made["domainNameAccessAssociationArn"]
        return Made(arn, {"DomainNameAccessAssociationArn": arn})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        await retag(deployment, physical_id, old, new)
        return Made(physical_id, {"DomainNameAccessAssociationArn": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"domainNameAccessAssociationArn": physical_id}
        await gone_is_fine(deployment, "DeleteDomainNameAccessAssociation", request)
