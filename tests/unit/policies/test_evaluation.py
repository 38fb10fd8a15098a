"""How policies of identities, boundaries, sessions and resources count together, in one account and across two.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from typing import Any

import pytest

from serein.kernel.policies import (
    ANONYMOUS,
    Identity,
    NamedPolicy,
    Policy,
    Request,
    Verdict,
    aws_principal,
    caller_context,
    caller_principal,
    compile_policy,
    decide_access,
    decide_identity,
    decide_resource,
    refusal_text,
    service_principal,
)
from serein.kernel.scope import Caller, Scope

HOME, AWAY = "111122223333", "444455556666"
QUEUE = f"arn:aws:sqs:us-east-1:{HOME}:orders"
USER = aws_principal(f"arn:aws:iam::{HOME}:user/ann")
SESSION = aws_principal(f"arn:aws:sts::{HOME}:assumed-role/worker/night")
ROOT = aws_principal(f"arn:aws:iam::{HOME}:root")
ROLE = f"arn:aws:iam::{HOME}:role/worker"


def policy(effect: str, principal: Any = None) -> Policy:
    """A policy about everything; without a principal one of an identity."""
    statement = {"Effect": effect, "Action": "*", "Resource": "*"}
    return compile_policy({"Statement": {**statement, "Principal": principal} if principal else statement})


NOTHING = compile_policy({"Statement": []})
ALLOW, DENY = policy("Allow"), policy("Deny")


def named(*policies: Policy) -> tuple[NamedPolicy, ...]:
    return tuple(NamedPolicy("p", "user", each) for each in policies)


def identity(*own: Policy, boundary: Policy | None = None, session: Policy | None = None) -> Identity:
    limit = named(boundary)[0] if boundary is not None else None
    return Identity(named(*own), limit, named(session) if session is not None else None)


def asked(principal: Any) -> Request:
    return Request("sqs:SendMessage", QUEUE, principal)


BY_USER = policy("Allow", {"AWS": USER.id})
BY_SESSION = policy("Allow", {"AWS": SESSION.id})
BY_ROLE = policy("Allow", {"AWS": ROLE})
BY_ACCOUNT = policy("Allow", {"AWS": HOME})
BY_ALL = policy("Allow", "*")


@pytest.mark.parametrize(
    ("principal", "who", "resource", "outcome"),
    [
        # Identities alone.
        (USER, identity(), None, "because no identity-based policy allows the sqs:SendMessage action"),
        (USER, identity(ALLOW), None, ""),
        (USER, identity(ALLOW, DENY), None, "with an explicit deny in an identity-based policy"),
        (ROOT, identity(), None, ""),
        # Boundaries and sessions limit.
        (USER, identity(ALLOW, boundary=ALLOW), None, ""),
        (
            USER,
            identity(ALLOW, boundary=NOTHING),
            None,
            "because no permissions boundary allows the sqs:SendMessage action",
        ),
        (USER, identity(ALLOW, boundary=DENY), None, "with an explicit deny in a permissions boundary"),
        (USER, identity(boundary=ALLOW), None, "because no identity-based policy allows the sqs:SendMessage action"),
        (SESSION, identity(ALLOW, session=ALLOW), None, ""),
        (
            SESSION,
            identity(ALLOW, session=NOTHING),
            None,
            "because no session policy allows the sqs:SendMessage action",
        ),
        (SESSION, identity(ALLOW, session=DENY), None, "with an explicit deny in a session policy"),
        # The resource's own account: its policy may be enough.
        (USER, identity(), BY_USER, ""),
        (USER, identity(), BY_ALL, ""),
        (USER, identity(), BY_ACCOUNT, "because no identity-based policy allows the sqs:SendMessage action"),
        (USER, identity(ALLOW), BY_ACCOUNT, ""),
        (USER, identity(ALLOW), NOTHING, ""),
        (USER, identity(boundary=NOTHING), BY_USER, ""),
        (USER, identity(DENY), BY_USER, "with an explicit deny in an identity-based policy"),
        (USER, identity(boundary=DENY), BY_USER, "with an explicit deny in a permissions boundary"),
        (
            USER,
            identity(ALLOW),
            policy("Deny", {"AWS": USER.id}),
            "with an explicit deny in a resource-based policy",
        ),
        (ROOT, identity(), policy("Deny", "*"), "with an explicit deny in a resource-based policy"),
        (SESSION, identity(), BY_ROLE, ""),
        (
            SESSION,
            identity(boundary=NOTHING),
            BY_ROLE,
            "because no permissions boundary allows the sqs:SendMessage action",
        ),
        (SESSION, identity(session=NOTHING), BY_ROLE, "because no session policy allows the sqs:SendMessage action"),
        (SESSION, identity(boundary=NOTHING, session=NOTHING), BY_SESSION, ""),
    ],
)
def test_in_one_account_any_policy_may_allow(
    principal: Any, who: Identity, resource: Policy | None, outcome: str
) -> None:
    request = asked(principal)
    assert reason(request, decide_access(request, who, resource, HOME)) == outcome


def reason(request: Request, verdict: Verdict) -> str:
    text = "" if verdict.is_allowed else refusal_text(request, verdict)
    return text.partition(f"{QUEUE} ")[2]


@pytest.mark.parametrize(
    ("principal", "who", "resource", "outcome"),
    [
        (USER, identity(ALLOW), None, "because no resource-based policy allows the sqs:SendMessage action"),
        (USER, identity(ALLOW), BY_ACCOUNT, ""),
        (USER, identity(ALLOW), BY_USER, ""),
        (USER, identity(), BY_USER, "because no identity-based policy allows the sqs:SendMessage action"),
        (
            USER,
            identity(ALLOW, boundary=NOTHING),
            BY_USER,
            "because no permissions boundary allows the sqs:SendMessage action",
        ),
        (SESSION, identity(), BY_SESSION, "because no identity-based policy allows the sqs:SendMessage action"),
        (SESSION, identity(ALLOW), BY_ROLE, ""),
        (ROOT, identity(), BY_ACCOUNT, ""),
        (ROOT, identity(), None, "because no resource-based policy allows the sqs:SendMessage action"),
    ],
)
def test_across_accounts_both_sides_must_allow(
    principal: Any, who: Identity, resource: Policy | None, outcome: str
) -> None:
    request = asked(principal)
    assert reason(request, decide_access(request, who, resource, AWAY)) == outcome


def test_services_and_nobody_in_particular_need_the_resources_policy() -> None:
    service = asked(service_principal("sns", HOME))
    assert not decide_access(service, None, None, HOME).is_allowed
    assert decide_access(service, None, policy("Allow", {"Service": "sns.amazonaws.com"}), HOME).is_allowed
    assert not decide_resource(service, None, HOME).is_allowed
    assert decide_resource(asked(ANONYMOUS), BY_ALL, HOME).is_allowed
    assert not decide_resource(asked(ANONYMOUS), BY_ACCOUNT, HOME).is_allowed


def test_where_identities_are_not_asked_the_own_account_may_what_nothing_denies() -> None:
    assert decide_resource(asked(USER), None, HOME).is_allowed
    assert not decide_resource(asked(USER), None, AWAY).is_allowed
    assert decide_resource(asked(USER), BY_ACCOUNT, AWAY).is_allowed
    denied = decide_resource(asked(USER), policy("Deny", "*"), HOME)
    assert refusal_text(asked(USER), denied) == (
        f"User: {USER.id} is not authorized to perform: sqs:SendMessage on resource: {QUEUE} "
        "with an explicit deny in a resource-based policy"
    )


def test_a_verdict_names_the_policy_that_decides() -> None:
    own = (NamedPolicy("quiet", "user", NOTHING), NamedPolicy("generous", "user", ALLOW))
    verdict = decide_identity(asked(USER), Identity(own))
    assert verdict.source is not None
    assert verdict.source.name == "generous"


def test_a_caller_is_a_principal_with_circumstances() -> None:
    session = Caller("ASIA", SESSION.id, "AROA:night", context=(("aws:SourceIp", "10.0.0.1"),))
    context = caller_context(session, "eu-west-1", 1577836800.5)
    assert caller_principal(session).names[1][0] == f"{HOME}:role/worker"
    expected = {
        "aws:PrincipalArn": ROLE,
        "aws:PrincipalAccount": HOME,
        "aws:PrincipalType": "AssumedRole",
        "aws:userid": "AROA:night",
        "aws:SourceIp": "10.0.0.1",
        "aws:RequestedRegion": "eu-west-1",
        "aws:CurrentTime": "2020-01-01T00:00:00Z",
        "aws:EpochTime": "1577836800",
        "aws:SecureTransport": "true",
    }
    assert {key: context.get(key) for key in expected} == expected
    user = caller_context(Caller("AKIA", f"arn:aws:iam::{HOME}:user/x/ann", "AIDA"), "us-east-1", 0)
    assert (user["aws:username"], user["aws:PrincipalType"]) == ("ann", "User")


def test_a_service_is_a_principal_with_its_source() -> None:
    scope = Scope(AWAY, "us-east-1")
    caller = Caller.of_service("s3", scope, "arn:aws:s3:::bucket", HOME)
    assert caller_principal(caller).id == "s3.amazonaws.com"
    context = caller_context(caller, "us-east-1", 0)
    assert (context["aws:SourceArn"], context["aws:SourceAccount"]) == ("arn:aws:s3:::bucket", HOME)
    assert "aws:PrincipalArn" not in context
    topic = Caller.of_service("sns", scope, f"arn:aws:sns:us-east-1:{HOME}:t")
    assert topic.source_account == HOME
    assert Caller.of_service("sns", scope).source_arn == ""
