"""A refactor carried out: rows of resources move, and their stacks become what was planned."""

from serein.kernel.call import Platform
from serein.kernel.database import Delivery, Target, Transaction
from serein.kernel.ids import new_uuid
from serein.services.cloudformation import starting
from serein.services.cloudformation.engine.advance import enter
from serein.services.cloudformation.engine.outputs import exports_of
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.refactors.plan import Planned, plan
from serein.services.cloudformation.refactors.store import Member, Refactor
from serein.services.cloudformation.stacks import COMPLETE_FOR_UPDATE, Settings, Stack
from serein.services.cloudformation.store import resources, stacks
from serein.services.cloudformation.store.stacks import decode_definition

_REASON = "Stack refactor"


def stack_of(tx: Transaction, refactor: Refactor, member: Member) -> Stack:
    """The stack that a refactor changes, or the one that it makes. Raises ValidationError when it can't."""
    if not member.is_new:
        stack = stacks.require_stack(tx, refactor.scope, member.stack_id)
        if stack.status not in COMPLETE_FOR_UPDATE:
            raise ValidationError(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")
        return stack
    if stacks.find_stack(tx, refactor.scope, member.name) is not None:
        raise ValidationError(f"Stack [{member.name}] already exists")
    return Stack(
        stack_id=member.stack_id,
        scope=refactor.scope,
        name=member.name,
        status="",
        reason="",
        created_at=tx.now,
        updated_at=None,
        deleted_at=None,
        operation=member.operation,
        turn=0,
        is_parked=False,
        definition=decode_definition(member.definition),
        previous=None,
        settings=Settings(),
        outputs=[],
    )


def execute(tx: Transaction, platform: Platform, refactor: Refactor) -> None:
    """Carry a refactor out. Raises ValidationError when its stacks have changed since it was made."""
    members = [(member, stack_of(tx, refactor, member)) for member in refactor.members]
    stale = [stack.name for member, stack in members if not member.is_new and stack.operation != member.operation]
    if stale:
        raise ValidationError(f"Stack {stale[0]} has changed since the refactor was created")
    found = plan(tx, platform, members, refactor.moves)
    refuse_lost_exports(tx, refactor, found)
    for planned in found:
        if not planned.is_new:
            _clear(tx, planned)
    for planned in found:
        _make(tx, planned)
    stack_ids = {member.name: member.stack_id for member in refactor.members}
    for move in refactor.moves:
        request = {"StackId": stack_ids[move.destination], "LogicalResourceId": move.destination_id}
        tx.send(Delivery(Target("cloudformation", "RetagMovedResource", refactor.scope), request))


def _clear(tx: Transaction, planned: Planned) -> None:
    """Forget what a stack has, so that what it gives up can go elsewhere."""
    stack = planned.stack
    for row in resources.resources_of(tx, stack.stack_id):
        if not row.slot:
            resources.delete_resource(tx, stack.stack_id, row)
    stacks.forget_exports(tx, stack.stack_id)


def _make(tx: Transaction, planned: Planned) -> None:
    stack, is_new = planned.stack, planned.is_new
    stack.operation = new_uuid()
    if is_new:
        starting.insert_stack(tx, stack)
    else:
        stack.updated_at = tx.now
    verb = "CREATE" if is_new else "UPDATE"
    enter(tx, stack, f"{verb}_IN_PROGRESS", _REASON)
    for row in planned.rows:
        resources.save_resource(tx, stack.stack_id, row)
    stack.outputs = planned.outputs
    enter(tx, stack, f"{verb}_COMPLETE", _REASON)
    stacks.save_stack(tx, stack)
    stacks.replace_exports(tx, stack, exports_of(planned.outputs))
    stacks.replace_imports(tx, stack, planned.imports)


def refuse_lost_exports(tx: Transaction, refactor: Refactor, found: list[Planned]) -> None:
    """Raise ValidationError when stacks outside of the refactor import what no stack would export any more."""
    own = {member.stack_id for member in refactor.members}
    names = {member.name for member in refactor.members}
    after = {name: value for planned in found for name, value in exports_of(planned.outputs).items()}
    for name, value, owner in stacks.exports_of(tx, refactor.scope):
        if owner in own and after.get(name) != value:
            users = sorted(set(stacks.importers_of(tx, refactor.scope, name)) - names)
            if users:
                raise ValidationError(f"Export {name} cannot be deleted as it is in use by {' and '.join(users)}")
