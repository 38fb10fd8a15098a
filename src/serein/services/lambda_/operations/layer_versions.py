"""PublishLayerVersion, GetLayerVersion, GetLayerVersionByArn, DeleteLayerVersion, ListLayers and ListLayerVersions."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.code import fetch_code, keep_code
from serein.services.lambda_.errors import ResourceNotFoundException, invalid
from serein.services.lambda_.layers import layer_reply, parse_layer_version
from serein.services.lambda_.names import LayerReference, layer_arn, parse_layer
from serein.services.lambda_.paging import find_place, place_token
from serein.services.lambda_.runtime_names import check_compatible, check_compatible_runtime
from serein.services.lambda_.store import layers as store

_MAXIMUM = 50


@operation("PublishLayerVersion")
async def publish_layer_version(call: Call, request: Request) -> Reply:
    reference = parse_layer(call.scope, request["LayerName"])
    check_compatible(request.get("CompatibleRuntimes") or [], request.get("CompatibleArchitectures") or [])
    code = await fetch_code(call, request["Content"])
    package = code.package
    if package is None:
        raise invalid("Please provide a source for function code.")

    def publish(tx: Transaction) -> store.LayerVersion:
        code.append(tx, reference.scope)
        layer = store.LayerVersion(
            name=reference.name,
            version=store.claim_version(tx, reference.scope, reference.name),
            description=request.get("Description", ""),
            licence=request.get("LicenseInfo", ""),
            runtimes=request.get("CompatibleRuntimes"),
            architectures=request.get("CompatibleArchitectures"),
            code_sha256=package.sha256,
            size_bytes=len(package.content),
            created_at=tx.now,
        )
        store.append_version(tx, reference.scope, layer)
        return layer

    layer = await keep_code(call, code, publish)
    return layer_reply(call.platform, reference.scope, layer, with_content=True)


@operation("GetLayerVersion")
async def get_layer_version(call: Call, request: Request) -> Reply:
    return await _get(call, parse_layer_version(call, request))


@operation("GetLayerVersionByArn")
async def get_layer_version_by_arn(call: Call, request: Request) -> Reply:
    return await _get(call, parse_layer(call.scope, request["Arn"]))


async def _get(call: Call, reference: LayerReference) -> Reply:
    layer = await call.read(lambda tx: store.find_version(tx, reference.scope, reference.name, reference.version))
    if layer is None:
        raise ResourceNotFoundException("The resource you requested does not exist.", Type="User")
    return layer_reply(call.platform, reference.scope, layer, with_content=True)


@operation("DeleteLayerVersion")
async def delete_layer_version(call: Call, request: Request) -> Reply:
    """AWS: a function keeps the layer versions that it has when they are deleted (developer guide, "Layers")."""
    reference = parse_layer_version(call, request)

    def delete(tx: Transaction) -> None:
        store.remove_version(tx, reference.scope, reference.name, reference.version)

    await call.write(delete)
    return {}


@operation("ListLayers")
async def list_layers(call: Call, request: Request) -> Reply:
    check_compatible_runtime(request.get("CompatibleRuntime"))
    after, limit = find_place(request.get("Marker")) or "", min(request.get("MaxItems", _MAXIMUM), _MAXIMUM)
    newest = await call.read(lambda tx: store.list_newest(tx, call.scope))
    layers = [layer for layer in newest if layer.name > after and _suits(layer, request)]
    reply: Reply = {
        "Layers": [
            {
                "LayerName": layer.name,
                "LayerArn": layer_arn(call.scope, layer.name),
                "LatestMatchingVersion": layer_reply(call.platform, call.scope, layer, with_content=False),
            }
            for layer in layers[:limit]
        ]
    }
    if len(layers) > limit:
        reply["NextMarker"] = place_token(layers[limit - 1].name)
    return reply


@operation("ListLayerVersions")
async def list_layer_versions(call: Call, request: Request) -> Reply:
    reference = parse_layer(call.scope, request["LayerName"])
    check_compatible_runtime(request.get("CompatibleRuntime"))
    place, limit = find_place(request.get("Marker")), min(request.get("MaxItems", _MAXIMUM), _MAXIMUM)
    if place is not None and not place.isdigit():
        raise invalid("Invalid pagination token")
    versions = await call.read(lambda tx: store.list_versions(tx, reference.scope, reference.name))
    layers = [layer for layer in versions if (place is None or layer.version < int(place)) and _suits(layer, request)]
    reply: Reply = {
        "LayerVersions": [
            layer_reply(call.platform, reference.scope, layer, with_content=False) for layer in layers[:limit]
        ]
    }
    if len(layers) > limit:
        reply["NextMarker"] = place_token(str(layers[limit - 1].version))
    return reply


def _suits(layer: store.LayerVersion, request: Request) -> bool:
    runtime, architecture = request.get("CompatibleRuntime"), request.get("CompatibleArchitecture")
    return (runtime is None or runtime in (layer.runtimes or ())) and (
        architecture is None or architecture in (layer.architectures or ())
    )
