"""CreateStackSet: keep a template that is to be stacks in several accounts and regions."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.stacksets import store
from serein.services.cloudformation.stacksets.sets import StackSet
from serein.services.cloudformation.stacksets.submission import (
    checked_template,
    refuse_service_managed,
    settled_parameters,
)
from serein.services.cloudformation.store import stacks
from serein.services.cloudformation.submission import template_text

_EXECUTION_ROLE = "AWSCloudFormationStackSetExecutionRole"


@operation(
    "CreateStackSet",
    partial="SERVICE_MANAGED permissions are refused, as this server has no organizations",
    stored=("AdministrationRoleARN", "ExecutionRoleName"),
)
async def create_stack_set(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)
    name, token = request["StackSetName"], request.get("ClientRequestToken", "")
    existing = await call.read(lambda tx: store.find_set(tx, call.scope, name))
    if existing is not None and token and existing.client_token == token:
        return {"StackSetId": existing.set_id}
    if "StackId" in request:
        if "TemplateBody" in request or "TemplateURL" in request:
            raise ValidationError("Only one of StackId, TemplateBody and TemplateURL can be specified")
        stack = await call.read(lambda tx: stacks.require_stack(tx, call.scope, request["StackId"]))
        text = stack.definition.template_text
    else:
        text = await template_text(call, request, None)
    template = checked_template(text, request.get("Capabilities", []))
    stack_set = StackSet(
        set_id=f"{name}:{new_uuid()}",
        scope=call.scope,
        name=name,
        status="ACTIVE",
        created_at=call.now,
        template_text=text,
        parameters=settled_parameters(template, request, None),
        capabilities=request.get("Capabilities", []),
        tags={tag["Key"]: tag["Value"] for tag in request.get("Tags", [])},
        description=request.get("Description", ""),
        administration_role_arn=request.get("AdministrationRoleARN", _administration_role(call)),
        execution_role_name=request.get("ExecutionRoleName", _EXECUTION_ROLE),
        is_managed=request.get("ManagedExecution", {}).get("Active", False),
        client_token=token,
    )

    def write(tx: Transaction) -> None:
        store.insert_set(tx, stack_set)

    await call.write(write)
    return {"StackSetId": stack_set.set_id}


def _administration_role(call: Call) -> str:
    scope = call.scope
    return f"arn:{scope.partition}:iam::{scope.account}:role/AWSCloudFormationStackSetAdministrationRole"
