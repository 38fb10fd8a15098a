"""How operations on stacks begin: the row, its first event and its first turn, in one transaction."""

import re

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.services.cloudformation.engine import turns
from serein.services.cloudformation.engine.advance import enter
from serein.services.cloudformation.errors import AlreadyExistsException, ValidationError
from serein.services.cloudformation.stacks import COMPLETE_FOR_UPDATE, Definition, Settings, Stack
from serein.services.cloudformation.store import aliases, stacks

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_USER_INITIATED = "User Initiated"


def check_name(name: str) -> None:
    """Raise ValidationError unless a stack may have the name."""
    if len(name) > 128:
        rule = "Member must have length less than or equal to 128"
    elif not _NAME.fullmatch(name):
        rule = "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
    else:
        return
    raise ValidationError(
        f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: {rule}"
    )


def new_stack_id(call: Call, name: str) -> str:
    scope = call.scope
    return f"arn:{scope.partition}:cloudformation:{scope.region}:{scope.account}:stack/{name}/{new_uuid()}"


def new_stack(call: Call, name: str, stack_id: str, definition: Definition, settings: Settings) -> Stack:
    """A stack that is not stored yet, and not begun."""
    return Stack(
        stack_id=stack_id,
        scope=call.scope,
        name=name,
        status="",
        reason="",
        created_at=call.now,
        updated_at=None,
        deleted_at=None,
        operation=new_uuid(),
        turn=0,
        is_parked=False,
        definition=definition,
        previous=None,
        settings=settings,
        outputs=[],
    )


def insert_stack(tx: Transaction, stack: Stack) -> None:
    """Store a new stack. Raises AlreadyExistsException."""
    if aliases.find_stack_id(tx, stack.scope, stack.name) is not None or not stacks.insert_stack(tx, stack):
        raise AlreadyExistsException(f"Stack [{stack.name}] already exists")


def begin_create(tx: Transaction, stack: Stack) -> None:
    """Start to make a stack that is stored."""
    enter(tx, stack, "CREATE_IN_PROGRESS", _USER_INITIATED)
    turns.start_turn(tx, stack)
    stacks.save_stack(tx, stack)


def require_updatable(stack: Stack) -> None:
    """Raise ValidationError unless the stack's state lets an update start."""
    if stack.status not in COMPLETE_FOR_UPDATE:
        raise ValidationError(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")


def begin_update(tx: Transaction, stack: Stack, definition: Definition, status: str = "UPDATE_IN_PROGRESS") -> None:
    """Start to bring a stack to another definition."""
    stack.previous = stack.previous or stack.definition
    stack.definition = definition
    stack.operation = new_uuid()
    stack.updated_at = tx.now
    stack.settings.retain = []
    stack.settings.failure = ""
    stack.settings.is_cancel_wanted = False
    enter(tx, stack, status, _USER_INITIATED)
    turns.start_turn(tx, stack)
    stacks.save_stack(tx, stack)


def continue_rollback(tx: Transaction, stack: Stack, skipped: list[str]) -> None:
    """Try once more to take an update back; `skipped` resources count as taken back, `Nested.Name` in nested stacks."""
    stack.settings.retain = skipped
    enter(tx, stack, "UPDATE_ROLLBACK_IN_PROGRESS", _USER_INITIATED)
    turns.start_turn(tx, stack)
    stacks.save_stack(tx, stack)


def begin_delete(tx: Transaction, stack: Stack, retain: list[str], client_token: str = "") -> None:
    """Start to delete a stack; when an operation is under way, as soon as that has ended."""
    if stack.status == "DELETE_IN_PROGRESS":
        return
    stacks.require_unused_exports(tx, stack)
    stack.settings.retain = retain
    stack.settings.client_token = client_token
    if stack.is_busy and not stack.is_parked:
        stack.settings.is_delete_wanted = True
        stacks.save_stack(tx, stack)
        return
    stack.operation = new_uuid()
    stack.updated_at = tx.now
    enter(tx, stack, "DELETE_IN_PROGRESS", _USER_INITIATED)
    turns.start_turn(tx, stack)
    stacks.save_stack(tx, stack)
