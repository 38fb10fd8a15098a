"""CreateStack: make a stack and everything that its template declares."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation import starting
from serein.services.cloudformation.engine.advance import fail_create
from serein.services.cloudformation.errors import TransformFailure, ValidationError
from serein.services.cloudformation.options import apply_options, is_repeated, policy_of
from serein.services.cloudformation.stacks import Definition, Settings
from serein.services.cloudformation.store import stacks
from serein.services.cloudformation.submission import Target, submitted, template_text


@operation("CreateStack", stored=("RoleARN", "DisableValidation"))
async def create_stack(call: Call, request: Request) -> Reply:
    name = request["StackName"]
    starting.check_name(name)
    if "OnFailure" in request and "DisableRollback" in request:
        raise ValidationError("Either DisableRollback or OnFailure can be specified, not both.")
    existing = await call.read(lambda tx: stacks.find_stack(tx, call.scope, name))
    token = request.get("ClientRequestToken", "")
    if existing is not None and is_repeated(existing, "CreateStack", token):
        return {"StackId": existing.stack_id, "OperationId": existing.operation}
    stack_id = starting.new_stack_id(call, name)
    failure = ""
    try:
        definition = await submitted(call, request, Target(name, stack_id, None))
    except TransformFailure as error:
        # AWS: macros run once there is a stack, so what goes wrong in them is the stack's failure
        # (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros.html).
        failure = error.message
        text, capabilities = await template_text(call, request, None), request.get("Capabilities", [])
        definition = Definition(text, {"Resources": {}}, {}, {}, capabilities, [])
    settings = Settings(
        on_failure=request.get("OnFailure", "ROLLBACK"),
        termination_protection=request.get("EnableTerminationProtection", False),
        timeout_minutes=request.get("TimeoutInMinutes", 0),
        policy=await policy_of(call, request),
    )
    apply_options(settings, request, "CreateStack")
    stack = starting.new_stack(call, name, stack_id, definition, settings)

    def write(tx: Transaction) -> None:
        starting.insert_stack(tx, stack)
        starting.begin_create(tx, stack)
        if failure:
            fail_create(tx, stack, f"{failure}. ")

    await call.write(write)
    return {"StackId": stack_id, "OperationId": stack.operation}
