"""`auth: on`: who may assume a role, and what its session is to policies."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.aws.policies.conftest import OWNER, STRANGER, Guarded, allow, document


def refusal(call, **request):
    with pytest.raises(ClientError) as refused:
        call(**request)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def role(guarded: Guarded, name: str, *statements) -> str:
    trust = [{key: value for key, value in each.items() if key != "Resource"} for each in statements]
    made = guarded.client("iam").create_role(RoleName=name, Path="/x/", AssumeRolePolicyDocument=document(*trust))
    return str(made["Role"]["Arn"])


def test_a_trust_policy_says_who_assumes_a_role(guarded: Guarded) -> None:
    service = role(guarded, "for-a-service", allow({"Service": "lambda.amazonaws.com"}, "sts:AssumeRole", "*"))
    sts = guarded.client("sts")
    user = f"arn:aws:iam::{OWNER}:user/tester"
    assert refusal(sts.assume_role, RoleArn=service, RoleSessionName="night") == (
        "AccessDenied",
        f"User: {user} is not authorized to perform: sts:AssumeRole on resource: {service}",
    )
    mine = role(guarded, "for-a-user", allow({"AWS": user}, "sts:AssumeRole", "*"))
    assert sts.assume_role(RoleArn=mine, RoleSessionName="night")["Credentials"]
    assert (
        refusal(guarded.client("sts", STRANGER).assume_role, RoleArn=mine, RoleSessionName="night")[0] == "AccessDenied"
    )


def test_an_external_id_and_tags_are_conditions_of_trust(guarded: Guarded) -> None:
    theirs = {"AWS": STRANGER}
    secret = allow(theirs, "sts:AssumeRole", "*", StringEquals={"sts:ExternalId": "secret"})
    arn = role(guarded, "with-external-id", secret)
    sts = guarded.client("sts", STRANGER)
    ask = {"RoleArn": arn, "RoleSessionName": "night"}
    assert refusal(sts.assume_role, **ask)[0] == "AccessDenied"
    assert sts.assume_role(**ask, ExternalId="secret")["Credentials"]
    tags = [{"Key": "team", "Value": "blue"}]
    code, message = refusal(sts.assume_role, **ask, ExternalId="secret", Tags=tags)
    assert (code, "sts:TagSession" in message) == ("AccessDenied", True)


def test_a_session_is_its_role_to_policies_and_has_its_tags(guarded: Guarded) -> None:
    both = {**allow({"AWS": STRANGER}, "", "*"), "Action": ["sts:AssumeRole", "sts:TagSession"]}
    arn = role(guarded, "traveller", both)
    ask = {"RoleArn": arn, "RoleSessionName": "night", "Tags": [{"Key": "team", "Value": "blue"}]}
    given = guarded.client("sts", STRANGER).assume_role(**ask)["Credentials"]
    sqs = guarded.client_with("sqs", given)
    url, queue = guarded.queue("for-travellers", account=STRANGER)
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="x")[0] == "AccessDenied"
    for statement in (
        allow({"AWS": arn}, "sqs:SendMessage", queue),
        allow({"AWS": f"arn:aws:sts::{OWNER}:assumed-role/traveller/night"}, "sqs:SendMessage", queue),
        allow("*", "sqs:SendMessage", queue, ArnEquals={"aws:PrincipalArn": arn}),
        allow("*", "sqs:SendMessage", queue, StringEquals={"aws:PrincipalTag/Team": "blue"}),
    ):
        guarded.queue("for-travellers", statement, account=STRANGER)
        sqs.send_message(QueueUrl=url, MessageBody="x")
    guarded.queue("for-travellers", allow({"AWS": arn + "x"}, "sqs:*", queue), account=STRANGER)
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="x")[0] == "AccessDenied"


def test_a_session_policy_must_be_a_policy(guarded: Guarded) -> None:
    arn = role(guarded, "limited", allow({"AWS": OWNER}, "sts:AssumeRole", "*"))
    ask = {"RoleArn": arn, "RoleSessionName": "night"}
    sts = guarded.client("sts")
    assert refusal(sts.assume_role, **ask, Policy="nothing")[0] == "MalformedPolicyDocument"
    for wrong in (allow("*", "sqs:*", "*"), {"Effect": "Allow"}):
        assert refusal(sts.assume_role, **ask, Policy=document(wrong))[0] == "MalformedPolicyDocument"
    long = json.dumps({"Version": "2012-10-17", "Id": "x" * 2048, "Statement": []})
    assert refusal(sts.assume_role, **ask, Policy=long)[0] == "PackedPolicyTooLarge"
