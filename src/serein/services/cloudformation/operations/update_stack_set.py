"""UpdateStackSet: another template, parameters or tags, for all instances or those that are named."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.stacksets import store
from serein.services.cloudformation.stacksets.schedule import in_region_order
from serein.services.cloudformation.stacksets.sets import Instance, StackSet
from serein.services.cloudformation.stacksets.submission import (
    Targets,
    begin_operation,
    checked_template,
    refuse_service_managed,
    settled_parameters,
    targets_of,
)
from serein.services.cloudformation.submission import template_text


@operation(
    "UpdateStackSet",
    partial="SERVICE_MANAGED permissions are refused, as this server has no organizations",
    stored=("AdministrationRoleARN", "ExecutionRoleName"),
)
async def update_stack_set(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)
    stack_set = await call.read(lambda tx: store.require_set(tx, call.scope, request["StackSetName"]))
    if request.get("UsePreviousTemplate"):
        if "TemplateBody" in request or "TemplateURL" in request:
            raise ValidationError("You must specify only one of: TemplateBody, TemplateURL, UsePreviousTemplate")
        text = stack_set.template_text
    else:
        text = await template_text(call, request, None)
    capabilities = request.get("Capabilities", [])
    values = settled_parameters(checked_template(text, capabilities), request, stack_set.parameters)
    has_targets = "Accounts" in request or "DeploymentTargets" in request
    if has_targets != ("Regions" in request):
        raise ValidationError("Accounts and Regions must be specified together")
    targets = await targets_of(call, request, request["Regions"]) if has_targets else None

    def write(tx: Transaction) -> str:
        current = store.require_set(tx, call.scope, request["StackSetName"])
        current.template_text, current.parameters, current.capabilities = text, values, capabilities
        _change(current, request)
        instances = store.instances_of(tx, current.set_id)
        chosen = _chosen(tx, current, request, instances, targets)
        operation_id = begin_operation(tx, current, request, "UPDATE", chosen)
        for instance in instances:
            instance.status = "OUTDATED"
            if instance not in chosen:
                store.save_instance(tx, instance)
        for instance in chosen:
            store.save_instance(tx, instance)
        store.save_set(tx, current)
        return operation_id

    return {"OperationId": await call.write(write)}


def _change(stack_set: StackSet, request: Request) -> None:
    if "Tags" in request:
        stack_set.tags = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
    stack_set.description = request.get("Description", stack_set.description)
    stack_set.administration_role_arn = request.get("AdministrationRoleARN", stack_set.administration_role_arn)
    stack_set.execution_role_name = request.get("ExecutionRoleName", stack_set.execution_role_name)
    stack_set.is_managed = request.get("ManagedExecution", {}).get("Active", stack_set.is_managed)


def _chosen(
    tx: Transaction, stack_set: StackSet, request: Request, instances: list[Instance], targets: Targets | None
) -> list[Instance]:
    if targets is not None:
        return [store.require_instance(tx, stack_set.set_id, account, region) for account, region in targets]
    preferences = request.get("OperationPreferences", {})
    ordered = in_region_order(preferences, [instance.region for instance in instances])
    return sorted(instances, key=lambda instance: ordered.index(instance.region))
