"""Assuming a role: which role, for how long, and the session that results."""

from typing import Any

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply
from serein.kernel.scope import Scope
from serein.services.sts.errors import AccessDenied, ValidationError

DEFAULT_DURATION_SECONDS = 3600


def parse_role_arn(text: str) -> Arn:
    """Return the role's ARN. Raises ValidationError."""
    arn = find_arn(text)
    if arn is None or arn.service != "iam" or not arn.resource.startswith("role/"):
        raise ValidationError(f"{text} is invalid")
    return arn


async def require_role(call: Call, arn: Arn) -> dict[str, Any]:
    """Return IAM's description of the role.

    AWS: a role that doesn't exist is refused in the same words as one that may not be assumed
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html).
    """
    scope = Scope(arn.account, call.scope.region)
    try:
        reply = await call.to("iam", "GetRole", {"RoleName": arn.resource.rpartition("/")[2]}, scope)
    except AwsError as error:
        if error.code == "NoSuchEntity":
            raise denied(call, str(arn)) from None
        raise
    role: dict[str, Any] = reply["Role"]
    if role["Arn"] != str(arn):
        raise denied(call, str(arn))
    return role


def denied(call: Call, role_arn: str, action: str = "") -> AccessDenied:
    """AWS's refusal, which doesn't say why."""
    asked = action or f"sts:{call.operation}"
    return AccessDenied(f"User: {call.caller.arn} is not authorized to perform: {asked} on resource: {role_arn}")


async def keep_role_session(
    call: Call, role: dict[str, Any], session_name: str, duration_seconds: int, details: dict[str, Any] | None = None
) -> Reply:
    """Issue credentials for a session of the role: reply with Credentials and AssumedRoleUser.

    `details` are IAM's of a session: its policies and tags.
    """
    arn = Arn(*role["Arn"].split(":", 5)[1:])
    name = role["RoleName"]
    user_id = f"{role['RoleId']}:{session_name}"
    session_arn = f"arn:{arn.partition}:sts::{arn.account}:assumed-role/{name}/{session_name}"
    credentials = await call.to(
        "iam",
        "KeepSession",
        {
            "Arn": session_arn,
            "UserId": user_id,
            "DurationSeconds": duration_seconds,
            "Details": {"RoleArn": role["Arn"], **(details or {})},
        },
        Scope(arn.account, call.scope.region),
    )
    return {"Credentials": credentials, "AssumedRoleUser": {"AssumedRoleId": user_id, "Arn": session_arn}}
