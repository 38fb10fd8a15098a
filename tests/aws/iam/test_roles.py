"""Roles: their life, their trust policy, inline policies, attachments and tags."""

import json

import pytest
from botocore.exceptions import ClientError

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def error_of(caught):
    return caught.value.response["Error"]


@pytest.fixture
def iam(aws):
    return aws.client("iam")


@pytest.fixture
def role(iam):
    return iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST), Path="/app/")["Role"]


def test_a_created_role_reads_back_with_its_trust_policy(aws, iam, role):
    read = iam.get_role(RoleName="worker")["Role"]
    assert read["Arn"] == f"arn:aws:iam::{aws.account}:role/app/worker"
    assert read["AssumeRolePolicyDocument"] == TRUST
    assert read["RoleId"].startswith("AROA")
    assert len(read["RoleId"]) == 21
    assert read["MaxSessionDuration"] == 3600
    assert read["RoleId"] == role["RoleId"]


def test_a_role_name_is_unique_regardless_of_case(iam, role):
    with pytest.raises(ClientError) as caught:
        iam.create_role(RoleName="Worker", AssumeRolePolicyDocument=json.dumps(TRUST))
    assert error_of(caught) | {"Type": ""} == {
        "Type": "",
        "Code": "EntityAlreadyExists",
        "Message": "Role with name Worker already exists.",
    }


def test_an_unknown_role_is_no_such_entity(iam):
    with pytest.raises(iam.exceptions.NoSuchEntityException) as caught:
        iam.get_role(RoleName="nobody")
    assert error_of(caught)["Message"] == "The role with name nobody cannot be found."
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{not json", "This policy contains invalid Json"),
        ('{"Version": "2012-10-17"}', "Missing required field Statement"),
        ('{"Version": "2013-10-17", "Statement": []}', "Syntax errors in policy."),
        (
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}',
            "Missing required field Principal",
        ),
        (
            '{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*", "Resource": "*"}]}',
            "Has prohibited field Resource",
        ),
    ],
)
def test_a_malformed_trust_policy_is_refused_like_aws(iam, document, message):
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException) as caught:
        iam.create_role(RoleName="bad", AssumeRolePolicyDocument=document)
    assert error_of(caught)["Message"] == message


def test_inline_policies_are_put_read_listed_and_deleted(iam, role):
    iam.put_role_policy(RoleName="worker", PolicyName="read", PolicyDocument=json.dumps(POLICY))
    assert iam.get_role_policy(RoleName="worker", PolicyName="read")["PolicyDocument"] == POLICY
    assert iam.list_role_policies(RoleName="worker")["PolicyNames"] == ["read"]
    iam.delete_role_policy(RoleName="worker", PolicyName="read")
    with pytest.raises(iam.exceptions.NoSuchEntityException) as caught:
        iam.get_role_policy(RoleName="worker", PolicyName="read")
    assert error_of(caught)["Message"] == "The role policy with name read cannot be found."


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ({"Effect": "Allow", "Resource": "*"}, "Policy statement must contain actions."),
        ({"Effect": "Allow", "Action": "s3:GetObject"}, "Policy statement must contain resources."),
        (
            {"Effect": "Allow", "Action": "GetObject", "Resource": "*"},
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "bucket"},
            'Resource bucket must be in ARN format or "*".',
        ),
    ],
)
def test_a_malformed_inline_policy_is_refused_like_aws(iam, role, statement, message):
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException) as caught:
        iam.put_role_policy(RoleName="worker", PolicyName="bad", PolicyDocument=document)
    assert error_of(caught)["Message"] == message


def test_a_policy_of_aws_can_be_attached_and_one_that_does_not_exist_cannot(aws, iam, role):
    iam.attach_role_policy(RoleName="worker", PolicyArn=BASIC)
    assert iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"] == [
        {"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": BASIC}
    ]
    missing = f"arn:aws:iam::{aws.account}:policy/nope"
    with pytest.raises(iam.exceptions.NoSuchEntityException) as caught:
        iam.attach_role_policy(RoleName="worker", PolicyArn=missing)
    assert error_of(caught)["Message"] == f"Policy {missing} does not exist or is not attachable."
    iam.detach_role_policy(RoleName="worker", PolicyArn=BASIC)
    with pytest.raises(iam.exceptions.NoSuchEntityException) as caught:
        iam.detach_role_policy(RoleName="worker", PolicyArn=BASIC)
    assert error_of(caught)["Message"] == f"Policy {BASIC} was not found."


def test_a_role_with_policies_cannot_be_deleted(iam, role):
    iam.attach_role_policy(RoleName="worker", PolicyArn=BASIC)
    iam.put_role_policy(RoleName="worker", PolicyName="read", PolicyDocument=json.dumps(POLICY))
    with pytest.raises(iam.exceptions.DeleteConflictException) as caught:
        iam.delete_role(RoleName="worker")
    assert error_of(caught)["Message"] == "Cannot delete entity, must detach all policies first."
    iam.detach_role_policy(RoleName="worker", PolicyArn=BASIC)
    with pytest.raises(iam.exceptions.DeleteConflictException) as caught:
        iam.delete_role(RoleName="worker")
    assert error_of(caught)["Message"] == "Cannot delete entity, must delete policies first."
    iam.delete_role_policy(RoleName="worker", PolicyName="read")
    iam.delete_role(RoleName="worker")
    assert iam.list_roles()["Roles"] == []


def test_roles_are_listed_in_pages_below_a_path(iam):
    for number in range(5):
        iam.create_role(
            RoleName=f"r{number}",
            AssumeRolePolicyDocument=json.dumps(TRUST),
            Path="/even/" if number % 2 == 0 else "/odd/",
        )
    pages = list(iam.get_paginator("list_roles").paginate(PathPrefix="/even/", PaginationConfig={"PageSize": 2}))
    assert [[role["RoleName"] for role in page["Roles"]] for page in pages] == [["r0", "r2"], ["r4"]]


def test_a_role_is_updated_and_tagged(iam, role):
    iam.update_role(RoleName="worker", Description="does work", MaxSessionDuration=7200)
    changed = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Principal": {"Service": "states.amazonaws.com"}}]}
    iam.update_assume_role_policy(RoleName="worker", PolicyDocument=json.dumps(changed))
    iam.tag_role(RoleName="worker", Tags=[{"Key": "team", "Value": "a"}, {"Key": "env", "Value": "dev"}])
    iam.untag_role(RoleName="worker", TagKeys=["env"])
    read = iam.get_role(RoleName="worker")["Role"]
    assert read["Description"] == "does work"
    assert read["MaxSessionDuration"] == 7200
    assert read["AssumeRolePolicyDocument"] == changed
    assert read["Tags"] == [{"Key": "team", "Value": "a"}]
    assert iam.list_role_tags(RoleName="worker")["Tags"] == [{"Key": "team", "Value": "a"}]


def test_an_instance_profile_carries_one_role(aws, iam, role):
    made = iam.create_instance_profile(InstanceProfileName="web")["InstanceProfile"]
    assert made["Arn"] == f"arn:aws:iam::{aws.account}:instance-profile/web"
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="worker")
    read = iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]
    assert [it["RoleName"] for it in read["Roles"]] == ["worker"]
    with pytest.raises(iam.exceptions.LimitExceededException):
        iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="worker")
    with pytest.raises(iam.exceptions.DeleteConflictException):
        iam.delete_role(RoleName="worker")
    iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="worker")
    iam.delete_instance_profile(InstanceProfileName="web")
