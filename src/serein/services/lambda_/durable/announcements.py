"""What others hear of a durable execution's status: it is announced when the execution begins and when it ends.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/durable-monitoring.html
"""

import json
from typing import Any

from serein.kernel.database import Delivery, Target, Transaction
from serein.services.lambda_.durable import executions
from serein.services.lambda_.durable.executions import Execution
from serein.services.lambda_.event_invokes import iso_time
from serein.services.lambda_.names import function_arn

_COUNTED = {
    executions.RUNNING: "DurableExecutionStarted",
    executions.SUCCEEDED: "DurableExecutionSucceeded",
    executions.FAILED: "DurableExecutionFailed",
    executions.TIMED_OUT: "DurableExecutionTimedOut",
    executions.STOPPED: "DurableExecutionStopped",
}


def announce(tx: Transaction, execution: Execution) -> None:
    """Owe the world the status that an execution has now."""
    progress = execution.progress
    news: dict[str, Any] = {
        "DurableExecutionArn": execution.arn,
        "DurableExecutionName": execution.name,
        "FunctionName": execution.function_name,
        "Qualifier": execution.origin.function_arn.split(":", 7)[7],
        "Version": execution.version,
        "FunctionArn": function_arn(execution.scope, execution.function_name, execution.version),
        "Status": execution.status,
        "StartTimestamp": execution.started_at,
    }
    if execution.is_ended:
        news["EndTimestamp"] = progress.ended_at
        news["Operations"], news["StoredBytes"] = progress.operation_count, progress.stored_bytes
    tx.send(Delivery(Target("lambda", "AnnounceDurableExecution", execution.scope), news))


def event_of(news: dict[str, Any]) -> dict[str, Any]:
    """The event that an announcement is, as an entry of PutEvents."""
    detail = {
        "durableExecutionArn": news["DurableExecutionArn"],
        "durableExecutionName": news["DurableExecutionName"],
        "functionArn": news["FunctionArn"],
        "status": news["Status"],
        "startTimestamp": iso_time(news["StartTimestamp"]),
    }
    if "EndTimestamp" in news:
        detail["endTimestamp"] = iso_time(news["EndTimestamp"])
    return {
        "Source": "aws.lambda",
        "DetailType": "Durable Execution Status Change",
        "Time": news.get("EndTimestamp", news["StartTimestamp"]),
        "Resources": [],
        "Detail": json.dumps(detail, separators=(",", ":")),
    }


def metrics_of(news: dict[str, Any]) -> list[tuple[str, float]]:
    """The metrics that an announcement is, with their values."""
    found = [(_COUNTED[news["Status"]], 1.0)]
    if "EndTimestamp" in news:
        found.append(("DurableExecutionDuration", 1000 * (news["EndTimestamp"] - news["StartTimestamp"])))
        found.append(("DurableExecutionOperations", float(news["Operations"])))
        found.append(("DurableExecutionStorageWrittenBytes", float(news["StoredBytes"])))
    return found
