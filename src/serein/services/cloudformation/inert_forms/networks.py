"""Forms of EC2's networks and of load balancers."""

from collections.abc import Mapping

from serein.services.cloudformation.inert_forms.form import Form, arn, of_arn, of_id

EC2: Mapping[str, Form] = {
    "CustomerGateway": of_id("cgw-{hex17}", "CustomerGatewayId"),
    "DHCPOptions": of_id("dopt-{hex17}", "DhcpOptionsId"),
    "EgressOnlyInternetGateway": of_id("eigw-{hex17}", "Id"),
    "EIP": of_id("203.0.113.{octet}", "PublicIp", AllocationId="eipalloc-{hex17}"),
    "EIPAssociation": of_id("eipassoc-{hex17}", "Id"),
    "FlowLog": of_id("fl-{hex17}", "Id"),
    "Instance": of_id(
        "i-{hex17}",
        "InstanceId",
        AvailabilityZone="{region}a",
        PrivateIp="10.0.0.{octet}",
        PublicIp="203.0.113.{octet}",
        PrivateDnsName="ip-10-0-0-{octet}.ec2.internal",
        PublicDnsName="ec2-203-0-113-{octet}.compute-1.{suffix}",
        VpcId="vpc-{hex17}",
    ),
    "InternetGateway": of_id("igw-{hex17}", "InternetGatewayId"),
    "KeyPair": Form("{name}", "KeyName", {"KeyPairId": "key-{hex17}", "KeyFingerprint": "{hex32}"}),
    "LaunchTemplate": of_id("lt-{hex17}", "LaunchTemplateId", DefaultVersionNumber="1", LatestVersionNumber="1"),
    "NatGateway": of_id("nat-{hex17}", "NatGatewayId"),
    "NetworkAcl": of_id("acl-{hex17}", "Id"),
    "NetworkInterface": of_id("eni-{hex17}", "Id", PrimaryPrivateIpAddress="10.0.0.{octet}"),
    "PrefixList": of_id(
        "pl-{hex17}", "PrefixListId", Arn=arn("ec2", "prefix-list/{ref}"), OwnerId="{account}", Version="1"
    ),
    "Route": Form("{property:RouteTableId}|{property:DestinationCidrBlock}"),
    "RouteTable": of_id("rtb-{hex17}", "RouteTableId"),
    "SecurityGroup": of_id("sg-{hex17}", "Id", "GroupId", VpcId="{property:VpcId}"),
    "SecurityGroupEgress": of_id("sgr-{hex17}", "Id"),
    "SecurityGroupIngress": of_id("sgr-{hex17}", "Id"),
    "Subnet": of_id(
        "subnet-{hex17}",
        "SubnetId",
        AvailabilityZone="{region}a",
        CidrBlock="{property:CidrBlock}",
        NetworkAclAssociationId="aclassoc-{hex17}",
        VpcId="{property:VpcId}",
    ),
    "SubnetRouteTableAssociation": of_id("rtbassoc-{hex17}", "Id"),
    "TransitGateway": of_id("tgw-{hex17}", "Id"),
    "Volume": of_id("vol-{hex17}", "VolumeId"),
    "VPC": of_id(
        "vpc-{hex17}",
        "VpcId",
        CidrBlock="{property:CidrBlock}",
        DefaultNetworkAcl="acl-{hex17}",
        DefaultSecurityGroup="sg-{hex17}",
    ),
    "VPCEndpoint": of_id("vpce-{hex17}", "Id"),
    "VPCGatewayAttachment": Form("IGW|{property:VpcId}", "", {"AttachmentType": "IGW"}),
    "VPCPeeringConnection": of_id("pcx-{hex17}", "Id"),
}

LOAD_BALANCING: Mapping[str, Form] = {
    "Listener": of_arn("elasticloadbalancing", "listener/app/{low}/{hex16}/{hex17}", ListenerArn="{ref}"),
    "ListenerRule": of_arn("elasticloadbalancing", "listener-rule/app/{low}/{hex16}/{hex17}", RuleArn="{ref}"),
    "LoadBalancer": of_arn(
        "elasticloadbalancing",
        "loadbalancer/app/{name}/{hex16}",
        "Name",
        CanonicalHostedZoneID="Z35SXDOTRQ7X7K",
        DNSName="{low}-{digits9}.{region}.elb.{suffix}",
        LoadBalancerArn="{ref}",
        LoadBalancerFullName="app/{name}/{hex16}",
        LoadBalancerName="{name}",
    ),
    "TargetGroup": of_arn(
        "elasticloadbalancing",
        "targetgroup/{name}/{hex16}",
        "Name",
        TargetGroupArn="{ref}",
        TargetGroupFullName="targetgroup/{name}/{hex16}",
        TargetGroupName="{name}",
    ),
}
