"""Secrets Manager through boto3."""

import io
import json
import re
import zipfile
from datetime import UTC
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from tests.conftest import Aws

TOKEN = "0" * 31


@pytest.fixture
def secrets(aws: Aws) -> Any:
    return aws.client("secretsmanager")


def refusal(function: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        function(**request)
    error = refused.value.response["Error"]
    return error["Code"], error.get("Message", "")


def stages(secrets: Any, name: str = "db") -> dict[str, list[str]]:
    found: dict[str, list[str]] = secrets.describe_secret(SecretId=name)["VersionIdsToStages"]
    return {version: sorted(labels) for version, labels in found.items()}


def test_a_secret_has_an_arn_with_a_random_end_and_is_found_by_it(aws: Aws, secrets: Any) -> None:
    made = secrets.create_secret(Name="app/db", SecretString="one", Description="for tests")
    arn = made["ARN"]
    assert re.fullmatch(rf"arn:aws:secretsmanager:{aws.region}:{aws.account}:secret:app/db-[A-Za-z0-9]{{6}}", arn)
    for name in ("app/db", arn, arn[:-7]):
        found = secrets.get_secret_value(SecretId=name)
        assert (found["SecretString"], found["VersionStages"], found["ARN"]) == ("one", ["AWSCURRENT"], arn)
        assert found["VersionId"] == made["VersionId"]
    assert "SecretBinary" not in found
    assert refusal(secrets.get_secret_value, SecretId="other") == (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret.",
    )
    assert refusal(secrets.get_secret_value, SecretId=arn[:-6] + "Abc123")[0] == "ResourceNotFoundException"


def test_creation_is_idempotent_by_token_and_refused_otherwise(secrets: Any) -> None:
    first = secrets.create_secret(Name="db", SecretString="one", ClientRequestToken=TOKEN + "1")
    again = secrets.create_secret(Name="db", SecretString="one", ClientRequestToken=TOKEN + "1")
    assert again["ARN"] == first["ARN"]
    assert refusal(secrets.create_secret, Name="db", SecretString="two", ClientRequestToken=TOKEN + "1") == (
        "ResourceExistsException",
        "The operation failed because the secret db already exists.",
    )
    assert refusal(secrets.create_secret, Name="a b")[1].startswith("Invalid name. Must be a valid name containing")
    code, _ = refusal(secrets.create_secret, Name="x", SecretString="a", SecretBinary=b"b")
    assert code == "InvalidParameterException"


def test_new_values_move_the_labels(secrets: Any) -> None:
    secrets.create_secret(Name="db", SecretString="1", ClientRequestToken=TOKEN + "1")
    secrets.put_secret_value(SecretId="db", SecretString="2", ClientRequestToken=TOKEN + "2")
    secrets.put_secret_value(SecretId="db", SecretBinary=b"\x00\x01", ClientRequestToken=TOKEN + "3")
    assert stages(secrets) == {TOKEN + "3": ["AWSCURRENT"], TOKEN + "2": ["AWSPREVIOUS"]}
    assert secrets.get_secret_value(SecretId="db")["SecretBinary"] == b"\x00\x01"
    assert secrets.get_secret_value(SecretId="db", VersionStage="AWSPREVIOUS")["SecretString"] == "2"
    assert secrets.get_secret_value(SecretId="db", VersionId=TOKEN + "1")["SecretString"] == "1"
    secrets.put_secret_value(SecretId="db", SecretString="4", ClientRequestToken=TOKEN + "4", VersionStages=["NEXT"])
    assert stages(secrets)[TOKEN + "4"] == ["NEXT"]
    code, message = refusal(secrets.put_secret_value, SecretId="db", SecretString="x", ClientRequestToken=TOKEN + "4")
    assert code == "ResourceExistsException"
    assert f"You can't use ClientRequestToken {TOKEN}4 because" in message
    assert refusal(secrets.put_secret_value, SecretId="db") == (
        "InvalidRequestException",
        "You must provide either SecretString or SecretBinary.",
    )
    versions = secrets.list_secret_version_ids(SecretId="db")["Versions"]
    assert TOKEN + "1" not in [version["VersionId"] for version in versions]
    everything = secrets.list_secret_version_ids(SecretId="db", IncludeDeprecated=True, MaxResults=3)
    assert len(everything["Versions"]) == 3
    assert everything["NextToken"]


def test_a_secret_without_a_value_has_none_to_get(secrets: Any) -> None:
    assert "VersionId" not in secrets.create_secret(Name="empty")
    assert refusal(secrets.get_secret_value, SecretId="empty") == (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    )
    secrets.update_secret(SecretId="empty", SecretString="now", Description="words")
    assert secrets.get_secret_value(SecretId="empty")["SecretString"] == "now"
    described = secrets.describe_secret(SecretId="empty")
    assert described["Description"] == "words"
    assert described["LastChangedDate"] >= described["CreatedDate"]
    assert described["LastAccessedDate"].hour == 0


def test_labels_are_moved_by_hand(secrets: Any) -> None:
    secrets.create_secret(Name="db", SecretString="1", ClientRequestToken=TOKEN + "1")
    secrets.put_secret_value(SecretId="db", SecretString="2", ClientRequestToken=TOKEN + "2", VersionStages=["B"])
    code, message = refusal(
        secrets.update_secret_version_stage, SecretId="db", VersionStage="AWSCURRENT", MoveToVersionId=TOKEN + "2"
    )
    assert code == "InvalidParameterException"
    assert message.startswith("The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently")
    move = {"SecretId": "db", "VersionStage": "AWSCURRENT"}
    secrets.update_secret_version_stage(**move, MoveToVersionId=TOKEN + "2", RemoveFromVersionId=TOKEN + "1")
    assert stages(secrets) == {TOKEN + "1": ["AWSPREVIOUS"], TOKEN + "2": ["AWSCURRENT", "B"]}
    secrets.update_secret_version_stage(SecretId="db", VersionStage="B", RemoveFromVersionId=TOKEN + "2")
    assert stages(secrets)[TOKEN + "2"] == ["AWSCURRENT"]
    code, message = refusal(secrets.update_secret_version_stage, **move, RemoveFromVersionId=TOKEN + "2")
    assert message == "You can only move staging label AWSCURRENT to a different secret version."


def test_a_deleted_secret_can_be_restored_within_its_window(aws: Aws, secrets: Any) -> None:
    secrets.create_secret(Name="db", SecretString="1")
    deleted = secrets.delete_secret(SecretId="db", RecoveryWindowInDays=7)
    marked = secrets.describe_secret(SecretId="db")["DeletedDate"]
    assert (deleted["DeletionDate"] - marked).days == 7
    assert refusal(secrets.get_secret_value, SecretId="db") == (
        "InvalidRequestException",
        "You can't perform this operation on the secret because it was marked for deletion.",
    )
    assert refusal(secrets.create_secret, Name="db") == (
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
    )
    assert secrets.list_secrets()["SecretList"] == []
    assert len(secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]) == 1
    secrets.restore_secret(SecretId="db")
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "1"
    secrets.delete_secret(SecretId="db")
    aws.advance(31 * 86_400)
    assert refusal(secrets.describe_secret, SecretId="db")[0] == "ResourceNotFoundException"


def test_a_secret_can_be_deleted_at_once(secrets: Any) -> None:
    secrets.create_secret(Name="db", SecretString="1")
    for request in ({"RecoveryWindowInDays": 6}, {"RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True}):
        assert refusal(secrets.delete_secret, SecretId="db", **request)[0] == "InvalidParameterException"
    secrets.delete_secret(SecretId="db", ForceDeleteWithoutRecovery=True)
    secrets.delete_secret(SecretId="db", ForceDeleteWithoutRecovery=True)
    assert refusal(secrets.delete_secret, SecretId="db")[0] == "ResourceNotFoundException"
    secrets.create_secret(Name="db")


def test_passwords_have_the_characters_that_are_wanted(secrets: Any) -> None:
    password = secrets.get_random_password()["RandomPassword"]
    assert len(password) == 32
    for pattern in ("[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]"):
        assert re.search(pattern, password), (pattern, password)
    request = {"ExcludePunctuation": True, "ExcludeUppercase": True, "ExcludeCharacters": "abc0"}
    password = secrets.get_random_password(PasswordLength=200, **request)["RandomPassword"]
    assert re.fullmatch("[d-z1-9]{200}", password)
    assert " " in secrets.get_random_password(PasswordLength=500, IncludeSpace=True)["RandomPassword"]
    assert refusal(secrets.get_random_password, PasswordLength=3)[0] == "InvalidParameterException"


def test_secrets_are_listed_filtered_sorted_and_in_pages(secrets: Any) -> None:
    secrets.create_secret(Name="red/one", Description="First of all", Tags=[{"Key": "team", "Value": "red"}])
    secrets.create_secret(Name="red/two", Tags=[{"Key": "team", "Value": "blue"}])
    secrets.create_secret(Name="blue")

    def names(**request: Any) -> list[str]:
        return [one["Name"] for one in secrets.list_secrets(**request)["SecretList"]]

    assert names(SortBy="name", SortOrder="asc") == ["blue", "red/one", "red/two"]

    def by(key: str, value: str) -> list[str]:
        return names(Filters=[{"Key": key, "Values": [value]}], SortBy="name", SortOrder="asc")

    assert by("name", "red") == ["red/one", "red/two"]
    assert by("name", "!red") == ["blue"]
    assert by("tag-value", "red") == ["red/one"]
    assert by("tag-key", "te") == ["red/one", "red/two"]
    assert by("description", "first") == ["red/one"]
    assert by("all", "blue") == ["blue", "red/two"]
    pages = secrets.get_paginator("list_secrets").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["SecretList"]) for page in pages] == [2, 1]
    assert refusal(secrets.list_secrets, NextToken="x")[0] == "InvalidNextTokenException"


def test_several_values_are_got_at_once(secrets: Any) -> None:
    secrets.create_secret(Name="a", SecretString="1")
    secrets.create_secret(Name="b", SecretString="2", Tags=[{"Key": "k", "Value": "v"}])
    reply = secrets.batch_get_secret_value(SecretIdList=["b", "none", "a"])
    assert [one["SecretString"] for one in reply["SecretValues"]] == ["2", "1"]
    assert reply["Errors"] == [
        {
            "SecretId": "none",
            "ErrorCode": "ResourceNotFoundException",
            "Message": "Secrets Manager can't find the specified secret.",
        }
    ]
    reply = secrets.batch_get_secret_value(Filters=[{"Key": "tag-key", "Values": ["k"]}])
    assert [one["Name"] for one in reply["SecretValues"]] == ["b"]
    assert refusal(secrets.batch_get_secret_value)[0] == "InvalidParameterException"


def test_tags_and_policies_are_kept(secrets: Any) -> None:
    secrets.create_secret(Name="db", Tags=[{"Key": "a", "Value": "1"}])
    secrets.tag_resource(SecretId="db", Tags=[{"Key": "b", "Value": "2"}])
    secrets.untag_resource(SecretId="db", TagKeys=["a"])
    assert secrets.describe_secret(SecretId="db")["Tags"] == [{"Key": "b", "Value": "2"}]
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="db")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    code, _ = refusal(secrets.put_resource_policy, SecretId="db", ResourcePolicy=policy, BlockPublicPolicy=True)
    assert code == "PublicPolicyException"
    secrets.put_resource_policy(SecretId="db", ResourcePolicy=policy)
    assert secrets.get_resource_policy(SecretId="db")["ResourcePolicy"] == policy
    secrets.delete_resource_policy(SecretId="db")
    assert refusal(secrets.put_resource_policy, SecretId="db", ResourcePolicy="{") == (
        "MalformedPolicyDocumentException",
        "This resource policy contains invalid Json.",
    )
    assert secrets.validate_resource_policy(ResourcePolicy=policy)["PolicyValidationPassed"] is True
    assert secrets.validate_resource_policy(ResourcePolicy="{}")["PolicyValidationPassed"] is False


def test_replicas_have_what_their_primary_has(aws: Aws, secrets: Any) -> None:
    made = secrets.create_secret(Name="db", SecretString="1", AddReplicaRegions=[{"Region": "eu-west-1"}])
    assert made["ReplicationStatus"][0]["Status"] == "InSync"
    there = aws.client("secretsmanager", region_name="eu-west-1")
    assert there.get_secret_value(SecretId="db")["SecretString"] == "1"
    secrets.put_secret_value(SecretId="db", SecretString="2")
    replica = there.describe_secret(SecretId="db")
    assert (replica["PrimaryRegion"], replica["ARN"]) == (aws.region, made["ARN"].replace(aws.region, "eu-west-1"))
    code, message = refusal(there.put_secret_value, SecretId="db", SecretString="3")
    assert (code, message) == (
        "InvalidRequestException",
        "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
    )
    assert refusal(secrets.delete_secret, SecretId="db")[1].startswith("You can't delete secret db that still has")
    there.stop_replication_to_replica(SecretId="db")
    there.put_secret_value(SecretId="db", SecretString="3")
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "2"
    secrets.replicate_secret_to_regions(SecretId="db", AddReplicaRegions=[{"Region": "eu-west-2"}])
    secrets.remove_regions_from_replication(SecretId="db", RemoveReplicaRegions=["eu-west-2"])
    secrets.delete_secret(SecretId="db", ForceDeleteWithoutRecovery=True)
    assert there.get_secret_value(SecretId="db")["SecretString"] == "3"


ROTATOR = """
import boto3
secrets = boto3.client("secretsmanager")
def handler(event, context):
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    if step == "createSecret":
        old = secrets.get_secret_value(SecretId=arn)["SecretString"]
        secrets.put_secret_value(
            SecretId=arn, ClientRequestToken=token, SecretString=old + "+", VersionStages=["AWSPENDING"])
    if step == "testSecret" and "BROKEN" in secrets.get_secret_value(SecretId=arn)["SecretString"]:
        raise ValueError("it does not work")
    if step == "finishSecret":
        versions = secrets.describe_secret(SecretId=arn)["VersionIdsToStages"]
        (current,) = [version for version, stages in versions.items() if "AWSCURRENT" in stages]
        secrets.update_secret_version_stage(
            SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current)
"""


def rotator(aws: Aws) -> str:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", ROTATOR)
    made = aws.client("lambda").create_function(
        FunctionName="rotator",
        Runtime="python3.12",
        Role=f"arn:aws:iam::{aws.account}:role/rotator",
        Handler="index.handler",
        Code={"ZipFile": package.getvalue()},
        Timeout=20,
    )
    arn: str = made["FunctionArn"]
    return arn


def test_a_secret_is_rotated_at_once_and_on_schedule(aws: Aws, secrets: Any) -> None:
    secrets.create_secret(Name="db", SecretString="v", ClientRequestToken=TOKEN + "1")
    assert refusal(secrets.rotate_secret, SecretId="db") == (
        "InvalidRequestException",
        "No Lambda rotation function ARN is associated with this secret.",
    )
    rules = {"AutomaticallyAfterDays": 3}
    reply = secrets.rotate_secret(SecretId="db", RotationLambdaARN=rotator(aws), RotationRules=rules)
    aws.idle()
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "v+"
    described = secrets.describe_secret(SecretId="db")
    assert described["RotationEnabled"] is True
    assert described["RotationRules"] == rules
    assert described["LastRotatedDate"] < described["NextRotationDate"]
    assert "AWSCURRENT" in stages(secrets)[reply["VersionId"]]
    aws.advance(3 * 86_400)
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "v++"
    secrets.cancel_rotate_secret(SecretId="db")
    aws.advance(30 * 86_400)
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "v++"
    assert secrets.describe_secret(SecretId="db")["RotationEnabled"] is False


def test_a_rotation_that_fails_is_tried_again_and_changes_nothing(aws: Aws, secrets: Any) -> None:
    secrets.create_secret(Name="db", SecretString="BROKEN")
    secrets.rotate_secret(SecretId="db", RotationLambdaARN=rotator(aws))
    aws.advance(3600)
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "BROKEN"
    (pending,) = [version for version, labels in stages(secrets).items() if labels == ["AWSPENDING"]]
    secrets.put_secret_value(SecretId="db", SecretString="sound")
    secrets.update_secret_version_stage(SecretId="db", VersionStage="AWSPENDING", RemoveFromVersionId=pending)
    secrets.rotate_secret(SecretId="db")
    aws.advance(3600)
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "sound+"


def test_rules_of_rotation_are_checked(aws: Aws, secrets: Any) -> None:
    secrets.create_secret(Name="db", SecretString="v")
    for rules in (
        {"AutomaticallyAfterDays": 3, "ScheduleExpression": "rate(3 days)"},
        {"ScheduleExpression": "rate(1 hour)"},
        {"ScheduleExpression": "now"},
    ):
        request = {"SecretId": "db", "RotationLambdaARN": "x", "RotationRules": rules}
        assert refusal(secrets.rotate_secret, **request)[0] == "InvalidParameterException", rules


def test_a_template_makes_a_generated_secret_with_a_schedule(aws: Aws, secrets: Any) -> None:
    generated = {"SecretStringTemplate": '{"user": "me"}', "GenerateStringKey": "password", "PasswordLength": 20}
    template = {
        "Resources": {
            "Db": {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": generated}},
            "Schedule": {
                "Type": "AWS::SecretsManager::RotationSchedule",
                "Properties": {
                    "SecretId": {"Ref": "Db"},
                    "RotationLambdaARN": rotator(aws),
                    "RotateImmediatelyOnUpdate": False,
                    "RotationRules": {"ScheduleExpression": "rate(10 days)"},
                },
            },
        },
        "Outputs": {"Arn": {"Value": {"Ref": "Db"}}},
    }
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName="s", TemplateBody=json.dumps(template))
    aws.idle()
    (stack,) = cloudformation.describe_stacks(StackName="s")["Stacks"]
    arn = stack["Outputs"][0]["OutputValue"]
    value = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    assert (value["user"], len(value["password"])) == ("me", 20)
    assert secrets.describe_secret(SecretId=arn)["RotationEnabled"] is True
    cloudformation.delete_stack(StackName="s")
    aws.idle()
    assert refusal(secrets.describe_secret, SecretId=arn)[0] == "ResourceNotFoundException"


def test_recorded_corners_of_aws(secrets: Any) -> None:
    secrets.create_secret(Name="corner", SecretString="1")
    assert "Tags" not in secrets.describe_secret(SecretId="corner")
    secrets.tag_resource(SecretId="corner", Tags=[{"Key": "a", "Value": "b"}])
    secrets.untag_resource(SecretId="corner", TagKeys=["a"])
    assert secrets.describe_secret(SecretId="corner")["Tags"] == []
    pending = secrets.put_secret_value(SecretId="corner", SecretString="2", VersionStages=["AWSPENDING"])["VersionId"]
    first = secrets.get_secret_value(SecretId="corner")["VersionId"]
    secrets.update_secret_version_stage(
        SecretId="corner", VersionStage="AWSCURRENT", RemoveFromVersionId=first, MoveToVersionId=pending
    )
    third = secrets.put_secret_value(SecretId="corner", SecretString="3")["VersionId"]
    versions = secrets.list_secret_version_ids(SecretId="corner", IncludeDeprecated=True)["Versions"]
    assert {one["VersionId"]: one.get("VersionStages") for one in versions} == {
        first: None,
        pending: ["AWSPREVIOUS"],
        third: ["AWSCURRENT"],
    }
    assert refusal(secrets.delete_secret, SecretId="no name", ForceDeleteWithoutRecovery=True)[0] == (
        "ValidationException"
    )
    missing = "arn:aws:lambda:us-east-1:123456789012:function:missing"
    assert refusal(secrets.rotate_secret, SecretId="corner", RotationLambdaARN=missing) == (
        "AccessDeniedException",
        "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to "
        "the principal secretsmanager.amazonaws.com.",
    )


@pytest.mark.parametrize("operation", ["CreateSecret", "UpdateSecret", "RotateSecret", "PutSecretValue"])
def test_a_request_without_a_token_is_refused_as_sdks_always_make_one(aws: Aws, operation: str) -> None:
    request = Request(
        aws.endpoint,
        json.dumps({"Name": "n", "SecretId": "n", "SecretString": "s"}).encode(),
        {
            "X-Amz-Target": f"secretsmanager.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={aws.account}/20260101/{aws.region}/secretsmanager/"
            "aws4_request, SignedHeaders=host, Signature=0",
        },
    )
    with pytest.raises(HTTPError) as refused:
        urlopen(request)
    document = json.loads(refused.value.read())
    assert document["__type"].endswith("InvalidRequestException")
    assert (document.get("Message") or document.get("message")) == (
        "You must provide a ClientRequestToken value. We recommend a UUID-type value."
    )


def test_what_cannot_be_a_name_is_refused(secrets: Any) -> None:
    expected = (
        "ValidationException",
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    )
    assert refusal(secrets.get_secret_value, SecretId="Inv Name") == expected
    assert refusal(secrets.describe_secret, SecretId=" Inv*Name? ") == expected
    assert refusal(secrets.list_secret_version_ids, SecretId="Inv Name") == expected
    assert refusal(secrets.put_secret_value, SecretId="Inv Name", SecretString="s") == expected
    assert refusal(secrets.delete_secret, SecretId="Inv Name", ForceDeleteWithoutRecovery=True) == expected
    assert refusal(secrets.get_secret_value, SecretId="arn:aws:x y")[0] == "ResourceNotFoundException"


def test_the_day_of_the_last_access_begins_at_midnight(secrets: Any) -> None:
    secrets.create_secret(Name="db", SecretString="s")
    secrets.get_secret_value(SecretId="db")
    accessed = secrets.describe_secret(SecretId="db")["LastAccessedDate"].astimezone(UTC)
    assert (accessed.hour, accessed.minute, accessed.second, accessed.microsecond) == (0, 0, 0, 0)
