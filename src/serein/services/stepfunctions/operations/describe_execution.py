"""DescribeExecution: how an execution is, or how it ended."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.execution.redriving import find_hindrance
from serein.services.stepfunctions.execution_views import require_visible, shown_origin, shown_redrives
from serein.services.stepfunctions.store.executions import Execution, Payloads, payloads_of


@operation("DescribeExecution")
async def describe_execution(call: Call, request: Request) -> Reply:
    """AWS: executions of Express machines are known only when a map run has started them."""

    def describe(tx: Transaction) -> tuple[Execution, Payloads]:
        execution = require_visible(tx, call.scope, request["executionArn"])
        return execution, payloads_of(tx, execution.id)

    execution, payloads = await call.read(describe)
    is_included = request.get("includedData") != "METADATA_ONLY"
    reply: Reply = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.started_at,
        **shown_origin(execution),
        **_shown_payloads(payloads, is_included=is_included),
        **shown_redrives(execution),
    }
    if execution.stopped_at:
        reply["stopDate"] = execution.stopped_at
    if execution.origin.trace_id:
        reply["traceHeader"] = execution.origin.trace_id
    if execution.map_run_arn:
        reply["mapRunArn"] = execution.map_run_arn
    return reply | _redrivability(execution, call.now)


def _shown_payloads(payloads: Payloads, *, is_included: bool) -> Reply:
    details = {"included": is_included}
    reply: Reply = {"inputDetails": details}
    if payloads.output is not None:
        reply["outputDetails"] = details
    if is_included:
        reply["input"] = payloads.input
        for name, value in (("output", payloads.output), ("error", payloads.error), ("cause", payloads.cause)):
            if value is not None:
                reply[name] = value
    return reply


def _redrivability(execution: Execution, now: float) -> Reply:
    hindrance = find_hindrance(execution, now)
    if hindrance:
        return {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": hindrance}
    return {"redriveStatus": "REDRIVABLE_BY_MAP_RUN" if execution.map_run_arn else "REDRIVABLE"}
