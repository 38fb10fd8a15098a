"""AWS::CloudFormation::Stack: a stack within a stack."""

from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.resource import Deployment, Made, Properties
from serein.services.cloudformation.builtin.answers import inner, require_answer
from serein.services.cloudformation.engine.deployment import StackDeployment
from serein.services.cloudformation.errors import HandlerPending, ResourceFailure
from serein.services.cloudformation.functions import text_of
from serein.services.cloudformation.store import resources

_TIMEOUT_SECONDS = 7 * 86_400.0


class NestedStackType:
    """Ref is the nested stack's id; its outputs are the attributes `Outputs.Name`."""

    properties = frozenset({"NotificationARNs", "Parameters", "Tags", "TemplateURL", "TimeoutInMinutes"})
    replaced_by: frozenset[str] = frozenset()
    stored = frozenset({"NotificationARNs", "TimeoutInMinutes"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = _request(deployment, properties) | {"StackName": deployment.physical_name(128)}
        return await _carry_out(inner(deployment), "CreateNestedStack", request)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = _request(deployment, new) | {"StackName": physical_id}
        return await _carry_out(inner(deployment), "UpdateNestedStack", request)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await _carry_out(inner(deployment), "DeleteNestedStack", {"StackName": physical_id})


def _request(deployment: Deployment, properties: Properties) -> dict[str, Any]:
    parameters = [
        {"ParameterKey": name, "ParameterValue": text_of(value)}
        for name, value in (properties.get("Parameters") or {}).items()
    ]
    own = {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags") or []}
    stack_tags = {key: value for key, value in deployment.tags.items() if not key.startswith("aws:")}
    return {
        "TemplateURL": properties["TemplateURL"],
        "Parameters": parameters,
        "Tags": [{"Key": key, "Value": value} for key, value in (stack_tags | own).items()],
        "NotificationARNs": properties.get("NotificationARNs") or [],
        "ParentId": deployment.stack_id,
    }


async def _carry_out(deployment: StackDeployment, operation: str, request: dict[str, Any]) -> Made:
    """Start the nested stack's operation once, and wait for its end."""
    try:
        answer = await require_answer(deployment, _TIMEOUT_SECONDS, lambda tx, token: None)
    except HandlerPending as pending:
        token = await deployment.platform.database.read(lambda tx: _token(tx, deployment))
        started = await deployment.call("cloudformation", operation, request | {"WaitToken": token})
        if not started["IsDone"]:
            raise HandlerPending(pending.deadline, started["StackId"]) from None
        return await _made(deployment, started["StackId"])
    status, _, reason = answer.partition(" ")
    # Once its parent takes the update back, so it may a nested stack that had failed to.
    is_taken_back = status == "UPDATE_ROLLBACK_COMPLETE" and deployment.stack.status == "UPDATE_ROLLBACK_IN_PROGRESS"
    stack_id = deployment.resource.physical_id or request["StackName"]
    if operation == "DeleteNestedStack":
        if status == "DELETE_COMPLETE":
            return Made(stack_id)
    elif status in ("CREATE_COMPLETE", "UPDATE_COMPLETE") or is_taken_back:
        return await _made(deployment, stack_id)
    reason = reason if answer else "it took too long"
    if operation == "UpdateNestedStack":
        # AWS: tells of the status in which the nested stack is when its update has just failed.
        reason = f". Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: {reason}"
    else:
        reason = f": {reason}"
    raise ResourceFailure(f"Embedded stack {stack_id} was not successfully {_DONE[operation]}{reason}")


_DONE = {"CreateNestedStack": "created", "UpdateNestedStack": "updated", "DeleteNestedStack": "deleted"}


def _token(tx: Transaction, deployment: StackDeployment) -> str:
    found = resources.find_wait(tx, deployment.stack_id, deployment.purpose)
    return found[0] if found else ""


async def _made(deployment: StackDeployment, name: str) -> Made:
    try:
        reply = await deployment.call("cloudformation", "DescribeStacks", {"StackName": name})
    except AwsError:
        return Made(name)
    stack = reply["Stacks"][0]
    outputs = {f"Outputs.{it['OutputKey']}": it["OutputValue"] for it in stack.get("Outputs", [])}
    return Made(stack["StackId"], outputs)
