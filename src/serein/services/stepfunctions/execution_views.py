"""Executions as the operations that show them see them."""

from serein.kernel.database import Transaction
from serein.kernel.operation import Reply
from serein.kernel.scope import Scope
from serein.services.stepfunctions.machines import parse_arn
from serein.services.stepfunctions.store.executions import Execution, find_by_arn, require_execution


def require_visible(tx: Transaction, scope: Scope, arn: str) -> Execution:
    """A Standard execution, or an Express one that a map run has started. Raises InvalidArn, ExecutionDoesNotExist."""
    if ":express:" in arn:
        found = find_by_arn(tx, arn)
        if found is not None and found.map_run_arn and found.scope == scope:
            return found
    parse_arn(arn, "execution")
    return require_execution(tx, scope, arn)


def shown_origin(execution: Execution) -> Reply:
    """By which version and alias it was started."""
    origin, reply = execution.origin, {}
    if origin.version_arn:
        reply["stateMachineVersionArn"] = origin.version_arn
    if origin.alias_arn:
        reply["stateMachineAliasArn"] = origin.alias_arn
    return reply


def shown_redrives(execution: Execution) -> Reply:
    progress = execution.progress
    reply: Reply = {"redriveCount": progress.redrive_count}
    if progress.redrive_count:
        reply["redriveDate"] = progress.redriven_at
    return reply
