"""Managed policies and their versions."""

import json

import pytest

DOCUMENT = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}


def error_of(caught):
    return caught.value.response["Error"]


@pytest.fixture
def iam(aws):
    return aws.client("iam")


@pytest.fixture
def arn(iam):
    made = iam.create_policy(PolicyName="queues", PolicyDocument=json.dumps(DOCUMENT), Description="all of SQS")
    return made["Policy"]["Arn"]


def test_a_policy_reads_back_with_its_document(aws, iam, arn):
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    assert arn == f"arn:aws:iam::{aws.account}:policy/queues"
    assert (policy["DefaultVersionId"], policy["AttachmentCount"], policy["Description"]) == ("v1", 0, "all of SQS")
    assert policy["PolicyId"].startswith("ANPA")
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == DOCUMENT
    assert version["IsDefaultVersion"]


def test_a_policy_name_is_unique(iam, arn):
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException) as caught:
        iam.create_policy(PolicyName="queues", PolicyDocument=json.dumps(DOCUMENT))
    assert error_of(caught)["Message"] == "A policy called queues already exists. Duplicate names are not allowed."


def test_versions_are_numbered_on_and_limited_to_five(iam, arn):
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(DOCUMENT))
    with pytest.raises(iam.exceptions.LimitExceededException) as caught:
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(DOCUMENT))
    assert error_of(caught)["Message"].startswith("A managed policy can have up to 5 versions.")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v5")
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(DOCUMENT), SetAsDefault=True)
    assert made["PolicyVersion"]["VersionId"] == "v6"
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v6"
    with pytest.raises(iam.exceptions.DeleteConflictException):
        iam.delete_policy_version(PolicyArn=arn, VersionId="v6")


def test_an_attached_policy_cannot_be_deleted(iam, arn):
    iam.create_user(UserName="ann")
    iam.attach_user_policy(UserName="ann", PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    entities = iam.list_entities_for_policy(PolicyArn=arn)
    assert [user["UserName"] for user in entities["PolicyUsers"]] == ["ann"]
    with pytest.raises(iam.exceptions.DeleteConflictException) as caught:
        iam.delete_policy(PolicyArn=arn)
    assert error_of(caught)["Message"] == "Cannot delete a policy attached to entities."
    iam.detach_user_policy(UserName="ann", PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
    with pytest.raises(iam.exceptions.NoSuchEntityException) as caught:
        iam.get_policy(PolicyArn=arn)
    assert error_of(caught)["Message"] == f"Policy {arn} was not found."


def test_only_the_accounts_policies_are_listed(iam, arn):
    assert [policy["Arn"] for policy in iam.list_policies(Scope="Local")["Policies"]] == [arn]
    assert iam.list_policies(Scope="Local", OnlyAttached=True)["Policies"] == []
