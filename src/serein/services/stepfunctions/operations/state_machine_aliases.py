"""CreateStateMachineAlias, UpdateStateMachineAlias, Delete-, Describe- and ListStateMachineAliases."""

from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.errors import (
    ConflictException,
    ServiceQuotaExceededException,
    StateMachineDeleting,
    ValidationException,
)
from serein.services.stepfunctions.machines import Alias, Machine, labeled, parse_machine_arn
from serein.services.stepfunctions.pages import page_size, position_of, with_token
from serein.services.stepfunctions.routing import parse_routing, require_alias, require_versions, shown_routing
from serein.services.stepfunctions.store import versions
from serein.services.stepfunctions.store.machines import require_machine

_MOST_ALIASES = 100


@operation("CreateStateMachineAlias")
async def create_state_machine_alias(call: Call, request: Request) -> Reply:
    """AWS: the same request again is answered as the first."""
    arn, routing = parse_routing(request["routingConfiguration"])
    name, description = request["name"], request.get("description", "")

    def create(tx: Transaction) -> Reply:
        machine = require_versions(tx, call.scope, arn, routing)
        _require_active(machine)
        alias = versions.find_alias(tx, machine.id, name)
        if alias is None:
            if len(versions.aliases_of(tx, machine.id)) >= _MOST_ALIASES:
                raise ServiceQuotaExceededException(
                    f"The maximum number of aliases ({_MOST_ALIASES}) of the state machine '{machine.arn}' has been"
                    " reached"
                )
            alias = Alias(machine.id, name, description, routing, tx.now, tx.now)
            versions.put_alias(tx, alias)
        elif (alias.description, alias.routing) != (description, routing):
            raise ConflictException(
                "Failed to create alias because an alias with the same name and a different routing configuration"
                " already exists."
            )
        return _shown(machine, alias)

    return await call.write(create)


@operation("UpdateStateMachineAlias")
async def update_state_machine_alias(call: Call, request: Request) -> Reply:
    """AWS: at least one of description and routing must be given."""
    wanted = request.get("routingConfiguration")
    if wanted is None and "description" not in request:
        raise ValidationException(
            "Either the description or the routingConfiguration must be specified", reason="MISSING_REQUIRED_PARAMETER"
        )
    parsed = None if wanted is None else parse_routing(wanted)

    def update(tx: Transaction) -> Reply:
        machine, alias = require_alias(tx, call.scope, request["stateMachineAliasArn"])
        _require_active(machine)
        routing = alias.routing
        if parsed is not None:
            arn, routing = parsed
            if require_versions(tx, call.scope, arn, routing).id != machine.id:
                raise ValidationException(
                    "Invalid routing configuration: all versions must belong to the alias' state machine",
                    reason="INVALID_ROUTING_CONFIGURATION",
                )
        description = request.get("description", alias.description)
        versions.put_alias(tx, replace(alias, description=description, routing=routing, updated_at=tx.now))
        return {"updateDate": tx.now}

    return await call.write(update)


@operation("DeleteStateMachineAlias")
async def delete_state_machine_alias(call: Call, request: Request) -> Reply:
    def delete(tx: Transaction) -> None:
        machine, alias = require_alias(tx, call.scope, request["stateMachineAliasArn"])
        versions.delete_alias(tx, machine.id, alias.name)

    await call.write(delete)
    return {}


@operation("DescribeStateMachineAlias")
async def describe_state_machine_alias(call: Call, request: Request) -> Reply:
    machine, alias = await call.read(lambda tx: require_alias(tx, call.scope, request["stateMachineAliasArn"]))
    reply: Reply = {
        **_shown(machine, alias),
        "name": alias.name,
        "routingConfiguration": shown_routing(machine, alias),
        "updateDate": alias.updated_at,
    }
    if alias.description:
        reply["description"] = alias.description
    return reply


@operation("ListStateMachineAliases")
async def list_state_machine_aliases(call: Call, request: Request) -> Reply:
    """AWS: with the ARN of a version only the aliases that route to it."""
    arn = request["stateMachineArn"]
    parsed = parse_machine_arn(arn)
    if parsed.label:
        raise labeled(arn)
    if parsed.alias:
        raise ValidationException(f"The ARN of a state machine or of a version is required: '{arn}'")
    size, after = page_size(request), position_of(request, "")

    def read(tx: Transaction) -> Reply:
        machine = require_machine(tx, call.scope, arn)
        _require_active(machine)
        wanted = [
            alias
            for alias in versions.aliases_of(tx, machine.id)
            if alias.name > after and (parsed.version is None or parsed.version in dict(alias.routing))
        ]
        reply: Reply = {"stateMachineAliases": [_shown(machine, alias) for alias in wanted[:size]]}
        return with_token(reply, wanted, size, lambda alias: alias.name)

    return await call.read(read)


def _require_active(machine: Machine) -> None:
    if machine.is_deleting:
        raise StateMachineDeleting(f"State Machine is deleting: '{machine.arn}'")


def _shown(machine: Machine, alias: Alias) -> Reply:
    return {"stateMachineAliasArn": f"{machine.arn}:{alias.name}", "creationDate": alias.created_at}
