"""What types answer that are only recorded."""

import asyncio
import re
from dataclasses import dataclass, field

import pytest

from serein.kernel.scope import Scope
from serein.services.cloudformation import types
from serein.services.cloudformation.inert import InertType
from serein.services.cloudformation.inert_forms import FORMS
from serein.services.cloudformation.type_data import type_names


@dataclass
class Deployed:
    """What of a deployment an inert type looks at."""

    token: str = "ABCDEFGHIJKL"
    scope: Scope = field(default_factory=lambda: Scope("123456789012", "eu-west-1"))
    stack_id: str = "arn:aws:cloudformation:eu-west-1:123456789012:stack/app/1"

    def physical_name(self, maximum_length=64, **_):
        return f"app-Thing-{self.token}"


def inert(type_name):
    found = types.find_description(type_name)
    return InertType(type_name, found.identifier, found.attributes, found.properties, found.replaced_by)


def made(type_name, properties=None, deployment=None):
    return asyncio.run(inert(type_name).create(deployment or Deployed(), properties or {}))


@pytest.mark.parametrize("type_name", sorted(FORMS))
def test_forms_are_of_types_and_attributes_that_aws_has(type_name):
    form, found = FORMS[type_name], types.find_description(type_name)
    assert found is not None
    assert form.named.partition("/")[0] in {"", *found.properties}
    assert set(form.attributes) <= {*found.attributes, *found.properties}
    answers = made(type_name)
    assert set(found.attributes) <= set(answers.attributes)
    assert "{" not in str([answers.physical_id, *answers.attributes.values()]).replace("{}", "")


def test_every_type_of_aws_can_be_recorded():
    for name in type_names():
        answers = made(name)
        assert answers.physical_id
        assert set(types.find_description(name).attributes) <= set(answers.attributes)


@pytest.mark.parametrize(
    ("type_name", "properties", "pattern"),
    [
        ("AWS::Cognito::UserPool", {}, r"eu-west-1_[A-Za-z0-9]{9}"),
        ("AWS::Cognito::UserPoolClient", {"UserPoolId": "p"}, r"[a-z0-9]{26}"),
        ("AWS::KMS::Key", {}, r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}"),
        ("AWS::KMS::Alias", {"AliasName": "alias/a", "TargetKeyId": "k"}, "alias/a"),
        (
            "AWS::StepFunctions::StateMachine",
            {},
            r"arn:aws:states:eu-west-1:123456789012:stateMachine:app-Thing-[A-Z]+",
        ),
        (
            "AWS::StepFunctions::StateMachine",
            {"StateMachineName": "flow"},
            "arn:aws:states:eu-west-1:123456789012:stateMachine:flow",
        ),
        ("AWS::CloudFront::Distribution", {}, r"E[A-Z0-9]{13}"),
        ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}, r"vpc-[0-9a-f]{17}"),
        ("AWS::EC2::Subnet", {"VpcId": "vpc-1"}, r"subnet-[0-9a-f]{17}"),
        ("AWS::EC2::SecurityGroup", {"GroupDescription": "d"}, r"sg-[0-9a-f]{17}"),
        ("AWS::CertificateManager::Certificate", {}, r"arn:aws:acm:eu-west-1:123456789012:certificate/[0-9a-f-]{36}"),
        ("AWS::IAM::OIDCProvider", {"Url": "https://a.example"}, r"arn:aws:iam::123456789012:oidc-provider/a.example"),
        ("AWS::Glue::Database", {"DatabaseInput": {"Name": "data"}}, "data"),
        (
            "AWS::RefactorSpaces::Route",
            {"ServiceIdentifier": "s"},
            r"app-Thing-[A-Z]+\|app-Thing-[A-Z]+\|app-Thing-[A-Z]+",
        ),
    ],
)
def test_ref_has_the_form_that_aws_gives_it(type_name, properties, pattern):
    assert re.fullmatch(pattern, made(type_name, properties).physical_id)


@pytest.mark.parametrize(
    ("type_name", "properties", "attribute", "pattern"),
    [
        ("AWS::Cognito::UserPool", {}, "ProviderURL", r"https://cognito-idp\.eu-west-1\.amazonaws\.com/eu-west-1_\w{9}"),
        ("AWS::KMS::Key", {}, "Arn", r"arn:aws:kms:eu-west-1:123456789012:key/[0-9a-f-]{36}"),
        ("AWS::CloudFront::Distribution", {}, "DomainName", r"d[a-z0-9]{13}\.cloudfront\.net"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", {}, "DNSName", r"app-thing-[a-z]+-\d{9}\.eu-west-1\.elb\..*"),
        ("AWS::EC2::SecurityGroup", {"VpcId": "vpc-1"}, "VpcId", "vpc-1"),
        ("AWS::MediaConvert::Queue", {"Name": "q"}, "Arn", r"arn:aws:mediaconvert:eu-west-1:123456789012:queue/app-.*"),
    ],
)  # fmt: skip
def test_attributes_have_the_form_that_aws_gives_them(type_name, properties, attribute, pattern):
    assert re.fullmatch(pattern, made(type_name, properties).attributes[attribute])


def test_answers_stay_the_same_while_the_resource_lives_and_differ_between_resources():
    first = made("AWS::KMS::Key")
    updated = asyncio.run(inert("AWS::KMS::Key").update(Deployed(), first.physical_id, {}, {"Enabled": True}))
    assert updated.attributes["Arn"] == first.attributes["Arn"]
    assert updated.physical_id == first.physical_id
    assert made("AWS::KMS::Key", deployment=Deployed(token="OTHER")).physical_id != first.physical_id
