"""The language of policies: actions, resources, variables, principals, and what is no policy."""

from typing import Any

import pytest

from serein.kernel.policies import (
    ANONYMOUS,
    Effect,
    Grant,
    MalformedPolicy,
    Principal,
    Request,
    aws_principal,
    compile_policy,
    service_principal,
    stored_policy,
)

ACCOUNT = "111122223333"
USER = aws_principal(f"arn:aws:iam::{ACCOUNT}:user/path/ann", "AIDAANN")
SESSION = aws_principal(f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/night", "AROAWORKER:night")
QUEUE = "arn:aws:sqs:us-east-1:111122223333:orders"


def policy(version: str = "2012-10-17", **statement: Any) -> dict[str, Any]:
    base = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    base = {key: value for key, value in base.items() if f"Not{key}" not in statement}
    return {"Version": version, "Statement": {**base, **statement}}


def allows(document: dict[str, Any], request: Request) -> bool:
    return compile_policy(document).decide(request).is_allowed


@pytest.mark.parametrize(
    ("pattern", "action", "is_match"),
    [
        ("sqs:SendMessage", "sqs:SendMessage", True),
        ("SQS:sendmessage", "sqs:SendMessage", True),
        ("sqs:Send", "sqs:SendMessage", False),
        ("sqs:Send*", "sqs:SendMessage", True),
        ("sqs:*Message*", "sqs:SendMessageBatch", True),
        ("sqs:?endMessage", "sqs:SendMessage", True),
        ("sqs:?SendMessage", "sqs:SendMessage", False),
        ("*", "sqs:SendMessage", True),
        ("sqs:*", "sns:Publish", False),
        (["sns:*", "sqs:SendMessage"], "sqs:SendMessage", True),
        (["sns:*", "sqs:Get*", "sqs:*d*Message"], "sqs:SendMessage", True),
        (["sns:*", "s?s:SendMessage"], "sqs:SendMessage", True),
        (["sns:*", "*"], "sqs:SendMessage", True),
        (["sns:*", "sqs:Get*"], "sqs:SendMessage", False),
        (["sns:*", "sqs:Get*"], "s3:GetObject", False),
    ],
)
def test_actions_are_matched_without_regard_to_case(pattern: Any, action: str, is_match: bool) -> None:
    assert allows(policy(Action=pattern), Request(action, QUEUE)) is is_match
    assert allows(policy(NotAction=pattern), Request(action, QUEUE)) is not is_match


@pytest.mark.parametrize(
    ("pattern", "resource", "is_match"),
    [
        (QUEUE, QUEUE, True),
        (QUEUE, QUEUE.upper(), False),
        ("*", QUEUE, True),
        ("*", "*", True),
        (QUEUE, "*", False),
        ("arn:aws:sqs:*:*:orders", QUEUE, True),
        ("arn:aws:sqs:*:orders", QUEUE, False),
        ("arn:aws:sqs:us-*:111122223333:ord*", QUEUE, True),
        ("arn:aws:sqs:us-east-1:11112222333?:orders", QUEUE, True),
        ("arn:aws:sqs", QUEUE, True),
        ("arn:aws:sqs:us-east-1", QUEUE, True),
        ("arn:aws:sqs:eu-west-1", QUEUE, False),
        ("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a/b:c", True),
        ("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket", False),
        ("arn:aws:s3:::bucket*", "arn:aws:s3:::bucket/a", True),
        ("arn:aws:s3:::bucket/*/x/*", "arn:aws:s3:::bucket/a/b/x/c", True),
        ("arn:aws:s3:::b[u]cket", "arn:aws:s3:::bucket", False),
        ("arn:aws:s3:::b.cket", "arn:aws:s3:::bucket", False),
        ("arn:aws:lambda:*:*:function:f*", "arn:aws:lambda:us-east-1:1:function:f:live", True),
        ("arn:aws:execute-api:*:*:api/*/GET/*", "arn:aws:execute-api:us-east-1:1:api/prod/GET/a/b", True),
        ("arn:aws:execute-api:*:*:api/*/GET/*", "arn:aws:execute-api:us-east-1:1:api/prod/POST/a", False),
        (["arn:aws:s3:::a", QUEUE], QUEUE, True),
    ],
)
def test_resources_are_matched_part_by_part(pattern: Any, resource: str, is_match: bool) -> None:
    assert allows(policy(Resource=pattern), Request("a:b", resource)) is is_match
    assert allows(policy(NotResource=pattern), Request("a:b", resource)) is not is_match


def test_many_wildcards_take_no_time() -> None:
    request = Request("a:b", "arn:aws:s3:::" + "a" * 5000)
    assert not allows(policy(Resource="arn:aws:s3:::" + "a*" * 40 + "b"), request)
    assert allows(policy(Resource="arn:aws:s3:::" + "a*" * 40), request)


ANN = {"aws:username": "ann", "aws:PrincipalTag/Team": "blue", "aws:TagKeys": ["a", "b"]}


@pytest.mark.parametrize(
    ("pattern", "key", "is_match"),
    [
        ("${aws:username}", "ann", True),
        ("${AWS:UserName}", "ann", True),
        ("${ aws:username }", "ann", True),
        ("home/${aws:username}/*", "home/ann/x", True),
        ("home/${aws:username}/*", "home/bob/x", False),
        ("${aws:PrincipalTag/team}", "blue", True),
        ("${aws:userid}", "", False),
        ("${aws:userid, 'nobody'}", "nobody", True),
        ("${aws:username, 'nobody'}", "ann", True),
        ("${aws:TagKeys}", "a", False),
        ("a${*}b", "a*b", True),
        ("a${*}b", "axb", False),
        ("a${?}b", "a?b", True),
        ("a${?}b", "axb", False),
        ("${$}{aws:username}", "${aws:username}", True),
    ],
)
def test_variables_stand_for_values_of_the_request(pattern: str, key: str, is_match: bool) -> None:
    request = Request("a:b", f"arn:aws:s3:::{key}", context=ANN)
    assert allows(policy(Resource=f"arn:aws:s3:::{pattern}"), request) is is_match
    tested = {"StringLike": {"a:key": pattern}}
    assert allows(policy(Condition=tested), Request("a:b", "*", context={**ANN, "a:key": key})) is is_match


def test_values_of_variables_are_no_patterns() -> None:
    request = Request("a:b", "arn:aws:s3:::other", context={"aws:username": "*"})
    assert not allows(policy(Resource="arn:aws:s3:::${aws:username}"), request)


def test_policies_of_2008_have_no_variables() -> None:
    document = policy("2008-10-17", Resource="arn:aws:s3:::${aws:username}")
    assert not allows(document, Request("a:b", "arn:aws:s3:::ann", context=ANN))
    assert allows(document, Request("a:b", "arn:aws:s3:::${aws:username}", context=ANN))


@pytest.mark.parametrize(
    ("element", "principal", "grant"),
    [
        ("*", USER, Grant.DIRECT),
        ("*", ANONYMOUS, Grant.DIRECT),
        ("*", service_principal("sns"), Grant.DIRECT),
        ({"AWS": "*"}, service_principal("sns"), Grant.DIRECT),
        ({"AWS": USER.id}, USER, Grant.DIRECT),
        ({"AWS": "AIDAANN"}, USER, Grant.DIRECT),
        ({"AWS": ACCOUNT}, USER, Grant.ACCOUNT),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, USER, Grant.ACCOUNT),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, aws_principal(f"arn:aws:iam::{ACCOUNT}:root"), Grant.DIRECT),
        ({"AWS": int(ACCOUNT)}, USER, Grant.ACCOUNT),
        ({"AWS": "999999999999"}, USER, Grant.NONE),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"}, USER, Grant.NONE),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"}, USER, Grant.NONE),
        ({"AWS": SESSION.id}, SESSION, Grant.DIRECT),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:role/worker"}, SESSION, Grant.ROLE),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:role/some/path/worker"}, SESSION, Grant.ROLE),
        ({"AWS": "AROAWORKER"}, SESSION, Grant.ROLE),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}, SESSION, Grant.NONE),
        ({"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/day"}, SESSION, Grant.NONE),
        ({"AWS": [ACCOUNT, SESSION.id]}, SESSION, Grant.DIRECT),
        ({"AWS": ACCOUNT}, ANONYMOUS, Grant.NONE),
        ({"Service": "sns.amazonaws.com"}, service_principal("sns"), Grant.DIRECT),
        ({"Service": ["s3.amazonaws.com", "sns.amazonaws.com"]}, service_principal("sns"), Grant.DIRECT),
        ({"Service": "s3.amazonaws.com"}, service_principal("sns"), Grant.NONE),
        ({"Service": "sns.amazonaws.com"}, USER, Grant.NONE),
        ({"Federated": "accounts.google.com"}, Principal("Federated", "accounts.google.com"), Grant.DIRECT),
        ({"CanonicalUser": "abc"}, Principal("CanonicalUser", "abc"), Grant.DIRECT),
        ({"CanonicalUser": "abc"}, Principal("CanonicalUser", "def"), Grant.NONE),
        ({"AWS": ACCOUNT, "Service": "sns.amazonaws.com"}, service_principal("sns"), Grant.DIRECT),
    ],
)
def test_principals_are_meant_more_or_less_directly(element: Any, principal: Principal, grant: Grant) -> None:
    assert compile_policy(policy(Principal=element)).decide(Request("a:b", "*", principal)).grant is grant


def test_everybody_but_those_named_is_denied() -> None:
    """AWS: who names a user in NotPrincipal has to name the account as well."""

    def is_denied(principal: Principal, *names: str) -> bool:
        document = policy(Effect="Deny", NotPrincipal={"AWS": list(names)})
        return compile_policy(document).decide(Request("a:b", "*", principal)).is_denied

    assert not is_denied(USER, USER.id, ACCOUNT)
    assert is_denied(USER, USER.id)
    assert is_denied(USER, ACCOUNT)
    assert is_denied(SESSION, SESSION.id, ACCOUNT)
    assert not is_denied(SESSION, SESSION.id, f"arn:aws:iam::{ACCOUNT}:role/worker", ACCOUNT)
    assert is_denied(service_principal("sns"), ACCOUNT)
    assert is_denied(ANONYMOUS, ACCOUNT)


def test_everybody_but_those_named_is_allowed() -> None:
    document = compile_policy(policy(NotPrincipal={"AWS": USER.id}))
    assert not document.decide(Request("a:b", "*", USER)).is_allowed
    assert document.decide(Request("a:b", "*", SESSION)).is_allowed


def test_one_denial_outweighs_everything_and_says_which_statement_it_is() -> None:
    allow = {"Sid": "Yes", "Effect": "Allow", "Action": "*", "Resource": "*"}
    deny = {"Sid": "No", "Effect": "Deny", "Action": "sqs:Delete*", "Resource": "*"}
    compiled = compile_policy({"Version": "2012-10-17", "Statement": [allow, deny]})
    said = compiled.decide(Request("sqs:DeleteQueue", QUEUE))
    assert (said.effect, said.statement.sid if said.statement else "") == (Effect.DENIED, "No")
    said = compiled.decide(Request("sqs:SendMessage", QUEUE))
    assert (said.effect, said.statement.index if said.statement else -1) == (Effect.ALLOWED, 0)
    assert compile_policy({"Statement": []}).decide(Request("a:b", "*")).effect is Effect.SILENT


def test_a_policy_knows_the_keys_that_it_reads() -> None:
    document = policy(
        Resource="arn:aws:s3:::${aws:username}",
        Condition={"StringLike": {"s3:Prefix": "${aws:userid}/*"}, "Null": {"aws:TokenIssueTime": "true"}},
    )
    assert compile_policy(document).keys == {"aws:username", "s3:prefix", "aws:userid", "aws:tokenissuetime"}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{", "This policy contains invalid Json"),
        ("[]", "Syntax errors in policy."),
        ("{}", "Missing required field Statement"),
        ('{"Statement": 1}', "Syntax errors in policy."),
        ('{"Statement": [1]}', "Syntax errors in policy."),
        ('{"Version": "2020", "Statement": []}', "Syntax errors in policy."),
        ('{"Statement": [], "Other": 1}', "Syntax errors in policy."),
        (policy(Effect="allow"), "Invalid effect: allow"),
        ({"Statement": {"Action": "*"}}, "Missing required field Effect"),
        ({"Statement": {"Effect": "Allow"}}, "Missing required field Action"),
        (policy(Other=1), "Syntax errors in policy."),
        (policy(Sid=[]), "Syntax errors in policy."),
        (policy(Action=1), "Syntax errors in policy."),
        (policy(Action=[]), "Syntax errors in policy."),
        ({"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "*"}}, "Syntax errors in policy."),
        (policy(Resource=[1]), "Syntax errors in policy."),
        (policy(Principal="me"), "Syntax errors in policy."),
        (policy(Principal={}), "Syntax errors in policy."),
        (policy(Principal={"Other": "x"}), "Syntax errors in policy."),
        (policy(Principal={"AWS": {}}), "Syntax errors in policy."),
        (policy(Condition=[]), "Syntax errors in policy."),
        (policy(Condition={"StringEquals": "x"}), "Syntax errors in policy."),
        (policy(Condition={"StringEquals": {"a:b": {}}}), "Syntax errors in policy."),
        (policy(Condition={"StringIs": {"a:b": "c"}}), "Invalid Condition type : StringIs."),
        (policy(Condition={"ForEach:StringEquals": {"a:b": "c"}}), "Invalid Condition type : ForEach:StringEquals."),
        (policy(Condition={"Null": {"a:b": "maybe"}}), "Syntax errors in policy."),
    ],
)
def test_what_is_no_policy_is_refused(source: Any, message: str) -> None:
    with pytest.raises(MalformedPolicy) as refused:
        compile_policy(source)
    assert refused.value.message == message
    if isinstance(source, str):
        assert stored_policy(source) is None


def test_a_document_is_compiled_once() -> None:
    assert compile_policy(policy(Sid="x")) is compile_policy(policy(Sid="x"))
    assert stored_policy("") is None
