"""The deliveries that carry a stack set's operation on."""

from serein.kernel.arn import find_arn
from serein.kernel.database import Delivery, Policy, Target, Transaction
from serein.services.cloudformation.stacks import Stack
from serein.services.cloudformation.stacksets.sets import SetOperation, StackSet

_POLICY = Policy(maximum_attempts=1_000_000, maximum_age_seconds=366 * 86_400.0, retries_sender_faults=True)


def token_of(stack_set: StackSet, operation: SetOperation) -> str:
    """What an instance's stack keeps of the operation that works on it."""
    return f"{stack_set.arn} {operation.operation_id}"


def send_advance(tx: Transaction, token: str) -> None:
    """Let a stack set's operation go on."""
    arn, _, operation_id = token.partition(" ")
    found = find_arn(arn)
    if found is not None:
        request = {"StackSetName": arn, "OperationId": operation_id}
        tx.send(Delivery(Target("cloudformation", "AdvanceStackSetOperation", found.scope), request, _POLICY))


def tell_stack_set(tx: Transaction, stack: Stack) -> None:
    """A stack came to rest: the stack set's operation that waits for it goes on."""
    if stack.settings.stack_set_operation:
        send_advance(tx, stack.settings.stack_set_operation)
