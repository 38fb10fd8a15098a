"""From a request to a stack set or to one of its operations."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Request
from serein.services.cloudformation import parameters
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.stacksets import schedule, store, wakes
from serein.services.cloudformation.stacksets.errors import (
    InvalidOperationException,
    OperationIdAlreadyExistsException,
    OperationInProgressException,
)
from serein.services.cloudformation.stacksets.sets import Instance, Result, SetOperation, StackSet
from serein.services.cloudformation.submission import fetch, iam_capabilities, require_capabilities
from serein.services.cloudformation.templates import Template, check_resources, parse_template, transforms_of

_NO_ORGANIZATION = "You must enable organizations access to operate a service managed stack set"
Targets = list[tuple[str, str]]
"""Accounts and regions, in the order in which they are worked on."""


def refuse_service_managed(request: Request) -> None:
    """Raise ValidationError for what needs AWS Organizations, which this server doesn't have."""
    if request.get("PermissionModel") == "SERVICE_MANAGED" or request.get("CallAs") == "DELEGATED_ADMIN":
        raise ValidationError(_NO_ORGANIZATION)
    if "AutoDeployment" in request:
        raise ValidationError("AutoDeployment can only be specified for stack sets with SERVICE_MANAGED permissions")


def checked_template(text: str, capabilities: list[str]) -> Template:
    """The template of a stack set. Raises ValidationError and InsufficientCapabilitiesException."""
    template = parse_template(text)
    has_transforms = bool(transforms_of(template))
    if not has_transforms:
        check_resources(template)
        if iam_capabilities(template):
            require_capabilities(template, capabilities, has_macros=False)
    elif "CAPABILITY_AUTO_EXPAND" not in capabilities:
        require_capabilities({"Resources": {}}, capabilities, has_macros=True)
    return template


def settled_parameters(template: Template, request: Request, previous: dict[str, str] | None) -> dict[str, str]:
    """The values of a stack set's parameters, those with defaults only where given. Raises ValidationError."""
    given = request.get("Parameters", [])
    settled = parameters.settle(template, given, previous)
    named = {entry.get("ParameterKey") for entry in given}
    return {name: it.value for name, it in settled.items() if name in named}


async def targets_of(call: Call, request: Request, regions: list[str]) -> Targets:
    """The accounts and regions that a request names. Raises ValidationError."""
    wanted = request.get("DeploymentTargets", {})
    if wanted.get("OrganizationalUnitIds") or wanted.get("AccountFilterType", "NONE") != "NONE":
        raise ValidationError("StackSets with SELF_MANAGED permission model can only have ACCOUNTS as target")
    if wanted and "Accounts" in request:
        raise ValidationError("Accounts and DeploymentTargets can not be specified at the same time")
    accounts = list(request.get("Accounts") or wanted.get("Accounts") or [])
    if "AccountsUrl" in wanted:
        text = await fetch(call, wanted["AccountsUrl"])
        accounts += [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]
    malformed = [account for account in accounts if len(account) != 12 or not account.isdigit()]
    if malformed:
        raise ValidationError(f"Accounts are not 12 digits long: {malformed}")
    if not accounts or not regions:
        raise ValidationError("Accounts list and regions list can not be empty")
    ordered = schedule.in_region_order(request.get("OperationPreferences", {}), regions)
    return [(account, region) for region in ordered for account in dict.fromkeys(accounts)]


def overrides_of(stack_set: StackSet, request: Request, previous: dict[str, str]) -> dict[str, str]:
    """An instance's own parameter values after a request. Raises ValidationError.

    AWS: an empty list takes them all back, no list leaves them
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStackInstances.html).
    """
    if "ParameterOverrides" not in request:
        return previous
    declared = parse_template(stack_set.template_text).get("Parameters", {})
    found = {}
    for entry in request["ParameterOverrides"]:
        name = entry.get("ParameterKey")
        if name not in declared:
            raise ValidationError(f"Parameter overrides: [{name}] do not exist in the template")
        if entry.get("UsePreviousValue"):
            if name in previous:
                found[name] = previous[name]
        else:
            found[name] = entry.get("ParameterValue", "")
    return found


def begin_operation(
    tx: Transaction,
    stack_set: StackSet,
    request: Request,
    action: str,
    instances: list[Instance],
    *,
    stack_ids: dict[tuple[str, str], str] | None = None,
) -> str:
    """Keep an operation on instances (already in their order) and start it; return its id.

    Raises OperationInProgressException unless the stack set queues operations.
    """
    preferences = request.get("OperationPreferences", {})
    schedule.check_preferences(preferences, [instance.region for instance in instances])
    before = [operation for operation in store.operations_of(tx, stack_set.set_id) if not operation.is_over]
    operation_id = request.get("OperationId") or new_uuid()
    if before and not stack_set.is_managed:
        raise OperationInProgressException(
            f"Another Operation on StackSet {stack_set.arn} is in progress: {before[0].operation_id}"
        )
    operation = SetOperation(
        set_id=stack_set.set_id,
        operation_id=operation_id,
        action=action,
        status="QUEUED" if before else "RUNNING",
        created_at=tx.now,
        preferences=preferences,
        retains_stacks=request.get("RetainStacks", False),
        targets=request.get("DeploymentTargets", {}),
    )
    results = [
        Result(position, it.account, it.region, (stack_ids or {}).get((it.account, it.region)) or _stack_name(it))
        for position, it in enumerate(instances)
    ]
    if not store.insert_operation(tx, operation, results):
        raise OperationIdAlreadyExistsException(f"Operation {operation_id} already exists")
    for instance in instances:
        instance.last_operation_id, instance.detailed_status, instance.reason = operation_id, "PENDING", ""
        store.save_instance(tx, instance)
    wakes.send_advance(tx, wakes.token_of(stack_set, operation))
    return operation_id


def _stack_name(instance: Instance) -> str:
    if instance.stack_id:
        return instance.stack_id
    return f"StackSet-{instance.set_id.partition(':')[0]}-{new_uuid()}"


def refuse_busy(tx: Transaction, stack_set: StackSet) -> None:
    """Raise OperationInProgressException while an operation runs that a change of the set would disturb."""
    if any(not operation.is_over for operation in store.operations_of(tx, stack_set.set_id)):
        raise OperationInProgressException


def require_known(instances: list[Instance]) -> None:
    """Raise InvalidOperationException when there is nothing to work on."""
    if not instances:
        raise InvalidOperationException("The stack set has no stack instances to operate on")


def shown_preferences(operation: SetOperation) -> dict[str, Any]:
    """The preferences with what AWS fills in."""
    return {"RegionConcurrencyType": "SEQUENTIAL", **operation.preferences}
