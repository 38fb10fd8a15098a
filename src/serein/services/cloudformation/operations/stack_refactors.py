"""Stack refactors: made, described, listed and executed."""

from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation import starting
from serein.services.cloudformation.engine.run import Run
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.pages import page_of
from serein.services.cloudformation.refactors import execution, store
from serein.services.cloudformation.refactors.moves import find_moves
from serein.services.cloudformation.refactors.plan import plan
from serein.services.cloudformation.refactors.store import Member, Move, Refactor
from serein.services.cloudformation.stacks import Definition, Stack
from serein.services.cloudformation.store import resources, stacks
from serein.services.cloudformation.store.stacks import encode_definition
from serein.services.cloudformation.submission import Target, submitted, template_text
from serein.services.cloudformation.templates import parse_template

_NOTHING = Definition("", {"Resources": {}}, {}, {}, [], [])
_CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


@operation("CreateStackRefactor")
async def create_stack_refactor(call: Call, request: Request) -> Reply:
    refactor = Refactor(
        refactor_id=new_uuid(),
        scope=call.scope,
        status="CREATE_COMPLETE",
        execution_status="AVAILABLE",
        created_at=call.now,
        description=request.get("Description", ""),
    )
    try:
        for definition in request["StackDefinitions"]:
            refactor.members.append(
                await _member(call, definition, may_create=bool(request.get("EnableStackCreation")))
            )
        mappings = request.get("ResourceMappings", [])
        await call.write(lambda tx: _plan(tx, call, refactor, mappings))
    except AwsError as error:
        refactor.status, refactor.reason = "CREATE_FAILED", error.message
        refactor.execution_status = "UNAVAILABLE"
    await call.write(lambda tx: store.save_refactor(tx, refactor))
    return {"StackRefactorId": refactor.refactor_id}


async def _member(call: Call, definition: Request, *, may_create: bool) -> Member:
    """A stack as a refactor is to make it. Raises ValidationError."""
    if "StackName" not in definition:
        raise ValidationError("Every stack definition must have a StackName")
    text = await template_text(call, definition, None)
    existing = await call.read(lambda tx: stacks.find_stack(tx, call.scope, definition["StackName"]))
    if existing is None and not may_create:
        raise ValidationError(
            f"Stack [{definition['StackName']}] does not exist, and EnableStackCreation is not specified"
        )
    if existing is None:
        starting.check_name(definition["StackName"])
        name, stack_id = definition["StackName"], starting.new_stack_id(call, definition["StackName"])
    else:
        starting.require_updatable(existing)
        name, stack_id = existing.name, existing.stack_id
    before = existing.definition if existing else _NOTHING
    declared = parse_template(text).get("Parameters", {})
    kept = [{"ParameterKey": it, "UsePreviousValue": True} for it in before.parameters if it in declared]
    asked = {"UsePreviousTemplate": True, "Parameters": kept, "Capabilities": _CAPABILITIES}
    made = await submitted(call, asked, Target(name, stack_id, replace(before, template_text=text)))
    made.capabilities = before.capabilities
    return Member(name, stack_id, existing is None, encode_definition(made), existing.operation if existing else "")


def _plan(tx: Transaction, call: Call, refactor: Refactor, mappings: list[Reply]) -> None:
    """Find the moves of a refactor, and try whether they can be made. Raises ValidationError."""
    members = [(member, execution.stack_of(tx, refactor, member)) for member in refactor.members]
    before = {stack.name: {} if member.is_new else _resources_of(tx, stack) for member, stack in members}
    after = {}
    for member, stack in members:
        wanted = replace(stack, definition=stacks.decode_definition(member.definition))
        after[stack.name] = Run(call.platform, wanted, [], {}).desired()
    refactor.moves = find_moves(before, after, mappings)
    execution.refuse_lost_exports(tx, refactor, plan(tx, call.platform, members, refactor.moves))


def _resources_of(tx: Transaction, stack: Stack) -> dict[str, Reply]:
    templates = stack.definition.processed["Resources"]
    rows = [row for row in resources.resources_of(tx, stack.stack_id) if not row.slot]
    return {row.logical_id: templates.get(row.logical_id, {}) | {"Type": row.type} for row in rows}


@operation("DescribeStackRefactor")
async def describe_stack_refactor(call: Call, request: Request) -> Reply:
    found = await call.read(lambda tx: store.require_refactor(tx, call.scope, request["StackRefactorId"]))
    return _summary(found) | {"StackIds": [member.stack_id for member in found.members]}


@operation("ListStackRefactors")
async def list_stack_refactors(call: Call, request: Request) -> Reply:
    wanted = request.get("ExecutionStatusFilter")
    found = await call.read(lambda tx: store.refactors_of(tx, call.scope))
    shown = [_summary(it) for it in found if not wanted or it.execution_status in wanted]
    return page_of("StackRefactorSummaries", shown, request)


@operation("ListStackRefactorActions")
async def list_stack_refactor_actions(call: Call, request: Request) -> Reply:
    found = await call.read(lambda tx: store.require_refactor(tx, call.scope, request["StackRefactorId"]))
    stack_ids = {member.name: member.stack_id for member in found.members}
    actions = [
        {"Action": "CREATE", "Entity": "STACK", "Description": f"Stack {member.name} created."}
        for member in found.members
        if member.is_new
    ]
    actions += [_action(move, stack_ids) for move in found.moves]
    return page_of("StackRefactorActions", actions, request)


@operation("ExecuteStackRefactor")
async def execute_stack_refactor(call: Call, request: Request) -> Reply:
    """Either everything moves or, when a stack has changed meanwhile, nothing."""

    def write(tx: Transaction) -> str:
        found = store.require_refactor(tx, call.scope, request["StackRefactorId"])
        if found.execution_status != "AVAILABLE":
            raise ValidationError(
                f"Stack refactor {found.refactor_id} is in {found.execution_status} state and can not be executed"
            )
        execution.execute(tx, call.platform, found)
        found.execution_status = "EXECUTE_COMPLETE"
        store.save_refactor(tx, found)
        return ""

    def fail(tx: Transaction, reason: str) -> None:
        found = store.require_refactor(tx, call.scope, request["StackRefactorId"])
        if found.execution_status == "AVAILABLE":
            found.execution_status, found.execution_reason = "EXECUTE_FAILED", reason
            store.save_refactor(tx, found)

    try:
        await call.write(write)
    except ValidationError as error:
        reason = error.message
        if reason.endswith("can not be executed"):
            raise
        await call.write(lambda tx: fail(tx, reason))
    return {}


def _summary(found: Refactor) -> Reply:
    shown = {
        "StackRefactorId": found.refactor_id,
        "Description": found.description,
        "ExecutionStatus": found.execution_status,
        "ExecutionStatusReason": found.execution_reason,
        "Status": found.status,
        "StatusReason": found.reason,
    }
    return {name: value for name, value in shown.items() if value}


def _action(move: Move, stack_ids: dict[str, str]) -> Reply:
    return {
        "Action": "MOVE",
        "Entity": "RESOURCE",
        "PhysicalResourceId": move.physical_id,
        "ResourceIdentifier": move.physical_id,
        "Description": "No configuration changes detected.",
        "Detection": move.detection,
        "TagResources": [
            {"Key": "aws:cloudformation:stack-name", "Value": move.destination},
            {"Key": "aws:cloudformation:logical-id", "Value": move.destination_id},
            {"Key": "aws:cloudformation:stack-id", "Value": stack_ids[move.destination]},
        ],
        "UntagResources": [
            "aws:cloudformation:stack-name",
            "aws:cloudformation:logical-id",
            "aws:cloudformation:stack-id",
        ],
        "ResourceMapping": {
            "Source": {"StackName": stack_ids[move.source], "LogicalResourceId": move.source_id},
            "Destination": {"StackName": stack_ids[move.destination], "LogicalResourceId": move.destination_id},
        },
    }
