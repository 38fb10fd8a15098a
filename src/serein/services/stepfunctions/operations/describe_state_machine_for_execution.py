"""DescribeStateMachineForExecution: what an execution runs, whatever has become of its state machine."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.descriptions import configuration_of, processor_of
from serein.services.stepfunctions.machines import Revision, parse_arn
from serein.services.stepfunctions.store.executions import Execution, require_execution
from serein.services.stepfunctions.store.machines import require_revision

_METADATA = "METADATA_ONLY"


@operation("DescribeStateMachineForExecution")
async def describe_state_machine_for_execution(call: Call, request: Request) -> Reply:
    """AWS: Express executions have none; of a child of a map run it is what the Map does with its items."""
    arn, included = request["executionArn"], request.get("includedData")
    parse_arn(arn, "execution")

    def find(tx: Transaction) -> tuple[Execution, Revision]:
        execution = require_execution(tx, call.scope, arn)
        return execution, require_revision(tx, execution.origin.revision_id)

    execution, revision = await call.read(find)
    reply: Reply = {
        "stateMachineArn": execution.machine_arn,
        "name": execution.origin.machine_name,
        "updateDate": revision.created_at,
        **configuration_of(revision, included),
    }
    if execution.map_run_arn:
        reply["mapRunArn"] = execution.map_run_arn
        reply["label"] = execution.machine_arn.rpartition("/")[2]
    if execution.origin.state_name and included != _METADATA:
        reply["definition"] = processor_of(revision.definition, execution.origin.state_name)
    return reply
