"""What a session is begun with besides its role: policies that limit it, tags, an identity to blame.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
"""

from typing import Any

from serein.kernel.operation import Request
from serein.kernel.policies import MalformedPolicy, compile_policy
from serein.services.sts.errors import MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError

_MOST_POLICY_CHARACTERS = 2048
_MOST_POLICIES = 10


def session_details(request: Request) -> dict[str, Any]:
    """What IAM keeps of a session. Raises MalformedPolicyDocument, PackedPolicyTooLarge and ValidationError."""
    details: dict[str, Any] = {}
    policy = request.get("Policy")
    if policy is not None:
        _check_policy(policy)
        details["Policy"] = policy
    arns = [each["arn"] for each in request.get("PolicyArns", ()) if "arn" in each]
    if len(arns) > _MOST_POLICIES:
        raise ValidationError(f"The number of policy ARNs exceeds the limit of {_MOST_POLICIES}.")
    if arns:
        details["PolicyArns"] = arns
    tags = request.get("Tags")
    if tags:
        details["Tags"] = _tags(tags)
    if "SourceIdentity" in request:
        details["SourceIdentity"] = request["SourceIdentity"]
    return details


def _check_policy(text: str) -> None:
    if len(text) > _MOST_POLICY_CHARACTERS:
        raise PackedPolicyTooLarge("Packed size of session policies and tags consumes more than 100% of the limit.")
    try:
        policy = compile_policy(text)
    except MalformedPolicy as malformed:
        raise MalformedPolicyDocument(malformed.message) from None
    if any(statement.has_principal for statement in policy.statements):
        raise MalformedPolicyDocument("Policy document should not specify a principal.")


def _tags(tags: list[dict[str, str]]) -> dict[str, str]:
    lowered = [tag["Key"].lower() for tag in tags]
    if len(set(lowered)) < len(lowered):
        raise ValidationError("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    return {tag["Key"]: tag["Value"] for tag in tags}
