"""Context that an app asks for: what is true of the account that it will be deployed to, asked of the server."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from serein.deploy.cdk.environments import Environment, Environments
from serein.deploy.errors import TemplateInvalid

Properties = dict[str, Any]
_ZONES = ("a", "b", "c")


def look_up(missing: dict[str, Any], environments: Environments) -> Any:
    """The value of a key that an assembly's manifest lists as missing. Raises TemplateInvalid."""
    provider, properties = str(missing["provider"]), dict(missing.get("props") or {})
    find = _PROVIDERS.get(provider)
    if find is None:
        return _default(properties, f"Serein looks up no {provider}")
    environment = environments.environment(str(properties.get("account", "")), str(properties.get("region", "")))
    try:
        found = find(environment, properties)
    except (ClientError, BotoCoreError) as error:
        return _default(properties, f"{provider} can't be looked up: {error}")
    return found if found is not None else _default(properties, f"{provider} finds nothing")


def _default(properties: Properties, why: str) -> Any:
    if properties.get("ignoreErrorOnMissingContext") and "dummyValue" in properties:
        return properties["dummyValue"]
    shown = {name: value for name, value in properties.items() if name not in ("account", "region", "lookupRoleArn")}
    raise TemplateInvalid(
        f"The app asks for context that is not there: {why} (asked with {shown}). Write the value into "
        "cdk.context.json, or name what it stands for in the app."
    )


def _find_zones(environment: Environment, _properties: Properties) -> list[str]:
    return [f"{environment.region}{zone}" for zone in _ZONES]


def _find_parameter(environment: Environment, properties: Properties) -> str | None:
    ssm = environment.client("ssm")
    try:
        return str(ssm.get_parameter(Name=properties["parameterName"])["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        return None


def _find_zone(environment: Environment, properties: Properties) -> dict[str, str] | None:
    name = str(properties["domainName"]).rstrip(".") + "."
    wants_private = bool(properties.get("privateZone"))
    found = environment.client("route53").list_hosted_zones_by_name(DNSName=name)["HostedZones"]
    for zone in found:
        if zone["Name"] == name and bool(zone.get("Config", {}).get("PrivateZone")) == wants_private:
            return {"Id": zone["Id"], "Name": zone["Name"]}
    return None


def _find_image(environment: Environment, properties: Properties) -> str | None:
    filters = [{"Name": name, "Values": values} for name, values in (properties.get("filters") or {}).items()]
    owners = {"Owners": properties["owners"]} if properties.get("owners") else {}
    found = environment.client("ec2").describe_images(Filters=filters, **owners)["Images"]
    newest = max(found, key=lambda image: str(image.get("CreationDate", "")), default=None)
    return str(newest["ImageId"]) if newest is not None else None


def _find_security_group(environment: Environment, properties: Properties) -> dict[str, Any] | None:
    ec2 = environment.client("ec2")
    if group_id := properties.get("securityGroupId"):
        found = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    else:
        wanted = (("group-name", properties.get("securityGroupName")), ("vpc-id", properties.get("vpcId")))
        filters = [{"Name": name, "Values": [value]} for name, value in wanted if value]
        found = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    if len(found) != 1:
        return None
    open_everywhere = any(
        rule.get("IpProtocol") == "-1" and any(each.get("CidrIp") == "0.0.0.0/0" for each in rule.get("IpRanges", ()))
        for rule in found[0].get("IpPermissionsEgress", ())
    )
    return {"securityGroupId": found[0]["GroupId"], "allowAllOutbound": open_everywhere}


def _find_vpc(environment: Environment, properties: Properties) -> dict[str, Any] | None:
    """A VPC with its subnets in groups, as version 2 of the CDK asks for them (`returnAsymmetricSubnets`)."""
    ec2 = environment.client("ec2")
    filters = [{"Name": name, "Values": [value]} for name, value in (properties.get("filter") or {}).items()]
    vpcs = ec2.describe_vpcs(Filters=filters)["Vpcs"]
    if len(vpcs) != 1:
        return None
    vpc_id = vpcs[0]["VpcId"]
    own = [{"Name": "vpc-id", "Values": [vpc_id]}]
    routes = ec2.describe_route_tables(Filters=own)["RouteTables"]
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for subnet in ec2.describe_subnets(Filters=own)["Subnets"]:
        tags = {tag["Key"]: tag["Value"] for tag in subnet.get("Tags", ())}
        table = _table_of(subnet["SubnetId"], routes)
        kind = tags.get("aws-cdk:subnet-type") or ("Public" if _is_public(table) else "Private")
        name = tags.get(str(properties.get("subnetGroupNameTag") or "aws-cdk:subnet-name")) or kind
        groups.setdefault((kind, name), []).append(
            {
                "subnetId": subnet["SubnetId"],
                "cidr": subnet["CidrBlock"],
                "availabilityZone": subnet["AvailabilityZone"],
                "routeTableId": str(table.get("RouteTableId", "")),
            }
        )
    return {
        "vpcId": vpc_id,
        "vpcCidrBlock": vpcs[0]["CidrBlock"],
        "ownerAccountId": vpcs[0].get("OwnerId", environment.account),
        "availabilityZones": [],
        "subnetGroups": [
            {"name": name, "type": kind, "subnets": sorted(subnets, key=lambda each: each["availabilityZone"])}
            for (kind, name), subnets in sorted(groups.items())
        ],
    }


def _table_of(subnet_id: str, tables: list[dict[str, Any]]) -> dict[str, Any]:
    """The route table of a subnet: its own, or the VPC's main one."""
    main: dict[str, Any] = {}
    for table in tables:
        for association in table.get("Associations", ()):
            if association.get("SubnetId") == subnet_id:
                return table
            if association.get("Main"):
                main = table
    return main


def _is_public(table: dict[str, Any]) -> bool:
    return any(str(route.get("GatewayId", "")).startswith("igw-") for route in table.get("Routes", ()))


_PROVIDERS: dict[str, Callable[[Environment, Properties], Any]] = {
    "ami": _find_image,
    "availability-zones": _find_zones,
    "hosted-zone": _find_zone,
    "security-group": _find_security_group,
    "ssm": _find_parameter,
    "vpc-provider": _find_vpc,
}
