"""TagResource, UntagResource and ListTags: the tags of functions and event source mappings."""

import json
from collections.abc import Callable
from dataclasses import replace

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.errors import invalid
from serein.services.lambda_.names import parse_reference
from serein.services.lambda_.store import functions, mappings

Tags = dict[str, str]
_MAXIMUM = 50
_MAPPING = "event-source-mapping:"


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    return await _change(call, request, lambda tags: {**tags, **request["Tags"]})


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    gone = set(request["TagKeys"])
    return await _change(call, request, lambda tags: {key: tags[key] for key in tags if key not in gone})


@operation("ListTags")
async def list_tags(call: Call, request: Request) -> Reply:
    arn = _arn(request)
    return {"Tags": await call.read(lambda tx: _tags(tx, call, arn))}


def _arn(request: Request) -> Arn:
    arn = find_arn(request["Resource"])
    if arn is None or not arn.resource.startswith(("function:", _MAPPING)):
        raise invalid(
            f"Tags on {request['Resource']} are not supported: only functions and event source mappings have tags"
        )
    if arn.resource.startswith("function:") and arn.resource.count(":") > 1:
        raise invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")
    return arn


def _tags(tx: Transaction, call: Call, arn: Arn) -> Tags:
    if arn.resource.startswith(_MAPPING):
        return mappings.require_mapping(tx, arn.scope, arn.resource.removeprefix(_MAPPING)).tags
    tags: Tags = json.loads(functions.require_function(tx, parse_reference(call.scope, str(arn))).tags)
    return tags


async def _change(call: Call, request: Request, change: Callable[[Tags], Tags]) -> Reply:
    arn = _arn(request)

    def update(tx: Transaction) -> None:
        tags = change(_tags(tx, call, arn))
        if len(tags) > _MAXIMUM:
            raise invalid(f"The number of tags exceeds the limit of {_MAXIMUM}")
        if arn.resource.startswith(_MAPPING):
            mapping = mappings.require_mapping(tx, arn.scope, arn.resource.removeprefix(_MAPPING))
            mappings.update_mapping(tx, replace(mapping, tags=tags))
        else:
            reference = parse_reference(call.scope, str(arn))
            functions.update_tags(tx, reference.scope, reference.name, tags)

    await call.write(update)
    return {}
