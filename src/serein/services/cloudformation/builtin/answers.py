"""Waiting for an answer from outside, in steps that may be made again."""

from collections.abc import Callable

from serein.kernel.database import Transaction
from serein.kernel.ids import random_hex
from serein.kernel.resource import Deployment
from serein.services.cloudformation.engine.deployment import StackDeployment
from serein.services.cloudformation.errors import HandlerPending
from serein.services.cloudformation.store import resources


def inner(deployment: Deployment) -> StackDeployment:
    """The engine's own deployment, which CloudFormation's types may look into."""
    if not isinstance(deployment, StackDeployment):
        raise TypeError("CloudFormation's own types work within its engine only")
    return deployment


async def require_answer(
    deployment: StackDeployment, timeout_seconds: float, ask: Callable[[Transaction, str], None]
) -> str:
    """Return the answer to this step, asking for it once; an empty text when none came in time.

    `ask(tx, token)` sends the question in the transaction that starts the wait. Raises HandlerPending meanwhile.
    """
    token, purpose = random_hex(48), deployment.purpose

    def write(tx: Transaction) -> tuple[float, str]:
        found = resources.find_wait(tx, deployment.stack_id, purpose)
        if found is not None:
            return found[1], found[2]
        deadline = tx.now + timeout_seconds
        resources.insert_wait(tx, token, deployment.stack_id, purpose, deadline)
        ask(tx, token)
        return deadline, ""

    deadline, answer = await deployment.platform.database.write(write)
    if not answer and deployment.platform.clock.now() < deadline:
        raise HandlerPending(deadline)
    return answer
