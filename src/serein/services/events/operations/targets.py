"""PutTargets, RemoveTargets, ListTargetsByRule: what a rule calls."""

from dataclasses import replace
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position, page_token
from serein.services.events.access import check_rule
from serein.services.events.buses import place_of
from serein.services.events.errors import LimitExceededException, ValidationException
from serein.services.events.pages import limit_of
from serein.services.events.rules import MOST_TARGETS, Rule, require_unmanaged
from serein.services.events.store import rules
from serein.services.events.targets import require_valid


@operation(
    "PutTargets",
    partial="events for targets of services that are not here are refused by name when they are delivered: ECS, Batch, "
    "CodeBuild, CodePipeline, Glue, Inspector, Redshift, SageMaker, Systems Manager, AppSync, EC2",
    stored=("Targets.RoleArn",),
)
async def put_targets(call: Call, request: Request) -> Reply:
    place = place_of(call.scope, request.get("EventBusName"))
    given: list[dict[str, Any]] = request["Targets"]

    def write(tx: Transaction) -> None:
        check_rule(call, tx, place, request["Rule"])
        rule = rules.require_rule(tx, *place, request["Rule"])
        require_unmanaged(rule)
        for target in given:
            require_valid(target)
        targets = {target["Id"]: target for target in [*rule.targets, *given]}
        if len(targets) > MOST_TARGETS:
            raise LimitExceededException("The requested resource exceeds the maximum number allowed.")
        rules.put_rule(tx, replace(rule, targets=list(targets.values())))

    await call.write(write)
    return {"FailedEntryCount": 0, "FailedEntries": []}


@operation("RemoveTargets")
async def remove_targets(call: Call, request: Request) -> Reply:
    place, gone = place_of(call.scope, request.get("EventBusName")), set(request["Ids"])

    def write(tx: Transaction) -> None:
        # AWS: a target that isn't there is no error.
        check_rule(call, tx, place, request["Rule"])
        rule = rules.require_rule(tx, *place, request["Rule"])
        require_unmanaged(rule, is_forced=request.get("Force", False))
        rules.put_rule(tx, replace(rule, targets=[each for each in rule.targets if each["Id"] not in gone]))

    await call.write(write)
    return {"FailedEntryCount": 0, "FailedEntries": []}


@operation("ListTargetsByRule")
async def list_targets_by_rule(call: Call, request: Request) -> Reply:
    place, start = place_of(call.scope, request.get("EventBusName")), _start_of(request)

    def read(tx: Transaction) -> Rule:
        check_rule(call, tx, place, request["Rule"])
        return rules.require_rule(tx, *place, request["Rule"])

    rule = await call.read(read)
    end = start + limit_of(request)
    reply: Reply = {"Targets": rule.targets[start:end]}
    return reply | {"NextToken": page_token(end)} if len(rule.targets) > end else reply


def _start_of(request: Request) -> int:
    """At which target the page starts: they come in the order in which they were put. Raises ValidationException."""
    token = request.get("NextToken")
    position = find_position(token) if token else 0
    if not isinstance(position, int) or position < 0:
        raise ValidationException("Parameter nextToken is not valid.")
    return position
