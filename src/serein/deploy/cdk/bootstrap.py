"""What `cdk bootstrap` would have made: the stack `CDKToolkit`, with the same logical ids and names.

Deploying it as a stack lets the CDK's own command line find it, use it, and replace it by its own.
"""

from typing import Any

from serein.deploy.cdk.environments import Environment
from serein.deploy.templates import Template

VERSION = 30
"""Of the resources. AWS: apps ask for at least 6 (8 for lookups); `cdk bootstrap` refuses to go back to a lower one."""
_STACK = "CDKToolkit"
_QUALIFIER = "hnb659fds"
_ROLES = {
    "FilePublishingRole": ("file-publishing", "ReadWrite of file assets"),
    "ImagePublishingRole": ("image-publishing", "ReadWrite of images"),
    "LookupRole": ("lookup", "Lookups of context"),
    "DeploymentActionRole": ("deploy", "Deployments"),
}
_ADMINISTRATOR = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess"}


def bootstrap_parameter(qualifier: str) -> str:
    """The SSM parameter that says which version there is."""
    return f"/cdk-bootstrap/{qualifier}/version"


def qualifier_of(parameter_name: str) -> str:
    """The qualifier that a bootstrap parameter's name holds; the usual one when it holds none."""
    parts = parameter_name.split("/")
    return parts[2] if len(parts) == 4 and parts[1] == "cdk-bootstrap" else _QUALIFIER


def stack_name(qualifier: str) -> str:
    return _STACK if qualifier == _QUALIFIER else f"{_STACK}-{qualifier}"


def is_bootstrapped(environment: Environment, qualifier: str, needed: int) -> bool:
    """Whether an environment has what apps of a qualifier need."""
    ssm = environment.client("ssm")
    try:
        version = ssm.get_parameter(Name=bootstrap_parameter(qualifier))["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return False
    return str(version).isdecimal() and int(version) >= needed


def bootstrap_template(qualifier: str) -> Template:
    """The stack's template."""
    bucket = "cdk-${Qualifier}-assets-${AWS::AccountId}-${AWS::Region}"
    resources: dict[str, Any] = {
        "StagingBucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketName": {"Fn::Sub": bucket},
                "VersioningConfiguration": {"Status": "Enabled"},
            },
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
        },
        "CdkBootstrapVersion": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {
                "Type": "String",
                "Name": {"Fn::Sub": bootstrap_parameter("${Qualifier}")},
                "Value": str(VERSION),
            },
        },
        "CloudFormationExecutionRole": _role("cfn-exec", {"Service": "cloudformation.amazonaws.com"}, "Stacks"),
    }
    account = {"AWS": {"Ref": "AWS::AccountId"}}
    for logical_id, (name, description) in _ROLES.items():
        resources[logical_id] = _role(name, account, description)
    return {
        "Description": "This stack includes resources needed to deploy AWS CDK apps into this environment",
        "Parameters": {"Qualifier": {"Type": "String", "Default": qualifier}},
        "Resources": resources,
        "Outputs": {
            "BucketName": {"Value": {"Ref": "StagingBucket"}},
            "BucketDomainName": {"Value": {"Fn::GetAtt": ["StagingBucket", "RegionalDomainName"]}},
            "BootstrapVersion": {"Value": str(VERSION)},
        },
    }


def _role(name: str, trusted: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": {"Fn::Sub": f"cdk-${{Qualifier}}-{name}-role-${{AWS::AccountId}}-${{AWS::Region}}"},
            "Description": description,
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": trusted}
                ],
            },
            "ManagedPolicyArns": [_ADMINISTRATOR],
        },
    }
