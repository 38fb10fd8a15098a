"""Parameters whose values are AWS's own parameters for machine images."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

NAME = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


def _create(aws: Any, kind: str, default: str) -> Any:
    template = {
        "Parameters": {"Image": {"Type": f"AWS::SSM::Parameter::Value<{kind}>", "Default": default}},
        "Resources": {"Machine": {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": {"Ref": "Image"}}}},
    }
    stacks = aws.client("cloudformation")
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(template))
    aws.idle()
    return stacks.describe_stacks(StackName="s")["Stacks"][0]


def test_an_image_of_aws_has_an_id_although_there_are_no_machines(aws: Any) -> None:
    stack = _create(aws, "AWS::EC2::Image::Id", NAME)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    [parameter] = stack["Parameters"]
    assert parameter["ParameterValue"] == NAME
    assert parameter["ResolvedValue"].startswith("ami-")
    assert len(parameter["ResolvedValue"]) == len("ami-0123456789abcdef0")


@pytest.mark.parametrize(("kind", "name"), [("String", NAME), ("AWS::EC2::Image::Id", "/own/image")])
def test_other_parameters_have_to_be_there(aws: Any, kind: str, name: str) -> None:
    with pytest.raises(ClientError, match="Unable to fetch parameters"):
        _create(aws, kind, name)
