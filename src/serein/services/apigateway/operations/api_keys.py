"""API keys: create, import, get, list, update and delete."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.api_keys import new_key, parse_table, patch_key, shown_key
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.errors import BadRequestException, ConflictException, NotFoundException
from serein.services.apigateway.parts import patched
from serein.services.apigateway.store import keys


@operation("CreateApiKey", stored=("stageKeys",))
@checked
async def create_api_key(call: Call, request: Request) -> Reply:
    """Raises BadRequest-, ConflictException."""

    def write(tx: Transaction) -> Reply:
        key = new_key(request, tx.now)
        _require_new(tx, call, key)
        keys.put_key(tx, call.scope, key)
        return key

    return await call.write(write)


def _require_new(tx: Transaction, call: Call, key: dict[str, Any]) -> None:
    has_value = keys.find_api_key(tx, call.scope, key["value"]) is not None
    if has_value or keys.find_key(tx, call.scope, key["id"]) is not None:
        raise ConflictException("API Key already exists")


def _require_key(tx: Transaction, call: Call, key_id: str) -> dict[str, Any]:
    found = keys.find_key(tx, call.scope, key_id)
    if found is None:
        raise NotFoundException("Invalid API Key identifier specified")
    return found


@operation("ImportApiKeys")
@checked
async def import_api_keys(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for a malformed table, and for warnings when `failOnWarnings` says so."""
    imported, warnings = parse_table(request["body"])

    def write(tx: Transaction) -> Reply:
        ids, found = [], list(warnings)
        for row in imported:
            key = new_key(row.request, tx.now)
            if keys.find_api_key(tx, call.scope, key["value"]) is not None:
                found.append(f"API Key already exists: {row.request['name']}")
                continue
            keys.put_key(tx, call.scope, key)
            ids.append(key["id"])
            for plan_id in row.plan_ids:
                if keys.find_plan(tx, call.scope, plan_id) is None:
                    found.append(f"Invalid Usage Plan ID specified: {plan_id}")
                else:
                    keys.insert_plan_key(tx, call.scope, plan_id, key["id"])
        if found and request.get("failOnWarnings"):
            raise BadRequestException(f"Warnings found during import: {'; '.join(found)}")
        return {"ids": ids, "warnings": found}

    return await call.write(write)


@operation("GetApiKey")
@checked
async def get_api_key(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    key = await call.read(lambda tx: _require_key(tx, call, request["apiKey"]))
    return {"tags": {}, **shown_key(key, has_value=bool(request.get("includeValue")))}


@operation("GetApiKeys")
@checked
async def get_api_keys(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for a malformed position."""
    found = await call.read(lambda tx: keys.list_keys(tx, call.scope))
    name, customer = request.get("nameQuery", ""), request.get("customerId")
    found = [
        shown_key(key, has_value=bool(request.get("includeValues")))
        for key in found
        if key.get("name", "").startswith(name) and customer in (None, key.get("customerId"))
    ]
    return page_of(found, lambda key: key["id"], request)


@operation("UpdateApiKey")
@checked
async def update_api_key(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""
    patches = parse_patches(request)

    def write(tx: Transaction) -> Reply:
        key = patched(_require_key(tx, call, request["apiKey"]), patches, patch_key)
        key["lastUpdatedDate"] = tx.now
        keys.put_key(tx, call.scope, key)
        return {"tags": {}, **shown_key(key, has_value=False)}

    return await call.write(write)


@operation("DeleteApiKey")
@checked
async def delete_api_key(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        _require_key(tx, call, request["apiKey"])
        keys.delete_key(tx, call.scope, request["apiKey"])

    await call.write(write)
    return {}
