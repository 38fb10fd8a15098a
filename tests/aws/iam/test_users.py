"""Users, groups and access keys."""

import json

import pytest

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def error_of(caught):
    return caught.value.response["Error"]


@pytest.fixture
def iam(aws):
    return aws.client("iam")


def test_a_users_access_key_names_its_account_and_user(aws, iam):
    user = iam.create_user(UserName="ann", Path="/people/")["User"]
    assert user["Arn"] == f"arn:aws:iam::{aws.account}:user/people/ann"
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    assert key["AccessKeyId"].startswith("AKIA")
    assert len(key["AccessKeyId"]) == 20
    assert len(key["SecretAccessKey"]) == 40
    as_ann = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    identity = aws.client("sts", **as_ann).get_caller_identity()
    assert identity["Arn"] == user["Arn"]
    assert identity["Account"] == aws.account
    assert aws.client("iam", **as_ann).get_user()["User"]["UserName"] == "ann"


def test_a_user_has_at_most_two_keys_and_must_lose_them_before_it_goes(iam):
    iam.create_user(UserName="ann")
    first, second = [iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"] for _ in range(2)]
    with pytest.raises(iam.exceptions.LimitExceededException) as caught:
        iam.create_access_key(UserName="ann")
    assert error_of(caught)["Message"] == "Cannot exceed quota for AccessKeysPerUser: 2"
    iam.update_access_key(UserName="ann", AccessKeyId=first, Status="Inactive")
    keys = {it["AccessKeyId"]: it["Status"] for it in iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]}
    assert keys == {first: "Inactive", second: "Active"}
    with pytest.raises(iam.exceptions.DeleteConflictException) as caught:
        iam.delete_user(UserName="ann")
    assert error_of(caught)["Message"] == "Cannot delete entity, must delete access keys first."
    for key in (first, second):
        iam.delete_access_key(UserName="ann", AccessKeyId=key)
    iam.delete_user(UserName="ann")
    with pytest.raises(iam.exceptions.NoSuchEntityException) as caught:
        iam.get_user(UserName="ann")
    assert error_of(caught)["Message"] == "The user with name ann cannot be found."


def test_a_renamed_user_keeps_what_hangs_on_it(iam):
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(UserName="ann", GroupName="staff")
    iam.put_user_policy(UserName="ann", PolicyName="all", PolicyDocument=json.dumps(POLICY))
    iam.update_user(UserName="ann", NewUserName="anna", NewPath="/x/")
    assert iam.get_user(UserName="anna")["User"]["Path"] == "/x/"
    assert iam.list_user_policies(UserName="anna")["PolicyNames"] == ["all"]
    assert [it["GroupName"] for it in iam.list_groups_for_user(UserName="anna")["Groups"]] == ["staff"]
    assert [it["UserName"] for it in iam.get_group(GroupName="staff")["Users"]] == ["anna"]


def test_a_group_with_users_cannot_be_deleted(iam):
    iam.create_group(GroupName="staff")
    iam.create_user(UserName="ann")
    iam.add_user_to_group(UserName="ann", GroupName="staff")
    with pytest.raises(iam.exceptions.DeleteConflictException):
        iam.delete_group(GroupName="staff")
    iam.remove_user_from_group(UserName="ann", GroupName="staff")
    iam.delete_group(GroupName="staff")
