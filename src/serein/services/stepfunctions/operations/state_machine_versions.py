"""PublishStateMachineVersion, DeleteStateMachineVersion and ListStateMachineVersions."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.errors import ConflictException, StateMachineDeleting, ValidationException
from serein.services.stepfunctions.machines import INITIAL, Machine, Version, parse_machine_arn, require_plain
from serein.services.stepfunctions.pages import page_size, position_of, with_token
from serein.services.stepfunctions.publishing import publish, version_arn
from serein.services.stepfunctions.store import versions
from serein.services.stepfunctions.store.machines import find_machine, require_machine

_LAST = 2**62


@operation("PublishStateMachineVersion")
async def publish_state_machine_version(call: Call, request: Request) -> Reply:
    """AWS: a revision has one version; publishing it again answers that one."""
    arn = request["stateMachineArn"]
    require_plain(arn)

    def write(tx: Transaction) -> Reply:
        machine = require_machine(tx, call.scope, arn)
        if machine.is_deleting:
            raise StateMachineDeleting(f"State Machine is deleting: '{machine.arn}'")
        wanted, current = request.get("revisionId"), machine.revision.shown_id or INITIAL
        if wanted and wanted != current:
            raise ConflictException(
                f"Failed to publish the State Machine version for revision {wanted}. The current State Machine revision"
                f" is {current}."
            )
        version = publish(tx, machine, request.get("description", ""))
        return _shown(machine, version)

    return await call.write(write)


@operation("DeleteStateMachineVersion")
async def delete_state_machine_version(call: Call, request: Request) -> Reply:
    """AWS: no error when there is none; executions of it go on."""
    arn = request["stateMachineVersionArn"]
    parsed = parse_machine_arn(arn)
    number = parsed.version
    if number is None:
        raise ValidationException(f"The ARN of a state machine version is required: '{arn}'")

    def delete(tx: Transaction) -> None:
        machine = find_machine(tx, call.scope, parsed.name) if parsed.scope == call.scope else None
        if machine is None:
            return
        routed = [alias.name for alias in versions.aliases_of(tx, machine.id) if number in dict(alias.routing)]
        if routed:
            raise ConflictException(
                "Version to be deleted must not be referenced by an alias."
                f" Current list of aliases referencing this version: [{', '.join(routed)}]"
            )
        versions.delete_version(tx, machine.id, number)

    await call.write(delete)
    return {}


@operation("ListStateMachineVersions")
async def list_state_machine_versions(call: Call, request: Request) -> Reply:
    """AWS: the newest first."""
    arn = request["stateMachineArn"]
    require_plain(arn)
    size, before = page_size(request), position_of(request, _LAST)

    def read(tx: Transaction) -> Reply:
        machine = require_machine(tx, call.scope, arn)
        found = versions.list_versions(tx, machine.id, before, size + 1)
        reply: Reply = {"stateMachineVersions": [_shown(machine, version) for version in found[:size]]}
        return with_token(reply, found, size, lambda version: version.number)

    return await call.read(read)


def _shown(machine: Machine, version: Version) -> Reply:
    return {"stateMachineVersionArn": version_arn(machine, version.number), "creationDate": version.created_at}
