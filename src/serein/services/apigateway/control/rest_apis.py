"""A REST API's own settings."""

from typing import Any

from serein.kernel.ids import random_lower
from serein.services.apigateway.control.patches import Patch
from serein.services.apigateway.errors import BadRequestException

Settings = dict[str, Any]
LARGEST_COMPRESSION_SIZE = 10_485_760
_ENDPOINT_TYPES = ("REGIONAL", "EDGE", "PRIVATE")
_OPTIONAL = ("version", "minimumCompressionSize", "policy", "securityPolicy", "endpointAccessMode")
_DUALSTACK_ONLY = "Only dualstack ipAddressType is supported for Private APIs."


def new_api(request: Settings, now: float) -> Settings:
    """The RestApi that CreateRestApi makes. Raises BadRequestException."""
    if not request.get("name", "").strip():
        raise BadRequestException("Name cannot be empty")
    if request.get("description") == "":
        raise BadRequestException("Description cannot be an empty string")
    settings: Settings = {
        "id": random_lower(10),
        "name": request["name"],
        "createdDate": now,
        "apiKeySource": request.get("apiKeySource") or "HEADER",
        "endpointConfiguration": endpoint_configuration(request.get("endpointConfiguration")),
        "disableExecuteApiEndpoint": bool(request.get("disableExecuteApiEndpoint", False)),
        "rootResourceId": random_lower(10),
    }
    if request.get("description"):
        settings["description"] = request["description"]
    if request.get("minimumCompressionSize") is not None:
        _require_compression(request["minimumCompressionSize"])
    for name in _OPTIONAL:
        if request.get(name) is not None:
            settings[name] = request[name]
    if request.get("binaryMediaTypes"):
        settings["binaryMediaTypes"] = list(dict.fromkeys(request["binaryMediaTypes"]))
    if request.get("tags"):
        settings["tags"] = dict(request["tags"])
    return settings


def endpoint_configuration(asked: Settings | None) -> Settings:
    """An EndpointConfiguration with its defaults. Raises BadRequestException."""
    if asked is None:
        return {"types": ["EDGE"], "ipAddressType": "ipv4"}
    types = asked.get("types")
    if types is None:
        types = ["EDGE"]
    if not types:
        raise BadRequestException("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
    if len(types) > 1:
        raise BadRequestException("Cannot create an api with multiple Endpoint Types.")
    is_private = types == ["PRIVATE"]
    address_type = asked.get("ipAddressType") or ("dualstack" if is_private else "ipv4")
    if is_private and address_type == "ipv4":
        raise BadRequestException(_DUALSTACK_ONLY)
    configuration: Settings = {"types": list(types), "ipAddressType": address_type}
    if asked.get("vpcEndpointIds"):
        if not is_private:
            raise BadRequestException("Only Private APIs can have VPC endpoints associated.")
        configuration["vpcEndpointIds"] = list(asked["vpcEndpointIds"])
    return configuration


def patch_api(settings: Settings, patch: Patch) -> None:
    """Change a RestApi. Raises BadRequestException for what can't be patched, or not to that."""
    member = patch.parts[0]
    if member == "binaryMediaTypes" and len(patch.parts) == 2:
        _patch_media_types(settings, patch)
    elif member == "endpointConfiguration" and len(patch.parts) > 1:
        _patch_endpoint(settings["endpointConfiguration"], patch)
    elif len(patch.parts) > 1 or member not in _PATCHED:
        raise patch.refused()
    elif member == "description":
        patch.require_op("add", "replace", "remove")
        settings.pop(member, None)
        if patch.op != "remove" and patch.value:
            settings[member] = patch.value
    else:
        patch.require_op("replace")
        _replace(settings, member, patch)


_PATCHED = frozenset(
    {"name", "description", "minimumCompressionSize", "apiKeySource", "policy", "disableExecuteApiEndpoint"}
    | {"securityPolicy", "endpointAccessMode", "version"}
)


def _replace(settings: Settings, member: str, patch: Patch) -> None:
    if member == "minimumCompressionSize":
        settings.pop(member, None)
        if patch.value:
            settings[member] = _require_compression(patch.value)
    elif member == "disableExecuteApiEndpoint":
        settings[member] = patch.is_true
    elif member == "name":
        if not patch.text.strip():
            raise BadRequestException("Name cannot be empty")
        settings[member] = patch.value
    elif member == "apiKeySource":
        if patch.value not in ("HEADER", "AUTHORIZER"):
            raise BadRequestException("Invalid API key source specified. Valid options are HEADER,AUTHORIZER")
        settings[member] = patch.value
    elif patch.value:
        settings[member] = patch.value
    else:
        settings.pop(member, None)


def _require_compression(value: Any) -> int:
    try:
        size = int(value)
    except ValueError:
        size = -1
    if not 0 <= size <= LARGEST_COMPRESSION_SIZE:
        message = f"Invalid minimum compression size, must be between 0 and {LARGEST_COMPRESSION_SIZE}"
        raise BadRequestException(message)
    return size


def _patch_media_types(settings: Settings, patch: Patch) -> None:
    patch.require_op("add", "remove", "replace")
    types = settings.get("binaryMediaTypes", [])
    name = patch.parts[1]
    if patch.op in ("remove", "replace"):
        types = [existing for existing in types if existing != name]
    if patch.op == "replace":
        name = patch.value or name
    if patch.op != "remove" and name not in types:
        types = [*types, name]
    settings["binaryMediaTypes"] = types
    if not types:
        del settings["binaryMediaTypes"]


def _patch_endpoint(configuration: Settings, patch: Patch) -> None:
    member = patch.parts[1]
    if member == "types" and len(patch.parts) == 3:
        if patch.op not in ("add", "replace"):
            raise BadRequestException("Invalid patch operation specified. Must be 'add'|'remove'|'replace'")
        if patch.value not in _ENDPOINT_TYPES:
            raise BadRequestException("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE")
        configuration["types"] = [patch.value]
        if patch.value == "PRIVATE":
            configuration["ipAddressType"] = "dualstack"
    elif member == "ipAddressType" and len(patch.parts) == 2:
        patch.require_op("replace")
        if patch.value not in ("ipv4", "dualstack"):
            raise BadRequestException("ipAddressType must be either ipv4 or dualstack.")
        if patch.value == "ipv4" and configuration["types"] == ["PRIVATE"]:
            raise BadRequestException(_DUALSTACK_ONLY)
        configuration["ipAddressType"] = patch.value
    elif member == "vpcEndpointIds":
        _patch_endpoint_ids(configuration, patch)
    else:
        raise patch.refused()


def _patch_endpoint_ids(configuration: Settings, patch: Patch) -> None:
    patch.require_op("add", "remove", "replace")
    ids = configuration.get("vpcEndpointIds", [])
    given = patch.value or (patch.parts[2] if len(patch.parts) > 2 else "")
    if patch.op == "remove":
        ids = [existing for existing in ids if existing != given]
    elif patch.op == "replace":
        ids = given.split(",")
    elif given not in ids:
        ids = [*ids, given]
    configuration["vpcEndpointIds"] = ids
    if not ids:
        del configuration["vpcEndpointIds"]
