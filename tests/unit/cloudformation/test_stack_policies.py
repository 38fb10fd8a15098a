"""Stack policies: statements that apply, and those that don't."""

import json

import pytest

from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.protection import check_policy, find_denial

ALLOW = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}


def policy(*statements):
    return json.dumps({"Statement": list(statements)})


def deny(**members):
    return {"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "*"} | members


@pytest.mark.parametrize(
    ("statement", "is_denied"),
    [
        (deny(Action="Update:Replace"), False),
        (deny(Action=["Update:Replace", "Update:Modify"]), True),
        (deny(Resource="LogicalResourceId/Q*"), True),
        (deny(Resource="LogicalResourceId/Other"), False),
        (deny(Condition={"StringLike": {"ResourceType": "AWS::SQS::*"}}), True),
        (deny(Condition={"StringEquals": {"ResourceType": ["AWS::SNS::Topic"]}}), False),
        (deny(Condition={"StringNotEquals": {"ResourceType": "AWS::SNS::Topic"}}), True),
    ],
)
def test_a_denial_counts_where_it_applies(statement, is_denied):
    found = find_denial(policy(ALLOW, statement), "Modify", "Queue", "AWS::SQS::Queue")
    assert (found is not None) == is_denied


def test_what_is_excepted_is_not_meant():
    statement = deny(Resource="LogicalResourceId/Queue")
    statement["NotAction"] = statement.pop("Action").replace("*", "Modify")
    assert find_denial(policy(ALLOW, statement), "Modify", "Queue", "AWS::SQS::Queue") is None
    assert find_denial(policy(ALLOW, statement), "Delete", "Queue", "AWS::SQS::Queue") is not None


def test_what_no_statement_allows_is_denied():
    text = policy(ALLOW | {"Resource": "LogicalResourceId/Other"})
    assert find_denial(text, "Modify", "Queue", "AWS::SQS::Queue") is not None
    assert find_denial("", "Modify", "Queue", "AWS::SQS::Queue") is None


def test_a_policy_has_a_largest_size():
    with pytest.raises(ValidationError):
        check_policy(policy(ALLOW, deny(Resource=["LogicalResourceId/" + "x" * 16_384])))
