"""Stages: create, get, list, update and delete."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.deployments import follow_changes
from serein.services.apigatewayv2.errors import BadRequestException, ConflictException
from serein.services.apigatewayv2.pages import page_of
from serein.services.apigatewayv2.sockets.apis import is_socket_api
from serein.services.apigatewayv2.sockets.connections import connections_of
from serein.services.apigatewayv2.stages import changed_stage, new_stage, require_http_settings, shown_stage
from serein.services.apigatewayv2.store import domains

_STORED = ("ClientCertificateId",)


@operation("CreateStage", stored=_STORED)
async def create_stage(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, ConflictException for a name in use, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        api = store.require_api(tx, call.scope, request["ApiId"])
        stage = new_stage(request, tx.now)
        if store.find_stage(tx, api["ApiId"], stage.name) is not None:
            raise ConflictException("Stage already exists")
        if stage.deployment_id:
            store.require_deployment(tx, api["ApiId"], stage.deployment_id)
        _check(tx, api, request, stage)
        store.put_stage(tx, api["ApiId"], stage)
        if stage.is_automatic:
            follow_changes(tx, api)
        return shown_stage(store.require_stage(tx, api["ApiId"], stage.name))

    return await call.write(write)


@operation("GetStage")
async def get_stage(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        store.require_api(tx, call.scope, request["ApiId"])
        return shown_stage(store.require_stage(tx, request["ApiId"], request["StageName"]))

    return await call.read(read)


@operation("GetStages")
async def get_stages(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> list[store.Stage]:
        store.require_api(tx, call.scope, request["ApiId"])
        return store.list_stages(tx, request["ApiId"])

    return page_of([shown_stage(stage) for stage in await call.read(read)], "StageName", request)


@operation("UpdateStage", stored=_STORED)
async def update_stage(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        api = store.require_api(tx, call.scope, request["ApiId"])
        old = store.require_stage(tx, api["ApiId"], request["StageName"])
        stage = changed_stage(old, request, tx.now)
        if request.get("DeploymentId"):
            if stage.is_automatic:
                raise BadRequestException("Deployment ID cannot be set on a stage with autoDeploy enabled")
            store.require_deployment(tx, api["ApiId"], stage.deployment_id)
        _check(tx, api, request, stage)
        store.put_stage(tx, api["ApiId"], stage)
        if stage.is_automatic and not old.is_automatic:
            follow_changes(tx, api)
        return shown_stage(store.require_stage(tx, api["ApiId"], stage.name))

    return await call.write(write)


@operation("DeleteStage")
async def delete_stage(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        store.require_api(tx, call.scope, request["ApiId"])
        store.require_stage(tx, request["ApiId"], request["StageName"])
        if domains.is_mapped(tx, request["ApiId"], request["StageName"]):
            raise BadRequestException("Active API mappings pointing to this stage must be moved or deleted")
        store.delete_stage(tx, request["ApiId"], request["StageName"])

    await call.write(write)
    connections_of(call.platform).end(request["ApiId"], request["StageName"])
    return {}


@operation("DeleteAccessLogSettings")
async def delete_access_log_settings(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    await _without(call, request, "AccessLogSettings", None)
    return {}


@operation("DeleteRouteSettings")
async def delete_route_settings(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    await _without(call, request, "RouteSettings", request["RouteKey"])
    return {}


def _check(tx: Transaction, api: dict[str, Any], request: Request, stage: store.Stage) -> None:
    if is_socket_api(api) or not (request.get("RouteSettings") or request.get("DefaultRouteSettings")):
        return
    require_http_settings(stage, {route["RouteKey"] for route in store.list_parts(tx, api["ApiId"], "Route")})


async def _without(call: Call, request: Request, member: str, key: str | None) -> None:
    def write(tx: Transaction) -> None:
        store.require_api(tx, call.scope, request["ApiId"])
        stage = store.require_stage(tx, request["ApiId"], request["StageName"])
        if key is None:
            stage.settings.pop(member, None)
        else:
            stage.settings.get(member, {}).pop(key, None)
        store.put_stage(tx, request["ApiId"], stage)

    await call.write(write)
