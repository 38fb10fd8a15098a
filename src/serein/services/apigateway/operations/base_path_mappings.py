"""Base path mappings: create, get, list, update and delete. They are the API mappings that `apigatewayv2` keeps."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.domain_names import NO_PATH, key_of, v1_mapping
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.errors import BadRequestException, ConflictException, NotFoundException

_OWNER = "apigatewayv2"


async def _mappings(call: Call, domain_name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    request = {"DomainName": domain_name, "MaxResults": "100"}
    while True:
        page = await call.to(_OWNER, "GetApiMappings", request)
        found += page["Items"]
        if "NextToken" not in page:
            return sorted(found, key=lambda mapping: str(mapping.get("ApiMappingKey", "")))
        request["NextToken"] = page["NextToken"]


def _key_of(base_path: str | None) -> str:
    return "" if base_path in (None, "", NO_PATH) else str(base_path)


async def _require_mapping(call: Call, request: Request) -> dict[str, Any]:
    key = _key_of(request["basePath"])
    for mapping in await _mappings(call, key_of(request)):
        if mapping.get("ApiMappingKey", "") == key:
            return mapping
    raise NotFoundException("Invalid base path mapping identifier specified")


@operation("CreateBasePathMapping")
@checked
async def create_base_path_mapping(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequest-, ConflictException."""
    key = _key_of(request.get("basePath"))
    if "/" in key:
        raise BadRequestException(
            "API Gateway V1 doesn't support the slash character (/) in base path mappings. "
            "To create a multi-level base path mapping, use API Gateway V2."
        )
    if any(mapping.get("ApiMappingKey", "") == key for mapping in await _mappings(call, key_of(request))):
        raise ConflictException("Base path already exists for this domain name")
    asked = {
        "DomainName": key_of(request),
        "ApiId": request["restApiId"],
        "ApiMappingKey": key,
        "Stage": request.get("stage") or "",
    }
    return v1_mapping(await call.to(_OWNER, "CreateApiMapping", asked))


@operation("GetBasePathMapping")
@checked
async def get_base_path_mapping(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    return v1_mapping(await _require_mapping(call, request))


@operation("GetBasePathMappings")
@checked
async def get_base_path_mappings(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    found = [v1_mapping(mapping) for mapping in await _mappings(call, key_of(request))]
    return page_of(sorted(found, key=_position), _position, request)


def _position(mapping: dict[str, Any]) -> str:
    return str(mapping["basePath"])


@operation("UpdateBasePathMapping")
@checked
async def update_base_path_mapping(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequest-, ConflictException."""
    mapping = await _require_mapping(call, request)
    for patch in parse_patches(request):
        patch.require_op("replace")
        if patch.parts == ("basePath",):
            mapping["ApiMappingKey"] = _key_of(patch.value)
        elif patch.parts == ("stage",):
            mapping["Stage"] = patch.text
        elif patch.parts in (("restapiId",), ("restApiId",)):
            mapping["ApiId"] = patch.text
        else:
            raise patch.refused()
    return v1_mapping(await call.to(_OWNER, "UpdateApiMapping", {**mapping, "DomainName": key_of(request)}))


@operation("DeleteBasePathMapping")
@checked
async def delete_base_path_mapping(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    mapping = await _require_mapping(call, request)
    asked = {"DomainName": key_of(request), "ApiMappingId": mapping["ApiMappingId"]}
    await call.to(_OWNER, "DeleteApiMapping", asked)
    return {}
