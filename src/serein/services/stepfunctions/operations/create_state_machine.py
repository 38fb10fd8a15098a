"""CreateStateMachine: make a state machine, and a version of it if that is wanted."""

from serein.kernel import ids
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.configuration import (
    DEFAULTS,
    parse_settings,
    parse_tags,
    require_definition,
    require_log_group,
    require_role,
)
from serein.services.stepfunctions.errors import (
    StateMachineAlreadyExists,
    StateMachineDeleting,
    StateMachineLimitExceeded,
)
from serein.services.stepfunctions.machines import STANDARD, Machine, Revision
from serein.services.stepfunctions.names import require_name
from serein.services.stepfunctions.publishing import publish, require_publishing, version_arn
from serein.services.stepfunctions.store import machines

_MOST_MACHINES = 100_000
_STORED = ("encryptionConfiguration", "tracingConfiguration")


@operation("CreateStateMachine", stored=_STORED)
async def create_state_machine(call: Call, request: Request) -> Reply:
    """AWS: the same request again is answered as the first, whatever role and tags it has."""
    name, kind = require_name(request["name"]), request.get("type", STANDARD)
    require_publishing(request)
    role_arn = require_role(request["roleArn"])
    settings = parse_settings(request, DEFAULTS)
    definition = require_definition(call.platform, request["definition"], kind)
    tags = parse_tags({}, request.get("tags") or (), call.caller)
    await require_log_group(call, request)
    created_with = {member: request[member] for member in ("publish", "versionDescription") if request.get(member)}

    def create(tx: Transaction) -> Reply:
        machine = machines.find_machine(tx, call.scope, name)
        if machine is None:
            if machines.count_machines(tx, call.scope) >= _MOST_MACHINES:
                raise StateMachineLimitExceeded(f"State machine limit of {_MOST_MACHINES} exceeded")
            revision = Revision(ids.new_uuid(), True, definition, role_arn, settings, tx.now)
            machine = Machine(ids.new_uuid(), call.scope, name, kind, "ACTIVE", 0, tags, created_with, tx.now, revision)
            machines.append_revision(tx, machine.id, revision)
            machines.put_machine(tx, machine)
        elif machine.is_deleting:
            raise StateMachineDeleting(f"State Machine is deleting: '{machine.arn}'")
        elif not _is_same(machine):
            raise StateMachineAlreadyExists(f"State Machine Already Exists: '{machine.arn}'")
        reply: Reply = {"stateMachineArn": machine.arn, "creationDate": machine.created_at}
        if request.get("publish"):
            version = publish(tx, machine, request.get("versionDescription", ""))
            reply["stateMachineVersionArn"] = version_arn(machine, version.number)
        return reply

    def _is_same(machine: Machine) -> bool:
        revision = machine.revision
        return (machine.type, revision.definition, revision.settings, machine.created_with) == (
            kind,
            definition,
            settings,
            created_with,
        )

    return await call.write(create)
