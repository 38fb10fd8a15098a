"""Turns: whose it is to work on a stack.

The work on a stack is done inside a delivery that names a turn. Only the stack's current turn works, and only one
delivery has it, so no two work on one stack; a crash makes the delivery again. An operation that waits for an answer
from outside parks: its next turn is a delivery that is due at the deadline, and an answer starts a further turn.
"""

from serein.kernel.database import Delivery, Policy, Target, Transaction
from serein.services.cloudformation.stacks import Stack
from serein.services.cloudformation.store import resources, stacks

_POLICY = Policy(maximum_attempts=1_000_000, maximum_age_seconds=366 * 86_400.0, retries_sender_faults=True)


def start_turn(tx: Transaction, stack: Stack, not_before: float | None = None) -> None:
    """Give the stack its next turn, parked until `not_before` when that is given. The caller saves the stack."""
    stack.turn += 1
    stack.is_parked = not_before is not None
    target = Target("cloudformation", "AdvanceStack", stack.scope)
    tx.send(Delivery(target, {"StackId": stack.stack_id, "Turn": stack.turn}, _POLICY, not_before))


def answer(tx: Transaction, token: str, text: str) -> bool:
    """Record an answer from outside and let the stack that waits for it go on; False when nothing waits for it."""
    stack_id = resources.answer_wait(tx, token, text)
    if stack_id is None:
        return False
    wake_stack(tx, stack_id)
    return True


def wake_stack(tx: Transaction, stack_id: str) -> None:
    """Let a parked stack look at its answers."""
    stack = stacks.stack_by_id(tx, stack_id)
    if stack.is_parked:
        start_turn(tx, stack)
        stacks.save_stack(tx, stack)
