"""Tags: TagResource, UntagResource and GetTags."""

from typing import Any
from urllib.parse import unquote

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.errors import BadRequestException
from serein.services.apigateway.tagging import find_tagged, keep_tags

MOST_TAGS = 50
_OWNER = "apigatewayv2"
"""Of domain names and their access associations."""
Tags = dict[str, str]


def _checked(call: Call, old: Tags, added: Tags) -> Tags:
    """The tags after some are added. Raises BadRequestException."""
    tags = {**old, **added}
    is_ours = call.caller.service is not None
    if not is_ours and any(name.startswith("aws:") for name in added if name not in old):
        raise BadRequestException("Tag keys starting with 'aws:' are reserved for system use")
    if len([name for name in tags if not name.startswith("aws:")]) > MOST_TAGS:
        raise BadRequestException(f"The number of tags exceeds the limit of {MOST_TAGS}")
    return tags


@operation("TagResource")
@checked
async def tag_resource(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""
    arn = unquote(request["resourceArn"])
    if _is_elsewhere(arn):
        await _keep_elsewhere(call, arn, _checked(call, await _find_elsewhere(call, arn), request["tags"]))
        return {}

    def write(tx: Transaction) -> None:
        tagged = find_tagged(tx, call.scope, arn)
        keep_tags(tx, call.scope, tagged, _checked(call, tagged.settings.get("tags", {}), request["tags"]))

    await call.write(write)
    return {}


@operation("UntagResource")
@checked
async def untag_resource(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""
    arn, gone = unquote(request["resourceArn"]), set(request["tagKeys"])
    if _is_elsewhere(arn):
        await _keep_elsewhere(call, arn, _without(await _find_elsewhere(call, arn), gone))
        return {}

    def write(tx: Transaction) -> None:
        tagged = find_tagged(tx, call.scope, arn)
        keep_tags(tx, call.scope, tagged, _without(tagged.settings.get("tags", {}), gone))

    await call.write(write)
    return {}


def _without(tags: Tags, gone: set[str]) -> Tags:
    return {name: value for name, value in tags.items() if name not in gone}


@operation("GetTags")
@checked
async def get_tags(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""
    arn = unquote(request["resourceArn"])
    if _is_elsewhere(arn):
        return {"tags": await _find_elsewhere(call, arn)}
    tagged = await call.read(lambda tx: find_tagged(tx, call.scope, arn))
    return {"tags": tagged.settings.get("tags", {})}


def _is_elsewhere(arn: str) -> bool:
    return ":/domainnames/" in arn or ":/domainnameaccessassociations/" in arn


async def _find_elsewhere(call: Call, arn: str) -> Tags:
    """The tags of what the other service keeps."""
    found: dict[str, Any]
    if ":/domainnames/" in arn:
        found = await call.to(_OWNER, "GetTags", {"ResourceArn": arn})
        return dict(found["Tags"])
    found = await call.to(_OWNER, "FindAssociation", {"Arn": arn})
    return dict(found["tags"])


async def _keep_elsewhere(call: Call, arn: str, tags: Tags) -> None:
    if ":/domainnames/" in arn:
        name = arn.partition(":/domainnames/")[2]
        await call.to(_OWNER, "UpdateDomain", {"DomainName": name, "Tags": tags})
    else:
        await call.to(_OWNER, "TagAssociation", {"Arn": arn, "Tags": tags})
