"""TagResource, UntagResource and ListTags."""

import json
from collections.abc import Callable
from dataclasses import replace

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.errors import ResourceNotFoundException, invalid
from serein.services.lambda_.names import parse_reference
from serein.services.lambda_.store import capacity, functions, mappings, signing
from serein.services.lambda_.tagging import Tags, check_tags

Change = Callable[[Tags], Tags]


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    if not request["Tags"]:
        raise invalid("An error occurred and the request cannot be processed.")
    return await _change(call, request, lambda tags: {**tags, **request["Tags"]})


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    gone = set(request["TagKeys"])
    return await _change(call, request, lambda tags: {key: tags[key] for key in tags if key not in gone})


@operation("ListTags")
async def list_tags(call: Call, request: Request) -> Reply:
    arn = _arn(request)
    return {"Tags": await call.read(lambda tx: _tags(tx, call, arn, None))}


async def _change(call: Call, request: Request, change: Change) -> Reply:
    arn = _arn(request)

    def checked(tags: Tags) -> Tags:
        changed = change(tags)
        check_tags(changed)
        return changed

    await call.write(lambda tx: _tags(tx, call, arn, checked))
    return {}


def _arn(request: Request) -> Arn:
    arn = find_arn(request["Resource"])
    if arn is None:
        raise invalid(f"{request['Resource']} is not an ARN.")
    if arn.resource.startswith("function:") and arn.resource.count(":") > 1:
        raise invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")
    return arn


def _tags(tx: Transaction, call: Call, arn: Arn, change: Change | None) -> Tags:
    """A resource's tags, changed and kept when `change` is given. Raises ResourceNotFoundException."""
    kind, _, name = arn.resource.partition(":")
    if kind == "function":
        return _function_tags(tx, call, arn, change)
    if kind == "event-source-mapping":
        return _mapping_tags(tx, arn, name, change)
    if kind == "code-signing-config":
        config = signing.require_config(tx, str(arn))
        if change is not None:
            config = replace(config, tags=change(config.tags))
            signing.put_config(tx, arn.scope, config)
        return config.tags
    if kind == "capacity-provider":
        provider = capacity.require_provider(tx, arn.scope, name)
        if change is not None:
            provider = replace(provider, tags=change(provider.tags))
            capacity.put_provider(tx, provider)
        return provider.tags
    raise ResourceNotFoundException("The resource you requested does not exist.", Type="User")


def _function_tags(tx: Transaction, call: Call, arn: Arn, change: Change | None) -> Tags:
    reference = parse_reference(call.scope, str(arn))
    tags: Tags = json.loads(functions.require_function(tx, reference).tags)
    if change is not None:
        functions.update_tags(tx, reference.scope, reference.name, change(tags))
    return tags


def _mapping_tags(tx: Transaction, arn: Arn, name: str, change: Change | None) -> Tags:
    mapping = mappings.find_mapping(tx, name)
    if mapping is None or mapping.scope != arn.scope:
        raise ResourceNotFoundException(f"Event source mapping not found: {arn}", Type="User")
    if change is not None:
        mappings.update_mapping(tx, replace(mapping, tags=change(mapping.tags)))
    return mapping.tags
