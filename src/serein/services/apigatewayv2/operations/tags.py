"""Tags of APIs and stages: TagResource, UntagResource and GetTags."""

import re
from collections.abc import Callable
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.errors import BadRequestException

_ARN = re.compile(r"arn:[^:]+:apigateway:[^:]*::/apis/([^/]+)(?:/stages/([^/]+))?")


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException for an ARN that is neither an API's nor a stage's."""
    await _change(call, request["ResourceArn"], lambda tags: tags.update(request.get("Tags", {})))
    return {}


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException."""

    def drop(tags: dict[str, str]) -> None:
        for key in request["TagKeys"]:
            tags.pop(key, None)

    await _change(call, request["ResourceArn"], drop)
    return {}


@operation("GetTags")
async def get_tags(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException."""
    api_id, stage_name = _parse_arn(request["ResourceArn"])

    def read(tx: Transaction) -> dict[str, Any]:
        api = store.require_api(tx, call.scope, api_id)
        settings = store.require_stage(tx, api_id, stage_name).settings if stage_name else api
        tags: dict[str, Any] = settings.get("Tags", {})
        return tags

    return {"Tags": await call.read(read)}


async def _change(call: Call, arn: str, change: Callable[[dict[str, str]], None]) -> None:
    api_id, stage_name = _parse_arn(arn)

    def write(tx: Transaction) -> None:
        api = store.require_api(tx, call.scope, api_id)
        if stage_name:
            stage = store.require_stage(tx, api_id, stage_name)
            change(stage.settings.setdefault("Tags", {}))
            store.put_stage(tx, api_id, stage)
        else:
            change(api.setdefault("Tags", {}))
            store.update_api(tx, api_id, api)

    await call.write(write)


def _parse_arn(arn: str) -> tuple[str, str]:
    found = _ARN.fullmatch(arn)
    if found is None:
        raise BadRequestException("Invalid ARN specified in the request")
    return found.group(1), found.group(2) or ""
