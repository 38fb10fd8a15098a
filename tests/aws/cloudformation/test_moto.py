"""Services that Serein hasn't, answered by moto where a server is told so."""

import json

import pytest
from botocore.exceptions import ClientError

from serein.testing import Serein
from serein.testing.serving import ServerProcess

pytest.importorskip("moto")
ANSWERED_BY = "x-serein-answered-by"
NETWORK = """
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: 10.0.0.0/16, Tags: [{Key: Name, Value: own}]}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1a}}
  Other: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.2.0/24, AvailabilityZone: us-east-1b}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attachment:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}
  Routes: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Out:
    Type: AWS::EC2::Route
    DependsOn: Attachment
    Properties: {RouteTableId: !Ref Routes, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
  Association:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Routes}
  Address: {Type: AWS::EC2::EIP, Properties: {Domain: vpc}}
  Nat:
    Type: AWS::EC2::NatGateway
    Properties: {SubnetId: !Ref Subnet, AllocationId: !GetAtt Address.AllocationId}
  Door:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: web
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}]
  Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties: {VpcId: !Ref Vpc, ServiceName: !Sub "com.amazonaws.${AWS::Region}.s3", RouteTableIds: [!Ref Routes]}
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: {Subnets: [!Ref Subnet, !Ref Other], SecurityGroups: [!GetAtt Door.GroupId]}
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {VpcId: !Ref Vpc, Port: 80, Protocol: HTTP}
  Cluster: {Type: AWS::ECS::Cluster}
  Key: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {Version: "2012-10-17", Statement: []}}}
  Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/own, TargetKeyId: !Ref Key}}
  Zone: {Type: AWS::Route53::HostedZone, Properties: {Name: example.com}}
Outputs:
  KeyArn: {Value: !GetAtt Key.Arn}
  Group: {Value: !GetAtt Door.GroupId}
  Host: {Value: !GetAtt Balancer.DNSName}
  Made: {Value: !Ref Vpc}
"""


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    server = ServerProcess(tmp_path_factory.mktemp("data"), {"clock": "virtual", "moto": "on"})
    try:
        yield Serein(server.endpoint)
    finally:
        server.stop()


@pytest.fixture(scope="module")
def network(aws):
    """The outputs of a stack of all types that moto makes."""
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName="network", TemplateBody=NETWORK)
    aws.wait_until_idle()
    found = cloudformation.describe_stacks(StackName="network")["Stacks"][0]
    events = cloudformation.describe_stack_events(StackName="network")["StackEvents"]
    assert found["StackStatus"] == "CREATE_COMPLETE", [event.get("ResourceStatusReason") for event in events]
    return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}


def test_an_answer_names_moto_and_is_kept_by_account_and_region(aws):
    reply = aws.client("acm").request_certificate(DomainName="example.com")
    assert reply["ResponseMetadata"]["HTTPHeaders"][ANSWERED_BY] == "moto"
    assert reply["CertificateArn"].startswith(f"arn:aws:acm:{aws.region}:{aws.account}:certificate/")
    found = aws.client("acm").list_certificates()["CertificateSummaryList"]
    assert [it["CertificateArn"] for it in found] == [reply["CertificateArn"]]


def test_services_that_serein_has_answer_themselves(aws):
    reply = aws.client("sqs").create_queue(QueueName="own")
    assert ANSWERED_BY not in reply["ResponseMetadata"]["HTTPHeaders"]


def test_errors_of_moto_are_the_services(aws):
    with pytest.raises(ClientError) as caught:
        aws.client("ec2").describe_vpcs(VpcIds=["vpc-nothing"])
    assert caught.value.response["Error"]["Code"] == "InvalidVpcID.NotFound"


def test_resources_of_stacks_are_there_for_the_services_own_operations(aws, network):
    ec2 = aws.client("ec2")
    (vpc,) = ec2.describe_vpcs(VpcIds=[network["Made"]])["Vpcs"]
    tags = {tag["Key"]: tag["Value"] for tag in vpc["Tags"]}
    assert tags["Name"] == "own"
    assert tags["aws:cloudformation:stack-name"] == "network"
    (group,) = ec2.describe_security_groups(GroupIds=[network["Group"]])["SecurityGroups"]
    assert group["IpPermissions"][0]["FromPort"] == 443
    assert network["KeyArn"].startswith(f"arn:aws:kms:{aws.region}:{aws.account}:key/")
    assert network["Host"].endswith(".elb.amazonaws.com")


def test_a_deployment_says_what_moto_answers_for(aws, network):
    found = aws.client("cloudformation").describe_stack_resource(StackName="network", LogicalResourceId="Vpc")
    reason = found["StackResourceDetail"]["ResourceStatusReason"]
    assert reason.startswith("moto answers for it: it is in memory only, and gone when the server stops")


def test_a_stack_takes_its_resources_with_it(aws):
    cloudformation, ec2 = aws.client("cloudformation"), aws.client("ec2")
    text = "Resources: {Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.9.0.0/16}}}"
    cloudformation.create_stack(StackName="short", TemplateBody=text)
    aws.wait_until_idle()
    vpc = cloudformation.describe_stack_resource(StackName="short", LogicalResourceId="Vpc")["StackResourceDetail"]
    cloudformation.update_stack(StackName="short", TemplateBody=text.replace("10.9", "10.8"))
    aws.wait_until_idle()
    changed = cloudformation.describe_stack_resource(StackName="short", LogicalResourceId="Vpc")["StackResourceDetail"]
    assert changed["PhysicalResourceId"] != vpc["PhysicalResourceId"]
    ec2.delete_vpc(VpcId=changed["PhysicalResourceId"])
    cloudformation.delete_stack(StackName="short")
    aws.wait_until_idle()
    assert [it for it in ec2.describe_vpcs()["Vpcs"] if it["CidrBlock"] in ("10.8.0.0/16", "10.9.0.0/16")] == []
    with pytest.raises(ClientError, match="does not exist"):
        cloudformation.describe_stacks(StackName="short")


def test_without_the_setting_the_error_names_the_package(serein):
    with pytest.raises(ClientError) as caught:
        serein.client("ec2").describe_vpcs()
    assert caught.value.response["Error"]["Code"] == "NotImplemented"
    assert "pip install 'serein[moto]'" in caught.value.response["Error"]["Message"]


def run(aws, action, parameters):
    """How a state machine ends that calls an operation."""
    states = aws.client("stepfunctions")
    task = {"Type": "Task", "Resource": f"arn:aws:states:::aws-sdk:{action}", "Parameters": parameters, "End": True}
    machine = states.create_state_machine(
        name=action.replace(":", "-"),
        definition=json.dumps({"StartAt": "T", "States": {"T": task}}),
        roleArn=f"arn:aws:iam::{aws.account}:role/states",
    )
    arn = states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    aws.wait_until_idle()
    return states.describe_execution(executionArn=arn)


def test_state_machines_call_services_that_moto_answers_for(aws):
    made = json.loads(run(aws, "kms:createKey", {"Description": "of a machine"})["output"])["KeyMetadata"]
    assert made["CreationDate"].startswith("20")
    assert aws.client("kms").describe_key(KeyId=made["KeyId"])["KeyMetadata"]["Description"] == "of a machine"
    missing = run(aws, "kms:describeKey", {"KeyId": "nothing"})
    assert missing["error"] == "Kms.NotFoundException"
    networks = json.loads(
        run(aws, "ec2:describeVpcs", {"Filters": [{"Name": "isDefault", "Values": ["true"]}]})["output"]
    )
    assert networks["Vpcs"][0]["IsDefault"] is True
    topics = json.loads(run(aws, "iot:listThings", {})["output"])
    assert topics["Things"] == []
