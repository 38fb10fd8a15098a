"""AWS::Lambda types of CloudFormation that have little to do with running code."""

import io
import json
import urllib.request
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

SOURCE = "def handler(event, context):\n    return event\n"
ROLE = "arn:aws:iam::123456789012:role/r"
FUNCTION: dict[str, Any] = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "FunctionName": "f",
        "Runtime": "python3.11",
        "Handler": "index.handler",
        "Role": ROLE,
        "Code": {"ZipFile": SOURCE},
    },
}


@pytest.fixture
def deploy(aws: Any) -> Callable[..., Any]:
    """Create or update the stack `s` with resources, and return its outputs."""
    stacks = aws.client("cloudformation")

    def deploy_stack(resources: dict[str, Any], outputs: dict[str, Any] | None = None, *, update: bool = False) -> Any:
        template = {
            "Resources": resources,
            "Outputs": {key: {"Value": value} for key, value in (outputs or {}).items()},
        }
        act = stacks.update_stack if update else stacks.create_stack
        act(StackName="s", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
        aws.idle()
        (stack,) = stacks.describe_stacks(StackName="s")["Stacks"]
        for _ in range(20):
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                break
            aws.advance(1)
            aws.idle()
            (stack,) = stacks.describe_stacks(StackName="s")["Stacks"]
        events = stacks.describe_stack_events(StackName="s")["StackEvents"]
        reasons = [event.get("ResourceStatusReason") for event in events if event.get("ResourceStatusReason")]
        assert stack["StackStatus"] == ("UPDATE_COMPLETE" if update else "CREATE_COMPLETE"), reasons
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}

    return deploy_stack


def changed(resource: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return resource | {"Properties": resource["Properties"] | properties}


def test_a_code_signing_config_comes_changes_and_goes(aws: Any, functions: Any, deploy: Callable[..., Any]) -> None:
    signing = {
        "Type": "AWS::Lambda::CodeSigningConfig",
        "Properties": {
            "AllowedPublishers": {
                "SigningProfileVersionArns": ["arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/1"]
            },
            "Tags": [{"Key": "a", "Value": "1"}],
        },
    }
    outputs = {"Arn": {"Ref": "Signing"}, "Id": {"Fn::GetAtt": ["Signing", "CodeSigningConfigId"]}}
    function = changed(FUNCTION, CodeSigningConfigArn={"Ref": "Signing"})
    made = deploy({"Signing": signing, "Function": function}, outputs)
    assert made["Arn"].endswith(f":code-signing-config:{made['Id']}")
    assert functions.get_function_code_signing_config(FunctionName="f")["CodeSigningConfigArn"] == made["Arn"]
    assert functions.list_tags(Resource=made["Arn"])["Tags"]["a"] == "1"
    described = changed(signing, Description="d")
    deploy({"Signing": described, "Function": FUNCTION}, outputs, update=True)
    assert (
        functions.get_code_signing_config(CodeSigningConfigArn=made["Arn"])["CodeSigningConfig"]["Description"] == "d"
    )
    assert "CodeSigningConfigArn" not in functions.get_function_code_signing_config(FunctionName="f")
    aws.client("cloudformation").delete_stack(StackName="s")
    aws.idle()
    assert functions.list_code_signing_configs()["CodeSigningConfigs"] == []


def test_a_capacity_provider_comes_changes_and_goes(aws: Any, functions: Any, deploy: Callable[..., Any]) -> None:
    provider = {
        "Type": "AWS::Lambda::CapacityProvider",
        "Properties": {
            "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
            "PermissionsConfig": {"CapacityProviderOperatorRoleArn": ROLE},
            "CapacityProviderScalingConfig": {"MaxVCpuCount": "10", "ScalingMode": "Auto"},
        },
    }
    outputs = {
        "Name": {"Ref": "Provider"},
        "Arn": {"Fn::GetAtt": ["Provider", "Arn"]},
        "State": {"Fn::GetAtt": ["Provider", "State"]},
    }
    made = deploy({"Provider": provider}, outputs)
    assert made["Arn"].endswith(f":capacity-provider:{made['Name']}")
    assert made["State"] == "Active"
    scaled = changed(provider, CapacityProviderScalingConfig={"MaxVCpuCount": 20})
    deploy({"Provider": scaled}, outputs, update=True)
    (shown,) = functions.list_capacity_providers()["CapacityProviders"]
    assert shown["CapacityProviderScalingConfig"] == {"MaxVCpuCount": 20}
    aws.client("cloudformation").delete_stack(StackName="s")
    aws.idle()
    assert functions.list_capacity_providers()["CapacityProviders"] == []


def test_versions_and_aliases_have_environments_ready(aws: Any, functions: Any, deploy: Callable[..., Any]) -> None:
    version = {
        "Type": "AWS::Lambda::Version",
        "Properties": {
            "FunctionName": {"Ref": "Function"},
            "Description": "first",
            "RuntimePolicy": {"UpdateRuntimeOn": "FunctionUpdate"},
        },
    }
    alias = {
        "Type": "AWS::Lambda::Alias",
        "Properties": {
            "FunctionName": {"Ref": "Function"},
            "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
            "Name": "live",
            "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": "1"},
        },
    }
    deploy({"Function": FUNCTION, "Version": version, "Alias": alias})
    shown = functions.get_provisioned_concurrency_config(FunctionName="f", Qualifier="live")
    assert shown["Status"] == "READY"
    policy = functions.get_runtime_management_config(FunctionName="f", Qualifier="1")
    assert policy["UpdateRuntimeOn"] == "FunctionUpdate"
    plain = {**alias, "Properties": {**alias["Properties"]}}  # type: ignore[dict-item]
    del plain["Properties"]["ProvisionedConcurrencyConfig"]
    deploy({"Function": FUNCTION, "Version": version, "Alias": plain}, update=True)
    configs = functions.list_provisioned_concurrency_configs(FunctionName="f")["ProvisionedConcurrencyConfigs"]
    assert configs == []


def test_a_resource_policy_is_a_whole_document(aws: Any, functions: Any, deploy: Callable[..., Any]) -> None:
    statement = {
        "Sid": "one",
        "Effect": "Allow",
        "Principal": {"AWS": "210987654321"},
        "Action": "lambda:InvokeFunction",
        "Resource": {"Fn::GetAtt": ["Function", "Arn"]},
    }
    policy = {
        "Type": "AWS::Lambda::ResourcePolicy",
        "Properties": {
            "ResourceArn": {"Fn::GetAtt": ["Function", "Arn"]},
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        },
    }
    deploy({"Function": FUNCTION, "Policy": policy})
    shown = json.loads(functions.get_policy(FunctionName="f")["Policy"])
    assert [each["Sid"] for each in shown["Statement"]] == ["one"]
    deploy({"Function": FUNCTION}, update=True)
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_policy(FunctionName="f")


def test_runtime_management_of_a_function_is_set_and_taken_back(
    aws: Any, functions: Any, deploy: Callable[..., Any]
) -> None:
    deploy({"Function": changed(FUNCTION, RuntimeManagementConfig={"UpdateRuntimeOn": "FunctionUpdate"})})
    assert functions.get_runtime_management_config(FunctionName="f")["UpdateRuntimeOn"] == "FunctionUpdate"
    deploy({"Function": FUNCTION}, update=True)
    assert functions.get_runtime_management_config(FunctionName="f")["UpdateRuntimeOn"] == "Auto"


@pytest.mark.parametrize(
    ("runtime", "source", "module"),
    [
        ("python3.11", "import cfnresponse\n\ndef handler(event, context):\n    pass\n", "cfnresponse.py"),
        ("nodejs20.x", "require('cfn-response')\n", "node_modules/cfn-response/index.js"),
    ],
)
def test_inline_code_can_import_the_module_for_custom_resources(
    aws: Any, functions: Any, deploy: Callable[..., Any], runtime: str, source: str, module: str
) -> None:
    deploy({"Function": changed(FUNCTION, Runtime=runtime, Code={"ZipFile": source})})
    location = functions.get_function(FunctionName="f")["Code"]["Location"]
    assert module in zipfile.ZipFile(io.BytesIO(urllib.request.urlopen(location).read())).namelist()


@pytest.mark.parametrize(
    ("runtime", "source"),
    [
        (
            "python3.11",
            "import cfnresponse\n\ndef handler(event, context):\n"
            "    cfnresponse.send(event, context, cfnresponse.SUCCESS, {'Word': 'yes'}, 'id')\n",
        ),
        (
            "nodejs20.x",
            "const r = require('cfn-response')\n"
            "exports.handler = (event, context) => r.send(event, context, r.SUCCESS, { Word: 'yes' }, 'id')\n",
        ),
    ],
)
def test_a_custom_resource_answers_through_the_module(deploy: Callable[..., Any], runtime: str, source: str) -> None:
    custom = {"Type": "Custom::Thing", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}}}
    function = changed(FUNCTION, Runtime=runtime, Code={"ZipFile": source})
    made = deploy({"Function": function, "Custom": custom}, {"Word": {"Fn::GetAtt": ["Custom", "Word"]}})
    assert made["Word"] == "yes"
