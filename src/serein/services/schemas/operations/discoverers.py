"""CreateDiscoverer, DescribeDiscoverer, UpdateDiscoverer, DeleteDiscoverer, ListDiscoverers, and starts and stops."""

from dataclasses import replace
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.schemas import store
from serein.services.schemas.discovering import (
    STARTED,
    STOPPED,
    delete_rule,
    discoverer_id,
    put_rule,
    require_bus,
    require_discovered_registry,
    require_discoverer,
)
from serein.services.schemas.errors import already_exists
from serein.services.schemas.pages import limit_of, name_after, page
from serein.services.schemas.records import Discoverer


@operation("CreateDiscoverer")
async def create_discoverer(call: Call, request: Request) -> Reply:
    bus = require_bus(request["SourceArn"], call.scope)
    definition: dict[str, Any] = {"SourceArn": request["SourceArn"], "State": STARTED}
    definition["CrossAccount"] = request.get("CrossAccount", True)
    definition |= {member: request[member] for member in ("Description",) if member in request}
    discoverer = Discoverer(call.scope, discoverer_id(bus), definition, request.get("Tags", {}))
    await call.read(lambda tx: _require_free(tx, discoverer))
    # Invariant: the rule is there before the discoverer is, and goes before it: a crash in between leaves a rule
    # that brings events to nobody, which the next attempt takes over.
    await put_rule(call, discoverer)

    def create(tx: Transaction) -> None:
        _require_free(tx, discoverer)
        require_discovered_registry(tx, call.scope)
        store.put_discoverer(tx, discoverer)

    await call.write(create)
    return discoverer.described()


@operation("DescribeDiscoverer")
async def describe_discoverer(call: Call, request: Request) -> Reply:
    return (await _find(call, request)).described()


@operation("UpdateDiscoverer")
async def update_discoverer(call: Call, request: Request) -> Reply:
    changes: dict[str, Any] = {name: request[name] for name in ("Description", "CrossAccount") if name in request}
    return (await _change(call, request, changes)).described()


@operation("StartDiscoverer")
async def start_discoverer(call: Call, request: Request) -> Reply:
    return _state_of(await _change(call, request, {"State": STARTED}))


@operation("StopDiscoverer")
async def stop_discoverer(call: Call, request: Request) -> Reply:
    return _state_of(await _change(call, request, {"State": STOPPED}))


@operation("DeleteDiscoverer")
async def delete_discoverer(call: Call, request: Request) -> Reply:
    discoverer = await _find(call, request)
    await delete_rule(call, discoverer)
    await call.write(lambda tx: store.delete_discoverer(tx, discoverer))
    return {}


@operation("ListDiscoverers")
async def list_discoverers(call: Call, request: Request) -> Reply:
    limit, after = limit_of(request), name_after(request)
    prefix, source = request.get("DiscovererIdPrefix", ""), request.get("SourceArnPrefix", "")
    found = await call.read(lambda tx: store.list_discoverers(tx, call.scope, prefix, after))
    wanted = [each for each in found if each.definition["SourceArn"].startswith(source)]
    return page("Discoverers", wanted, limit, lambda each: each.id, Discoverer.summary)


async def _find(call: Call, request: Request) -> Discoverer:
    return await call.read(lambda tx: require_discoverer(tx, call.scope, request["DiscovererId"]))


async def _change(call: Call, request: Request, changes: dict[str, Any]) -> Discoverer:
    def write(tx: Transaction) -> Discoverer:
        known = require_discoverer(tx, call.scope, request["DiscovererId"])
        changed = replace(known, definition=known.definition | changes)
        store.put_discoverer(tx, changed)
        return changed

    changed = await call.write(write)
    await put_rule(call, changed)
    return changed


def _require_free(tx: Transaction, discoverer: Discoverer) -> None:
    if store.find_discoverer(tx, discoverer.scope, discoverer.id) is not None:
        raise already_exists("Discoverer", discoverer.id)


def _state_of(discoverer: Discoverer) -> Reply:
    return {"DiscovererId": discoverer.id, "State": discoverer.definition["State"]}
