"""TagResource, UntagResource and ListTagsForResource: the tags of a state machine or an activity."""

from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.configuration import parse_tags, shown_tags
from serein.services.stepfunctions.machines import Machine, parse_machine_arn
from serein.services.stepfunctions.routing import not_found
from serein.services.stepfunctions.store.machines import find_machine, put_machine


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    def tag(tx: Transaction) -> None:
        machine = _require(tx, call, request["resourceArn"])
        put_machine(tx, replace(machine, tags=parse_tags(machine.tags, request["tags"], call.caller)))

    await call.write(tag)
    return {}


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    def untag(tx: Transaction) -> None:
        machine = _require(tx, call, request["resourceArn"])
        kept = {key: value for key, value in machine.tags.items() if key not in request["tagKeys"]}
        put_machine(tx, replace(machine, tags=kept))

    await call.write(untag)
    return {}


@operation("ListTagsForResource")
async def list_tags_for_resource(call: Call, request: Request) -> Reply:
    machine = await call.read(lambda tx: _require(tx, call, request["resourceArn"]))
    return {"tags": shown_tags(machine.tags)}


def _require(tx: Transaction, call: Call, arn: str) -> Machine:
    parsed = parse_machine_arn(arn)
    found = None
    if not parsed.is_qualified and parsed.scope == call.scope:
        found = find_machine(tx, call.scope, parsed.name)
    if found is None:
        raise not_found(arn)
    return found
