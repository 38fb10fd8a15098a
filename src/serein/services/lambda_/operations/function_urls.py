"""CreateFunctionUrlConfig, Get…, Update…, Delete… and ListFunctionUrlConfigs: HTTP endpoints of functions."""

from typing import Any
from urllib.parse import urlsplit

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import random_lower
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.configuration import wire_time
from serein.services.lambda_.errors import ResourceConflictException, ResourceNotFoundException
from serein.services.lambda_.names import FunctionReference, function_arn, parse_reference
from serein.services.lambda_.paging import find_place, place_token
from serein.services.lambda_.store import aliases as store
from serein.services.lambda_.store import functions

_MAXIMUM = 50
_BUFFERED = "BUFFERED"
_MEMBERS = ("AuthType", "Cors", "InvokeMode")


@operation("CreateFunctionUrlConfig")
async def create_function_url_config(call: Call, request: Request) -> Reply:
    reference = _reference(call, request)
    settings = {"InvokeMode": _BUFFERED} | _settings(request)
    url_id = random_lower(32)

    def create(tx: Transaction) -> store.UrlRow:
        _require_function(tx, reference)
        if store.find_url(tx, reference.scope, reference.name, reference.qualifier) is not None:
            raise ResourceConflictException(
                f"Failed to create function url config for [functionArn = {reference.arn}]. "
                f"Error message:  FunctionUrlConfig exists for this Lambda function",
                Type="User",
            )
        url = store.UrlRow(url_id, reference.scope, reference.name, reference.qualifier, settings, tx.now, tx.now)
        store.put_url(tx, url)
        return url

    return _written(call, request, await call.write(create))


@operation("GetFunctionUrlConfig")
async def get_function_url_config(call: Call, request: Request) -> Reply:
    reference = _reference(call, request)
    return _reply(call, await call.read(lambda tx: _require(tx, reference)))


@operation("UpdateFunctionUrlConfig")
async def update_function_url_config(call: Call, request: Request) -> Reply:
    reference = _reference(call, request)

    def update(tx: Transaction) -> store.UrlRow:
        _require_function(tx, reference)
        url = _require(tx, reference)
        settings = url.settings | _settings(request)
        url = store.UrlRow(url.url_id, url.scope, url.name, url.qualifier, settings, url.created_at, tx.now)
        store.put_url(tx, url)
        return url

    return _written(call, request, await call.write(update))


@operation("DeleteFunctionUrlConfig")
async def delete_function_url_config(call: Call, request: Request) -> Reply:
    reference = _reference(call, request)
    await call.write(lambda tx: store.remove_url(tx, _require(tx, reference).url_id))
    return {}


@operation("ListFunctionUrlConfigs")
async def list_function_url_configs(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"])

    limit = min(request.get("MaxItems", _MAXIMUM), _MAXIMUM)
    after = find_place(request.get("Marker"))

    def read(tx: Transaction) -> list[store.UrlRow]:
        _require_function(tx, FunctionReference(reference.scope, reference.name))
        return store.list_urls(tx, reference.scope, reference.name)

    urls = [url for url in await call.read(read) if after is None or url.qualifier > after]
    reply: Reply = {"FunctionUrlConfigs": [_reply(call, url) for url in urls[:limit]]}
    if len(urls) > limit:
        reply["NextMarker"] = place_token(urls[limit - 1].qualifier)
    return reply


def _reference(call: Call, request: Request) -> FunctionReference:
    return parse_reference(call.scope, request["FunctionName"], request.get("Qualifier", ""))


def _settings(request: Request) -> dict[str, Any]:
    """AWS: names of headers are kept in small letters (its own SAM integration tests show it)."""
    settings = {member: request[member] for member in _MEMBERS if member in request}
    if "Cors" in settings:
        lowered = {
            member: [name.lower() for name in names]
            for member in ("AllowHeaders", "ExposeHeaders")
            if (names := settings["Cors"].get(member)) is not None
        }
        settings["Cors"] = settings["Cors"] | lowered
    return settings


def _require_function(tx: Transaction, reference: FunctionReference) -> None:
    """AWS: here what is missing is told without its name."""
    try:
        functions.require_configuration(tx, reference)
    except ResourceNotFoundException:
        raise ResourceNotFoundException("Function does not exist", Type="User") from None


def _require(tx: Transaction, reference: FunctionReference) -> store.UrlRow:
    url = store.find_url(tx, reference.scope, reference.name, reference.qualifier)
    if url is None:
        raise ResourceNotFoundException("The resource you requested does not exist.", Type="User")
    return url


def _written(call: Call, request: Request, url: store.UrlRow) -> Reply:
    """AWS: the reply to a change shows the default `InvokeMode` only when it was asked for."""
    reply = _reply(call, url)
    if "InvokeMode" not in request and reply["InvokeMode"] == _BUFFERED:
        del reply["InvokeMode"]
    return reply


def _reply(call: Call, url: store.UrlRow) -> dict[str, Any]:
    port = urlsplit(call.platform.limits.endpoint).port
    return {
        "FunctionUrl": f"http://{url.url_id}.lambda-url.localhost:{port}/",
        "FunctionArn": function_arn(url.scope, url.name, url.qualifier),
        "CreationTime": wire_time(url.created_at),
        "LastModifiedTime": wire_time(url.modified_at),
        **url.settings,
    }
