"""STS: identities, assumed roles, temporary credentials."""

import json

import pytest
from botocore.exceptions import ClientError

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}


def credentials_of(reply):
    credentials = reply["Credentials"]
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }


@pytest.fixture
def sts(aws):
    return aws.client("sts")


@pytest.fixture
def role(aws):
    made = aws.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST))
    return made["Role"]


def test_a_twelve_digit_access_key_is_its_account(aws, sts):
    identity = sts.get_caller_identity()
    assert identity["Account"] == aws.account
    assert identity["Arn"] == f"arn:aws:iam::{aws.account}:root"


def test_an_assumed_role_is_who_then_calls(aws, sts, role):
    reply = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="night")
    arn = f"arn:aws:sts::{aws.account}:assumed-role/worker/night"
    assert reply["AssumedRoleUser"] == {"AssumedRoleId": f"{role['RoleId']}:night", "Arn": arn}
    assert reply["Credentials"]["AccessKeyId"].startswith("ASIA")
    identity = aws.client("sts", **credentials_of(reply)).get_caller_identity()
    assert (identity["Arn"], identity["Account"]) == (arn, aws.account)
    assert identity["UserId"] == f"{role['RoleId']}:night"


def test_credentials_last_as_long_as_asked_and_no_longer_than_the_role_allows(aws, sts, role):
    reply = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="night", DurationSeconds=900)
    left = reply["Credentials"]["Expiration"].timestamp() - aws.clock.now()
    assert 899 <= left <= 900
    with pytest.raises(ClientError) as caught:
        sts.assume_role(RoleArn=role["Arn"], RoleSessionName="night", DurationSeconds=7200)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert (
        caught.value.response["Error"]["Message"]
        == "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    )


def test_a_role_that_does_not_exist_is_access_denied_as_on_aws(aws, sts):
    arn = f"arn:aws:iam::{aws.account}:role/nobody"
    with pytest.raises(ClientError) as caught:
        sts.assume_role(RoleArn=arn, RoleSessionName="night")
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert caught.value.response["Error"]["Message"] == (
        f"User: arn:aws:iam::{aws.account}:root is not authorized to perform: sts:AssumeRole on resource: {arn}"
    )


def test_a_session_token_keeps_the_callers_identity(aws, sts):
    reply = sts.get_session_token(DurationSeconds=900)
    identity = aws.client("sts", **credentials_of(reply)).get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (aws.account, f"arn:aws:iam::{aws.account}:root")


def test_the_account_can_be_told_from_any_key(aws, sts, role):
    reply = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="night")
    key = reply["Credentials"]["AccessKeyId"]
    assert sts.get_access_key_info(AccessKeyId=key)["Account"] == aws.account


def test_a_session_name_with_spaces_is_refused(sts, role):
    with pytest.raises(ClientError) as caught:
        sts.assume_role(RoleArn=role["Arn"], RoleSessionName="a b")
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert "roleSessionName" in caught.value.response["Error"]["Message"]


def test_expired_credentials_are_refused(aws, sts, role):
    reply = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="night", DurationSeconds=900)
    aws.advance(901)
    with pytest.raises(ClientError) as caught:
        aws.client("sts", **credentials_of(reply)).get_caller_identity()
    assert caught.value.response["Error"]["Code"] == "ExpiredToken"
