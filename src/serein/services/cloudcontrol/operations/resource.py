"""A resource made, changed, read, listed and deleted."""

import json
from typing import Any

import jsonpatch

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position, page_token
from serein.services.cloudcontrol.errors import InvalidRequestException, ResourceNotFoundException
from serein.services.cloudcontrol.requests import parse_document, submit

_PAGE = 20


async def _require_type(call: Call, request: Request, action: str) -> None:
    """Raise TypeNotFoundException or UnsupportedActionException."""
    if request.get("TypeVersionId"):
        raise InvalidRequestException("TypeVersionId is for private types: Serein has only those of AWS")
    await call.to("cloudformation", "CheckResourceAction", {"TypeName": request["TypeName"], "Action": action})


async def _require_properties(call: Call, request: Request) -> dict[str, Any]:
    """The properties of the resource. Raises ResourceNotFoundException."""
    asked = {"TypeName": request["TypeName"], "Identifier": request["Identifier"]}
    found: dict[str, Any] | None = (await call.to("cloudformation", "ReadResource", asked))["Properties"]
    if found is None:
        raise ResourceNotFoundException(
            f"Resource of type '{request['TypeName']}' with identifier '{request['Identifier']}' was not found."
        )
    return found


@operation("CreateResource", stored=("RoleArn",))
async def create_resource(call: Call, request: Request) -> Reply:
    await _require_type(call, request, "CREATE")
    desired = parse_document(request["DesiredState"], dict, "DesiredState")
    return await submit(call, request, "CREATE", {"desired": desired}, desired)


@operation("UpdateResource", stored=("RoleArn",))
async def update_resource(call: Call, request: Request) -> Reply:
    await _require_type(call, request, "UPDATE")
    patch = parse_document(request["PatchDocument"], list, "PatchDocument")
    before = await _require_properties(call, request)
    try:
        desired = jsonpatch.apply_patch(before, patch)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError) as error:
        raise InvalidRequestException(f"The patch document can't be applied: {error}") from None
    return await submit(call, request, "UPDATE", {"patch": patch}, desired)


@operation("DeleteResource", stored=("RoleArn",))
async def delete_resource(call: Call, request: Request) -> Reply:
    await _require_type(call, request, "DELETE")
    await _require_properties(call, request)
    return await submit(call, request, "DELETE", {})


@operation("GetResource", stored=("RoleArn",))
async def get_resource(call: Call, request: Request) -> Reply:
    await _require_type(call, request, "READ")
    return {"TypeName": request["TypeName"], "ResourceDescription": await _description(call, request)}


async def _description(call: Call, request: Request) -> Reply:
    properties = await _require_properties(call, request)
    return {"Identifier": request["Identifier"], "Properties": json.dumps(properties)}


@operation("ListResources", stored=("RoleArn",))
async def list_resources(call: Call, request: Request) -> Reply:
    await _require_type(call, request, "LIST")
    model = parse_document(request["ResourceModel"], dict, "ResourceModel") if "ResourceModel" in request else {}
    start = find_position(request["NextToken"]) if "NextToken" in request else 0
    if not isinstance(start, int) or start < 0:
        raise InvalidRequestException("NextToken is not valid")
    found = await call.to("cloudformation", "ListResourcesOfType", {"TypeName": request["TypeName"]})
    identifiers = sorted(found["Identifiers"])
    end = start + request.get("MaxResults", _PAGE)
    shown = []
    for identifier in identifiers[start:end]:
        asked = {"TypeName": request["TypeName"], "Identifier": identifier}
        properties = (await call.to("cloudformation", "ReadResource", asked))["Properties"]
        if properties is not None and all(properties.get(name) == value for name, value in model.items()):
            shown.append({"Identifier": identifier, "Properties": json.dumps(properties)})
    reply: Reply = {"TypeName": request["TypeName"], "ResourceDescriptions": shown}
    if end < len(identifiers):
        reply["NextToken"] = page_token(end)
    return reply
