"""What is told of executions while they run: logs, metrics, status events, and whether a deleted machine can go.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/monitoring-logging.html
"""

from serein.kernel.call import Platform
from serein.kernel.database import Delivery, Target, Transaction
from serein.kernel.scope import Scope
from serein.services.stepfunctions.configuration import find_log_group
from serein.services.stepfunctions.deleting import finish_deleting
from serein.services.stepfunctions.log_lines import lines_of, stream_name
from serein.services.stepfunctions.machines import Revision
from serein.services.stepfunctions.metrics import count
from serein.services.stepfunctions.seen import Seen
from serein.services.stepfunctions.status_events import status_entry
from serein.services.stepfunctions.store.machines import find_machine, require_revision

__all__ = ["Seen", "observe"]
_RUNNING = "RUNNING"


def observe(tx: Transaction, platform: Platform, seen: Seen) -> None:
    """Tell of a step in its transaction.

    Why metrics count here although the transaction may run twice: that is rare, and a count more does no harm.
    """
    count(platform, seen)
    revision = require_revision(tx, seen.revision_id)
    if revision.logging["level"] != "OFF":
        _log(tx, seen, revision)
    if not seen.is_express:
        if seen.has_begun and is_awaited(tx, platform, seen.scope):
            _emit(tx, seen, _RUNNING)
        if seen.has_ended and is_awaited(tx, platform, seen.scope):
            _emit(tx, seen, seen.status)
        _part_with(tx, seen)


def _log(tx: Transaction, seen: Seen, revision: Revision) -> None:
    found = find_log_group(revision.logging)
    lines = lines_of(seen.arn, seen.redrive_count, seen.events, revision.logging)
    if found is None or not lines:
        return
    group, name = found
    request = {"logGroupName": name, "logStreamName": stream_name(seen.machine_name, revision.id, tx.now)}
    tx.send(Delivery(Target("logs", "AppendLines", group.scope), {**request, "lines": lines}))


def is_awaited(tx: Transaction, platform: Platform, scope: Scope) -> bool:
    """Whether a rule may match status events: most executions have nobody who waits for theirs."""
    if "events" not in platform.catalog.folders:
        return False
    interest = platform.event_interest
    return interest is None or interest(tx, scope, "aws.states")


def _emit(tx: Transaction, seen: Seen, status: str) -> None:
    tx.send(Delivery(Target("events", "PutEvents", seen.scope), {"Entries": [status_entry(seen, status, tx.now)]}))


def _part_with(tx: Transaction, seen: Seen) -> None:
    """AWS: executions of a machine that is being deleted end with their next transition, and it with the last."""
    machine = find_machine(tx, seen.scope, seen.machine_name)
    if machine is None or not machine.is_deleting:
        return
    if seen.has_ended:
        finish_deleting(tx, machine, besides=seen.arn)
    else:
        tx.send(Delivery(Target("stepfunctions", "StopExecution", seen.scope), {"executionArn": seen.arn}))
