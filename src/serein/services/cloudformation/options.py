"""What requests say of how an operation on a stack is to go: policies, triggers, failures."""

from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.operation import Request
from serein.services.cloudformation.errors import TokenAlreadyExists, ValidationError
from serein.services.cloudformation.protection import check_policy
from serein.services.cloudformation.stacks import Settings, Stack
from serein.services.cloudformation.submission import fetch

KEPT = ("DeploymentConfig", "RollbackConfiguration")
"""What a change set says for its execution."""
_ALARMS = frozenset({"AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"})


async def policy_of(call: Call, request: Request, member: str = "StackPolicy", default: str = "") -> str:
    """The stack policy of `{member}Body` or `{member}URL`. Raises ValidationError."""
    body, url = request.get(f"{member}Body"), request.get(f"{member}URL")
    if body is not None and url is not None:
        raise ValidationError(f"You cannot specify both {member}Body and {member}URL")
    if url is not None:
        body = await fetch(call, url)
    if body is None:
        return default
    policy: str = body
    check_policy(policy)
    return policy


def is_repeated(stack: Stack, action: str, token: str) -> bool:
    """Whether the request with this token was carried out before. Raises TokenAlreadyExists when another one was."""
    settings = stack.settings
    if not token or settings.client_token != token:
        return False
    if settings.token_action not in ("", action):
        raise TokenAlreadyExists(f"Client request token {token} was used for another operation already")
    return True


def apply_options(settings: Settings, request: Request, action: str) -> None:
    """Note what a request says that starts an operation."""
    configuration: dict[str, Any] = request.get("DeploymentConfig", {})
    settings.client_token, settings.token_action = request.get("ClientRequestToken", ""), action
    settings.deployment_config = configuration
    settings.disable_rollback = request.get("DisableRollback", configuration.get("DisableRollback", False))
    settings.retain_except_on_create = request.get("RetainExceptOnCreate", False)
    settings.watched_until, settings.imports = 0.0, {}
    if "RollbackConfiguration" in request:
        settings.rollback_configuration = rollback_configuration(request)


def rollback_configuration(request: Request) -> dict[str, Any]:
    """The request's rollback triggers. Raises ValidationError for what is no alarm."""
    configuration: dict[str, Any] = request.get("RollbackConfiguration", {})
    for trigger in configuration.get("RollbackTriggers", []):
        arn = find_arn(trigger["Arn"])
        if trigger["Type"] not in _ALARMS or arn is None or arn.service != "cloudwatch":
            raise ValidationError(f"Rollback trigger {trigger['Arn']} of type {trigger['Type']} is not supported")
    return configuration
