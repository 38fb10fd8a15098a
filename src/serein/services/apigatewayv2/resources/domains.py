"""AWS::ApiGatewayV2::DomainName, RoutingRule, ApiMapping and VpcLink."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.apigatewayv2.resources.apis import gone_is_fine

_SERVICE = "apigatewayv2"


@resource("AWS::ApiGatewayV2::DomainName")
class DomainName:
    """A custom domain name."""

    properties = frozenset({"DomainName", "DomainNameConfigurations", "MutualTlsAuthentication", "RoutingMode", "Tags"})
    replaced_by = frozenset({"DomainName"})
    stored = frozenset({"DomainNameConfigurations"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = {**properties, "Tags": {**deployment.tags, **properties.get("Tags", {})}}
        return _made_domain(await deployment.call(_SERVICE, "CreateDomainName", request))

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {name: value for name, value in new.items() if name != "Tags"}
        if "MutualTlsAuthentication" in old:
            request.setdefault("MutualTlsAuthentication", {})
        made = await deployment.call(_SERVICE, "UpdateDomainName", request)
        arn, tags = made["DomainNameArn"], new.get("Tags", {})
        gone = sorted(set(old.get("Tags", {})) - set(tags))
        if gone:
            await deployment.call(_SERVICE, "UntagResource", {"ResourceArn": arn, "TagKeys": gone})
        if tags:
            await deployment.call(_SERVICE, "TagResource", {"ResourceArn": arn, "Tags": tags})
        return _made_domain(made)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(deployment, "DeleteDomainName", {"DomainName": physical_id})


def _made_domain(domain: dict[str, Any]) -> Made:
    regional = domain["DomainNameConfigurations"][0]
    attributes = {
        "DomainName": domain["DomainName"],
        "DomainNameArn": domain["DomainNameArn"],
        "RegionalDomainName": regional["ApiGatewayDomainName"],
        "RegionalHostedZoneId": regional["HostedZoneId"],
    }
    return Made(domain["DomainName"], attributes)


@resource("AWS::ApiGatewayV2::RoutingRule")
class RoutingRule:
    """A routing rule of a domain name. Its physical id, and what Ref answers, is its ARN."""

    properties = frozenset({"Actions", "Conditions", "DomainNameArn", "Priority"})
    replaced_by = frozenset({"DomainNameArn"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        return _made_rule(await deployment.call(_SERVICE, "CreateRoutingRule", _rule_request(properties)))

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {**_rule_request(new), "RoutingRuleId": physical_id.rpartition("/")[2]}
        return _made_rule(await deployment.call(_SERVICE, "PutRoutingRule", request))

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"DomainName": _domain_of(properties), "RoutingRuleId": physical_id.rpartition("/")[2]}
        await gone_is_fine(deployment, "DeleteRoutingRule", request)


def _domain_of(properties: Properties) -> str:
    name: str = properties["DomainNameArn"].rpartition("/domainnames/")[2]
    return name


def _rule_request(properties: Properties) -> dict[str, Any]:
    actions = []
    for action in properties["Actions"]:
        invoked = dict(action["InvokeApi"])
        if "StripBasePath" in invoked:
            invoked["StripBasePath"] = str(invoked["StripBasePath"]).lower() == "true"
        actions.append({"InvokeApi": invoked})
    return {
        "DomainName": _domain_of(properties),
        "Actions": actions,
        "Conditions": properties["Conditions"],
        "Priority": int(properties["Priority"]),
    }


def _made_rule(rule: dict[str, Any]) -> Made:
    return Made(rule["RoutingRuleArn"], {name: rule[name] for name in ("RoutingRuleArn", "RoutingRuleId")})


@resource("AWS::ApiGatewayV2::ApiMapping")
class ApiMapping:
    """A path below a domain name, and the stage of an API that it leads to."""

    properties = frozenset({"ApiId", "ApiMappingKey", "DomainName", "Stage"})
    replaced_by = frozenset({"DomainName"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        made = await deployment.call(_SERVICE, "CreateApiMapping", dict(properties))
        return Made(made["ApiMappingId"], {"ApiMappingId": made["ApiMappingId"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {"ApiMappingKey": "", **new, "ApiMappingId": physical_id}
        await deployment.call(_SERVICE, "UpdateApiMapping", request)
        return Made(physical_id, {"ApiMappingId": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"DomainName": properties["DomainName"], "ApiMappingId": physical_id}
        await gone_is_fine(deployment, "DeleteApiMapping", request)


@resource("AWS::ApiGatewayV2::VpcLink")
class VpcLink:
    """A VPC link; its tag `serein:address` says where it leads."""

    properties = frozenset({"Name", "SecurityGroupIds", "SubnetIds", "Tags"})
    replaced_by = frozenset({"SecurityGroupIds", "SubnetIds"})
    stored = frozenset({"SecurityGroupIds", "SubnetIds"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = {**properties, "Tags": {**deployment.tags, **properties.get("Tags", {})}}
        made = await deployment.call(_SERVICE, "CreateVpcLink", request)
        return Made(made["VpcLinkId"], {"VpcLinkId": made["VpcLinkId"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        await deployment.call(_SERVICE, "UpdateVpcLink", {"VpcLinkId": physical_id, "Name": new["Name"]})
        arn = f"arn:{deployment.scope.partition}:apigateway:{deployment.scope.region}::/vpclinks/{physical_id}"
        gone = sorted(set(old.get("Tags", {})) - set(new.get("Tags", {})))
        if gone:
            await deployment.call(_SERVICE, "UntagResource", {"ResourceArn": arn, "TagKeys": gone})
        if new.get("Tags"):
            await deployment.call(_SERVICE, "TagResource", {"ResourceArn": arn, "Tags": new["Tags"]})
        return Made(physical_id, {"VpcLinkId": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(deployment, "DeleteVpcLink", {"VpcLinkId": physical_id})
