"""CreateRegistry, DescribeRegistry, UpdateRegistry, DeleteRegistry and ListRegistries."""

from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.schemas import store
from serein.services.schemas.errors import BadRequestException, already_exists
from serein.services.schemas.names import require_registry_name
from serein.services.schemas.pages import limit_of, name_after, page
from serein.services.schemas.records import Registry
from serein.services.schemas.registering import require_registry

_SCOPES = ("Local", "AWS")


@operation("CreateRegistry")
async def create_registry(call: Call, request: Request) -> Reply:
    name = request["RegistryName"]
    require_registry_name(name)
    definition = {member: request[member] for member in ("Description",) if member in request}
    registry = Registry(call.scope, name, definition, request.get("Tags", {}))

    def create(tx: Transaction) -> None:
        if store.find_registry(tx, call.scope, name) is not None:
            raise already_exists("Registry", name)
        store.put_registry(tx, registry)

    await call.write(create)
    return registry.described()


@operation("DescribeRegistry")
async def describe_registry(call: Call, request: Request) -> Reply:
    return (await call.read(lambda tx: require_registry(tx, call.scope, request["RegistryName"]))).described()


@operation("UpdateRegistry")
async def update_registry(call: Call, request: Request) -> Reply:
    def update(tx: Transaction) -> Registry:
        known = require_registry(tx, call.scope, request["RegistryName"])
        changes = {member: request[member] for member in ("Description",) if member in request}
        changed = replace(known, definition=known.definition | changes)
        store.put_registry(tx, changed)
        return changed

    return (await call.write(update)).described()


@operation("DeleteRegistry")
async def delete_registry(call: Call, request: Request) -> Reply:
    def delete(tx: Transaction) -> None:
        registry = require_registry(tx, call.scope, request["RegistryName"])
        if store.list_schemas(tx, call.scope, registry.name, "", "", 1):
            raise BadRequestException(f"The registry {registry.name} still has schemas.")
        store.delete_registry(tx, registry)

    await call.write(delete)
    return {}


@operation("ListRegistries", partial="AWS's own registries aren't there: Scope AWS finds nothing")
async def list_registries(call: Call, request: Request) -> Reply:
    wanted, limit, after = request.get("Scope"), limit_of(request), name_after(request)
    if wanted and wanted not in _SCOPES:
        raise BadRequestException(f"The scope must be Local or AWS, not {wanted}.")
    if wanted == "AWS":
        return {"Registries": []}
    prefix = request.get("RegistryNamePrefix", "")
    found = await call.read(lambda tx: store.list_registries(tx, call.scope, prefix, after, limit + 1))
    return page("Registries", found, limit, lambda registry: registry.name, _summary)


def _summary(registry: Registry) -> Reply:
    return {"RegistryArn": registry.arn, "RegistryName": registry.name, "Tags": registry.tags}
