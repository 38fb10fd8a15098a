"""Trust policies: who may assume a role.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from typing import Any
from urllib.parse import unquote

from serein.kernel.access import request_of
from serein.kernel.call import Call
from serein.kernel.operation import Request
from serein.kernel.policies import stored_policy
from serein.kernel.policies.requests import Value
from serein.services.sts.errors import AccessDenied
from serein.services.sts.roles import denied


def require_trusted(call: Call, role: dict[str, Any], request: Request) -> None:
    """Raise AccessDenied unless the role's trust policy lets the caller begin the session that it asks for.

    A policy that trusts an account leaves it to that account who of it may; here everybody may.
    """
    asked = request_of(call, "sts:AssumeRole", role["Arn"], _context(request))
    if asked.principal.is_root:
        raise AccessDenied("Roles may not be assumed by root accounts.")
    policy = stored_policy(unquote(role["AssumeRolePolicyDocument"]))
    actions = ["sts:AssumeRole"]
    if request.get("Tags"):
        actions.append("sts:TagSession")
    if "SourceIdentity" in request:
        actions.append("sts:SetSourceIdentity")
    for action in actions:
        if policy is None or not policy.decide(asked.about(action, role["Arn"])).is_allowed:
            raise denied(call, role["Arn"], action)


def _context(request: Request) -> dict[str, Value]:
    members = (
        ("sts:ExternalId", "ExternalId"),
        ("sts:RoleSessionName", "RoleSessionName"),
        ("sts:SourceIdentity", "SourceIdentity"),
        ("sts:TransitiveTagKeys", "TransitiveTagKeys"),
    )
    context: dict[str, Value] = {key: request[member] for key, member in members if member in request}
    tags = request.get("Tags") or []
    if tags:
        context |= {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags}
        context["aws:TagKeys"] = [tag["Key"] for tag in tags]
    return context
