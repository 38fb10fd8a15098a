"""The end of state machines: they are gone once no execution of theirs runs any more."""

from dataclasses import replace

from serein.kernel.database import Transaction
from serein.services.stepfunctions.machines import Machine
from serein.services.stepfunctions.store.machines import delete_machine, has_running, put_machine


def begin_deleting(tx: Transaction, machine: Machine) -> None:
    """Remove a machine, or let it wait for its executions."""
    if not finish_deleting(tx, machine) and not machine.is_deleting:
        put_machine(tx, replace(machine, status="DELETING"))


def finish_deleting(tx: Transaction, machine: Machine, besides: str = "") -> bool:
    """Remove a machine if nothing of it runs any more, `besides` the execution of that ARN."""
    if has_running(tx, machine.arn, besides):
        return False
    delete_machine(tx, machine.id)
    return True
