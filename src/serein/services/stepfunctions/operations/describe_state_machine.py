"""DescribeStateMachine: a state machine, or what a version or an alias of it runs."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.descriptions import configuration_of
from serein.services.stepfunctions.machines import Target
from serein.services.stepfunctions.store.machines import describe_target
from serein.services.stepfunctions.store.versions import find_version


@operation("DescribeStateMachine")
async def describe_state_machine(call: Call, request: Request) -> Reply:
    arn = request["stateMachineArn"]

    def describe(tx: Transaction) -> tuple[Target, str]:
        target = describe_target(tx, call.scope, arn)
        version = None if target.version is None else find_version(tx, target.machine.id, target.version)
        return target, version.description if version is not None else ""

    target, description = await call.read(describe)
    machine = target.machine
    reply: Reply = {
        "stateMachineArn": arn,
        "name": machine.name,
        "status": machine.status,
        "type": machine.type,
        "creationDate": machine.created_at,
        **configuration_of(target.revision, request.get("includedData")),
    }
    if description:
        reply["description"] = description
    return reply
