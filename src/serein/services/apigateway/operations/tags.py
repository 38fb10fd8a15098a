"""Tags: TagResource, UntagResource and GetTags."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.errors import BadRequestException
from serein.services.apigateway.tagging import find_tagged, keep_tags

MOST_TAGS = 50


@operation("TagResource")
@checked
async def tag_resource(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> None:
        tagged = find_tagged(tx, call.scope, request["resourceArn"])
        tags = {**tagged.settings.get("tags", {}), **request["tags"]}
        if any(name.startswith("aws:") for name in request["tags"] if name not in tagged.settings.get("tags", {})):
            is_ours = call.caller.service is not None
            if not is_ours:
                raise BadRequestException("Tag keys starting with 'aws:' are reserved for system use")
        if len([name for name in tags if not name.startswith("aws:")]) > MOST_TAGS:
            raise BadRequestException(f"The number of tags exceeds the limit of {MOST_TAGS}")
        keep_tags(tx, call.scope, tagged, tags)

    await call.write(write)
    return {}


@operation("UntagResource")
@checked
async def untag_resource(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> None:
        tagged = find_tagged(tx, call.scope, request["resourceArn"])
        gone = set(request["tagKeys"])
        kept = {name: value for name, value in tagged.settings.get("tags", {}).items() if name not in gone}
        keep_tags(tx, call.scope, tagged, kept)

    await call.write(write)
    return {}


@operation("GetTags")
@checked
async def get_tags(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""
    tagged = await call.read(lambda tx: find_tagged(tx, call.scope, request["resourceArn"]))
    return {"tags": tagged.settings.get("tags", {})}
