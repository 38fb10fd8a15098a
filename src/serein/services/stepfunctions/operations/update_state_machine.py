"""UpdateStateMachine: give a state machine another definition, role or configuration."""

from dataclasses import replace

from serein.kernel import ids
from serein.kernel.call import Call, Platform
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.configuration import (
    parse_settings,
    require_definition,
    require_log_group,
    require_role,
)
from serein.services.stepfunctions.errors import MissingRequiredParameter, StateMachineDeleting
from serein.services.stepfunctions.machines import Machine, Revision, require_plain
from serein.services.stepfunctions.publishing import publish, require_publishing, version_arn
from serein.services.stepfunctions.store import machines

_CHANGES = ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")
_STORED = ("encryptionConfiguration", "tracingConfiguration")


@operation("UpdateStateMachine", stored=_STORED)
async def update_state_machine(call: Call, request: Request) -> Reply:
    """AWS: running executions keep what they began with; an update that changes nothing makes no revision."""
    arn = request["stateMachineArn"]
    require_plain(arn)
    require_publishing(request)
    if not any(member in request for member in _CHANGES):
        raise MissingRequiredParameter(
            "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be"
            " specified"
        )
    if "roleArn" in request:
        require_role(request["roleArn"])
    await require_log_group(call, request)

    def update(tx: Transaction) -> Reply:
        machine = machines.require_machine(tx, call.scope, arn)
        if machine.is_deleting:
            raise StateMachineDeleting(f"State Machine is deleting: '{machine.arn}'")
        revision = _changed(call.platform, machine, request, tx.now)
        if revision is not machine.revision:
            machines.append_revision(tx, machine.id, revision)
            machine = replace(machine, revision=revision)
            machines.put_machine(tx, machine)
        reply: Reply = {"updateDate": tx.now}
        if revision.shown_id:
            reply["revisionId"] = revision.shown_id
        if request.get("publish"):
            version = publish(tx, machine, request.get("versionDescription", ""))
            reply["stateMachineVersionArn"] = version_arn(machine, version.number)
        return reply

    return await call.write(update)


def _changed(platform: Platform, machine: Machine, request: Request, now: float) -> Revision:
    """The machine's revision after a request: the one that it has when nothing is different."""
    current = machine.revision
    settings = parse_settings(request, current.settings)
    definition, role_arn = request.get("definition", current.definition), request.get("roleArn", current.role_arn)
    if "definition" in request:
        require_definition(platform, definition, machine.type)
    if (definition, role_arn, settings) == (current.definition, current.role_arn, current.settings):
        return current
    return Revision(ids.new_uuid(), False, definition, role_arn, settings, now)
