"""Tags of APIs, stages, domain names, VPC links, portals and their products: TagResource, UntagResource and GetTags."""

import re
from collections.abc import Callable
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.store import domains, portals

_ARN = re.compile(r"arn:[^:]+:apigateway:[^:]*:(?:\d{12})?:/(apis|domainnames|vpclinks)/([^/]+)(?:/stages/([^/]+))?")
_PORTAL_ARN = re.compile(r"arn:[^:]+:apigateway:[^:]*:\d{12}:/(portals|portalproducts)/([^/]+)")
_MOST_TAGS = 50


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException for an ARN of nothing that can be tagged."""
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
    kind, name, stage_name = _parse_arn(request["ResourceArn"])

    def read(tx: Transaction) -> dict[str, Any]:
        settings = _find(tx, call, kind, name)
        if stage_name:
            settings = store.require_stage(tx, name, stage_name).settings
        tags: dict[str, Any] = settings.get("Tags", {})
        return tags

    return {"Tags": await call.read(read)}


def _find(tx: Transaction, call: Call, kind: str, name: str) -> dict[str, Any]:
    if kind == "apis":
        return store.require_api(tx, call.scope, name)
    if kind == "domainnames":
        return domains.require_domain(tx, call.scope, name)
    if kind == "portals":
        return portals.require_portal(tx, call.scope, name)
    if kind == "portalproducts":
        return portals.require_product(tx, call.scope, name).settings
    return domains.require_vpc_link(tx, call.scope, name)


async def _change(call: Call, arn: str, change: Callable[[dict[str, str]], None]) -> None:
    kind, name, stage_name = _parse_arn(arn)

    def write(tx: Transaction) -> None:
        settings = _find(tx, call, kind, name)
        if stage_name:
            stage = store.require_stage(tx, name, stage_name)
            _apply(stage.settings, change)
            store.put_stage(tx, name, stage)
            return
        _apply(settings, change)
        _keep(tx, call, kind, settings)

    await call.write(write)


def _keep(tx: Transaction, call: Call, kind: str, settings: dict[str, Any]) -> None:
    if kind == "apis":
        store.update_api(tx, settings["ApiId"], settings)
    elif kind == "domainnames":
        domains.update_domain(tx, settings)
    elif kind == "portals":
        portals.put_portal(tx, call.scope, settings)
    elif kind == "portalproducts":
        portals.put_product(tx, call.scope, settings)
    else:
        domains.put_vpc_link(tx, call.scope, settings)


def _apply(settings: dict[str, Any], change: Callable[[dict[str, str]], None]) -> None:
    tags = settings.setdefault("Tags", {})
    change(tags)
    if len(tags) > _MOST_TAGS:
        raise BadRequestException(f"The number of tags must not exceed {_MOST_TAGS}")


def _parse_arn(arn: str) -> tuple[str, str, str]:
    """Kind of resource, its id or name, and a stage's name."""
    portal = _PORTAL_ARN.fullmatch(arn)
    if portal is not None:
        return portal[1], portal[2], ""
    found = _ARN.fullmatch(arn)
    if found is None or (found[3] and found[1] != "apis"):
        raise BadRequestException("Invalid ARN specified in the request")
    return found[1], found[2], found[3] or ""
