"""Documentation parts: create, import, get, list, update and delete."""

import json
from typing import Any

import yaml

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.documentation import is_wanted, new_part, patch_part, place_of
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.errors import BadRequestException, ConflictException
from serein.services.apigateway.parts import delete_part, patched, require_part, resources_of
from serein.services.apigateway.store import apis

_KIND = "DocumentationPart"


@operation("CreateDocumentationPart")
@checked
async def create_documentation_part(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequest-, ConflictException."""

    def write(tx: Transaction) -> Reply:
        apis.require_api(tx, call.scope, request["restApiId"])
        part = new_part(request["location"], request["properties"])
        _require_free(tx, request["restApiId"], part)
        apis.put_part(tx, request["restApiId"], _KIND, part["id"], part)
        return part

    return await call.write(write)


def _require_free(tx: Transaction, api_id: str, part: dict[str, Any]) -> None:
    if any(place_of(found) == place_of(part) for found in apis.list_parts(tx, api_id, _KIND)):
        kind = part["location"]["type"]
        raise ConflictException(f"Documentation part already exists for the specified location: type '{kind}'.")


@operation("ImportDocumentationParts")
@checked
async def import_documentation_parts(call: Call, request: Request) -> Reply:
    """Take the parts of an OpenAPI document's `x-amazon-apigateway-documentation`. Raises BadRequest-, NotFound-."""
    parts = _parse(request["body"])

    def write(tx: Transaction) -> Reply:
        api_id = request["restApiId"]
        apis.require_api(tx, call.scope, api_id)
        if request.get("mode") == "overwrite":
            apis.delete_parts(tx, api_id, _KIND)
        existing = {place_of(found): found for found in apis.list_parts(tx, api_id, _KIND)}
        ids = []
        for new in parts:
            part, found = new, existing.get(place_of(new))
            if found is not None:
                merged = {**json.loads(found["properties"]), **json.loads(new["properties"])}
                part = {**found, "properties": json.dumps(merged)}
            apis.put_part(tx, api_id, _KIND, part["id"], part)
            ids.append(part["id"])
        return {"ids": ids}

    return await call.write(write)


def _parse(body: bytes) -> list[dict[str, Any]]:
    try:
        document = yaml.safe_load(body)
        parts = document["x-amazon-apigateway-documentation"]["documentationParts"]
        return [new_part(part["location"], json.dumps(part["properties"])) for part in parts]
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, KeyError, RecursionError):
        raise BadRequestException("Unable to build importer with provided input.") from None


@operation("GetDocumentationPart")
@checked
async def get_documentation_part(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    api_id, part_id = request["restApiId"], request["documentationPartId"]
    return await call.read(lambda tx: require_part(tx, call.scope, api_id, _KIND, part_id))


@operation("GetDocumentationParts")
@checked
async def get_documentation_parts(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        apis.require_api(tx, call.scope, request["restApiId"])
        found = apis.list_parts(tx, request["restApiId"], _KIND)
        if request.get("locationStatus") == "UNDOCUMENTED":
            found = _undocumented(tx, request["restApiId"], found)
        found = [part for part in found if is_wanted(part, request)]
        return page_of(sorted(found, key=_position), _position, request)

    return await call.read(read)


def _position(part: dict[str, Any]) -> str:
    return "\t".join(place_of(part))


def _undocumented(tx: Transaction, api_id: str, documented: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The places of the API, its resources, methods and models that no part is about; they have no properties."""
    places: list[dict[str, Any]] = [{"type": "API"}]
    places += [{"type": "MODEL", "name": model["name"]} for model in apis.list_parts(tx, api_id, "Model")]
    places += [{"type": "AUTHORIZER", "name": found["name"]} for found in apis.list_parts(tx, api_id, "Authorizer")]
    for resource in resources_of(tx, api_id).values():
        places.append({"type": "RESOURCE", "path": resource["path"]})
        for verb in resource.get("resourceMethods", {}):
            places.append({"type": "METHOD", "path": resource["path"], "method": verb})
    taken = {place_of(part) for part in documented}
    return [part for part in ({"location": place} for place in places) if place_of(part) not in taken]


@operation("UpdateDocumentationPart")
@checked
async def update_documentation_part(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        part_id = request["documentationPartId"]
        part = require_part(tx, call.scope, request["restApiId"], _KIND, part_id)
        patched(part, parse_patches(request), patch_part)
        apis.put_part(tx, request["restApiId"], _KIND, part_id, part)
        return part

    return await call.write(write)


@operation("DeleteDocumentationPart")
@checked
async def delete_documentation_part(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    api_id, part_id = request["restApiId"], request["documentationPartId"]

    def write(tx: Transaction) -> None:
        apis.require_api(tx, call.scope, api_id)
        delete_part(tx, call.scope, api_id, _KIND, part_id)

    await call.write(write)
    return {}
