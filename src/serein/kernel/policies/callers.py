"""What the caller of an operation is to policies: a principal, and the global condition keys of its call.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from datetime import UTC, datetime

from serein.kernel.policies.principals import Principal, aws_principal, service_principal
from serein.kernel.policies.requests import Value
from serein.kernel.scope import Caller

_TYPES = {
    "root": "Account",
    "user": "User",
    "assumed-role": "AssumedRole",
    "federated-user": "FederatedUser",
    "role": "AssumedRole",
}


def caller_principal(caller: Caller) -> Principal:
    """The principal that a caller is. A service is one of its own where it says what it calls for."""
    if caller.source_arn:
        return service_principal(caller.service or "", caller.source_account)
    return aws_principal(caller.arn, caller.user_id)


def caller_context(caller: Caller, region: str, now: float) -> dict[str, Value]:
    """The condition keys of a call to `region` at `now`, seconds since the epoch."""
    moment = datetime.fromtimestamp(now, UTC)
    return {
        "aws:RequestedRegion": region,
        "aws:CurrentTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now)),
        # Why: on AWS every client has TLS at hand, and policies that demand it are common; it must not be in the way.
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
        **(_of_service(caller) if caller.source_arn else _of_identity(caller)),
        **dict(caller.context),
    }


def _of_service(caller: Caller) -> dict[str, Value]:
    name = service_principal(caller.service or "").id
    return {
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": name,
        "aws:SourceArn": caller.source_arn,
        "aws:SourceAccount": caller.source_account,
    }


def _of_identity(caller: Caller) -> dict[str, Value]:
    return {
        "aws:PrincipalIsAWSService": "false",
        **identity_context(caller.arn, caller.user_id),
    }


def identity_context(arn: str, user_id: str) -> dict[str, Value]:
    """The condition keys that follow from who somebody is. A role with a path is taken for one without."""
    principal = aws_principal(arn)
    resource = arn.split(":", 5)[5] if arn.count(":") >= 5 else ""
    kind, _, name = resource.partition("/")
    context: dict[str, Value] = {
        "aws:PrincipalArn": arn,
        "aws:PrincipalAccount": principal.account,
        "aws:PrincipalType": _TYPES.get(kind, "User"),
    }
    if user_id:
        context["aws:userid"] = user_id
    if kind == "user":
        context["aws:username"] = name.rpartition("/")[2]
    if kind == "assumed-role":
        partition = arn.split(":", 2)[1]
        context["aws:PrincipalArn"] = f"arn:{partition}:iam::{principal.account}:role/{name.partition('/')[0]}"
    return context
