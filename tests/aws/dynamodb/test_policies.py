"""Resource policies of tables and streams."""

import json
from typing import Any

import pytest

from tests.aws.dynamodb.conftest import make_table, refusal

STREAM = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
NONE = (
    "PolicyNotFoundException",
    "Resource-based policy not found for the provided ResourceArn: Requested policy not found.",
)


def policy(action: str = "dynamodb:GetItem", effect: str = "Allow", principal: Any = "*", **more: Any) -> str:
    statement = {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def arn(dynamodb: Any) -> str:
    return make_table(dynamodb, "orders", StreamSpecification=STREAM)


def test_a_policy_comes_changes_and_goes(dynamodb: Any, arn: str) -> None:
    assert refusal(dynamodb.get_resource_policy, ResourceArn=arn) == NONE
    first = dynamodb.put_resource_policy(ResourceArn=arn, Policy=policy())["RevisionId"]
    again = dynamodb.put_resource_policy(ResourceArn=arn, Policy=policy())["RevisionId"]
    assert first == again
    found = dynamodb.get_resource_policy(ResourceArn=arn)
    assert (found["Policy"], found["RevisionId"]) == (policy(), first)
    second = dynamodb.put_resource_policy(ResourceArn=arn, Policy=policy("dynamodb:Query"))["RevisionId"]
    assert int(second) > int(first)
    assert dynamodb.delete_resource_policy(ResourceArn=arn)["RevisionId"] == second
    assert dynamodb.delete_resource_policy(ResourceArn=arn)["RevisionId"] == ""
    assert refusal(dynamodb.get_resource_policy, ResourceArn=arn) == NONE


def test_changes_may_expect_a_revision(dynamodb: Any, arn: str) -> None:
    missing = "PolicyNotFoundException"
    expects = {"ResourceArn": arn, "ExpectedRevisionId": "17"}
    assert refusal(dynamodb.put_resource_policy, Policy=policy(), **expects)[0] == missing
    assert refusal(dynamodb.delete_resource_policy, **expects)[0] == missing
    none = {"ResourceArn": arn, "ExpectedRevisionId": "NO_POLICY"}
    revision = dynamodb.put_resource_policy(Policy=policy(), **none)["RevisionId"]
    assert refusal(dynamodb.put_resource_policy, Policy=policy(), **none)[0] == missing
    assert refusal(dynamodb.put_resource_policy, Policy=policy(), **expects)[0] == missing
    expects["ExpectedRevisionId"] = revision
    dynamodb.put_resource_policy(Policy=policy("dynamodb:Query"), **expects)
    assert refusal(dynamodb.delete_resource_policy, **expects)[0] == missing


def test_streams_have_policies_of_their_own_which_end_with_them(dynamodb: Any, arn: str) -> None:
    stream = dynamodb.describe_table(TableName="orders")["Table"]["LatestStreamArn"]
    dynamodb.put_resource_policy(ResourceArn=stream, Policy=policy("dynamodb:GetRecords"))
    assert refusal(dynamodb.get_resource_policy, ResourceArn=arn) == NONE
    assert dynamodb.get_resource_policy(ResourceArn=stream)["Policy"] == policy("dynamodb:GetRecords")
    dynamodb.update_table(TableName="orders", StreamSpecification={"StreamEnabled": False})
    assert refusal(dynamodb.get_resource_policy, ResourceArn=stream)[0] == "ResourceNotFoundException"


def test_a_table_can_be_created_with_a_policy_which_goes_with_it(dynamodb: Any) -> None:
    arn = make_table(dynamodb, "private", ResourcePolicy=policy())
    assert dynamodb.get_resource_policy(ResourceArn=arn)["Policy"] == policy()
    dynamodb.delete_table(TableName="private")
    assert refusal(dynamodb.get_resource_policy, ResourceArn=arn)[0] == "ResourceNotFoundException"
    make_table(dynamodb, "private")
    assert refusal(dynamodb.get_resource_policy, ResourceArn=arn) == NONE
    assert refusal(make_table, client=dynamodb, name="another", ResourcePolicy="{")[0] == "ValidationException"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "This policy contains invalid Json"),
        ("[]", "This policy contains invalid Json"),
        ('{"Version": "2020-01-01", "Statement": []}', "The policy must contain a valid version string"),
        ('{"Version": "2012-10-17"}', "Syntax errors in policy: Statement is missing or empty"),
        (policy(effect="Perhaps"), "Syntax errors in policy: Effect must be Allow or Deny"),
        (policy("s3:GetObject"), 'The following action names are invalid: "s3:GetObject"'),
        (policy(Whatever=1), "Syntax errors in policy: unknown element Whatever"),
        (policy(NotAction="*"), "Syntax errors in policy: exactly one of Action and NotAction is required"),
        (policy(Resource=[1]), "Syntax errors in policy: Resource must be text or a list of texts"),
        (policy(principal=5), "Invalid principal in policy"),
        (policy(principal="somebody"), "Invalid principal in policy"),
        (policy(principal={}), "Invalid principal in policy"),
        (policy(principal={"Somebody": "*"}), "Invalid principal in policy"),
        ('{"Whatever": 1, "Statement": []}', "Syntax errors in policy: unknown element Whatever"),
        (policy(Condition=[]), "Syntax errors in policy: Condition must be an object"),
        (policy(Sid="x" * 20_480), "The policy is larger than 20480 bytes"),
    ],
)
def test_what_is_no_policy_is_refused(dynamodb: Any, arn: str, text: str, reason: str) -> None:
    assert refusal(dynamodb.put_resource_policy, ResourceArn=arn, Policy=text) == (
        "ValidationException",
        f"One or more parameter values were invalid: Invalid policy document: {reason}",
    )


def test_whoever_shuts_himself_out_has_to_confirm_it(aws: Any, dynamodb: Any, arn: str) -> None:
    for principal in ("*", {"AWS": f"arn:aws:iam::{aws.account}:root"}):
        text = policy("dynamodb:PutResourcePolicy", "Deny", principal)
        assert refusal(dynamodb.put_resource_policy, ResourceArn=arn, Policy=text)[0] == "ValidationException"
        dynamodb.put_resource_policy(ResourceArn=arn, Policy=text, ConfirmRemoveSelfResourceAccess=True)
    other = policy("dynamodb:PutResourcePolicy", "Deny", {"AWS": "arn:aws:iam::111122223333:root"})
    dynamodb.put_resource_policy(ResourceArn=arn, Policy=other)


def test_patterns_of_actions_shut_out_as_well(dynamodb: Any, arn: str) -> None:
    def deny(**actions: Any) -> str:
        statement = {"Effect": "Deny", "Principal": "*", "Resource": "*", **actions}
        return json.dumps({"Version": "2012-10-17", "Statement": statement})

    for actions in ({"Action": "dynamodb:Put*"}, {"Action": ["dynamodb:*Policy"]}, {"NotAction": "dynamodb:GetItem"}):
        text = deny(**actions)
        assert refusal(dynamodb.put_resource_policy, ResourceArn=arn, Policy=text)[0] == "ValidationException"
        dynamodb.put_resource_policy(ResourceArn=arn, Policy=text, ConfirmRemoveSelfResourceAccess=True)
    for actions in ({"Action": "dynamodb:PutItem"}, {"NotAction": ["dynamodb:*ResourcePolicy"]}):
        dynamodb.put_resource_policy(ResourceArn=arn, Policy=deny(**actions))


def test_only_tables_and_streams_have_policies(dynamodb: Any, arn: str) -> None:
    for wrong in ("orders", "arn:aws:sqs:us-east-1:1:x", f"{arn}/index/by-g", f"{arn}/backup/1"):
        assert refusal(dynamodb.get_resource_policy, ResourceArn=wrong)[0] == "ValidationException"
    for missing in (f"{arn}s", f"{arn}/stream/2020-01-01T00:00:00.000", arn.replace("us-east-1", "eu-west-1")):
        code, _ = refusal(dynamodb.put_resource_policy, ResourceArn=missing, Policy=policy())
        assert code == "ResourceNotFoundException"
        assert refusal(dynamodb.delete_resource_policy, ResourceArn=missing)[0] == "ResourceNotFoundException"
