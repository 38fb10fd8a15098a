"""What resource policies of functions allow."""

from typing import Any

import pytest

from serein.kernel.http import Signer
from serein.kernel.scope import Caller
from serein.services.lambda_.access import allows

OTHER = Signer("111111111111", Caller("AKIA", "arn:aws:iam::111111111111:user/u", "AIDA"))
INVOKE = "lambda:InvokeFunction"


def policy(principal: Any, action: str = INVOKE, **condition: str) -> dict[str, Any]:
    statement = {"Sid": "s", "Effect": "Allow", "Principal": principal, "Action": action, "Resource": "arn"}
    return {"Statement": [{**statement, "Condition": {"StringEquals": condition}} if condition else statement]}


@pytest.mark.parametrize(
    ("principal", "is_allowed"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": "arn:aws:iam::111111111111:root"}, True),
        ({"AWS": "arn:aws:iam::111111111111:user/u"}, True),
        ({"AWS": "arn:aws:iam::111111111111:user/v"}, False),
        ({"AWS": "arn:aws:iam::222222222222:root"}, False),
        ({"Service": "s3.amazonaws.com"}, False),
    ],
)
def test_principals_are_accounts_users_or_everyone(principal: Any, is_allowed: bool) -> None:
    assert allows(policy(principal), INVOKE, OTHER, {}) is is_allowed


def test_somebody_unknown_is_only_everyone() -> None:
    assert allows(policy("*"), INVOKE, None, {})
    assert not allows(policy({"AWS": "arn:aws:iam::111111111111:root"}), INVOKE, None, {})


def test_actions_and_conditions_have_to_fit() -> None:
    assert allows(policy("*", "lambda:*"), INVOKE, OTHER, {})
    assert not allows(policy("*", "lambda:GetFunction"), INVOKE, OTHER, {})
    key = {"lambda:FunctionUrlAuthType": "NONE"}
    assert allows(policy("*", **key), INVOKE, OTHER, key)
    assert not allows(policy("*", **key), INVOKE, OTHER, {})
    assert not allows(policy("*", **{"aws:PrincipalOrgID": "o-1"}), INVOKE, OTHER, key)
