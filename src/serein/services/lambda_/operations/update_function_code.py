"""UpdateFunctionCode: give a function another deployment package or image."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.code import drop_blobs, fetch_code, keep_code
from serein.services.lambda_.configuration import configuration_reply, set_layers, touch
from serein.services.lambda_.errors import invalid
from serein.services.lambda_.layers import require_layers
from serein.services.lambda_.memory import memory_of
from serein.services.lambda_.names import FunctionReference, parse_reference
from serein.services.lambda_.states import begin_update, check_settled
from serein.services.lambda_.store import functions as store
from serein.services.lambda_.versions import check_revision, publish


@operation(
    "UpdateFunctionCode",
    partial="publishing to capacity providers is refused",
    stored=("Architectures", "S3ObjectStorageMode", "SourceKMSKeyArn"),
)
async def update_function_code(call: Call, request: Request) -> Reply:
    if request.get("PublishTo"):
        raise NotImplementedHere("Serein does not implement publishing to capacity providers (PublishTo)")
    named = parse_reference(call.scope, request["FunctionName"])
    reference = FunctionReference(named.scope, named.name)
    row = await call.read(lambda tx: store.require_function(tx, reference))
    package_type = row.latest()["PackageType"]
    _check_source(request, package_type)
    code = await fetch_code(call, request, package_type)
    is_gradual, is_dry = call.platform.realism.is_gradual, bool(request.get("DryRun"))
    unused: list[str] = []

    def update(tx: Transaction) -> Reply:
        unused.clear()
        row = store.require_function(tx, reference)
        configuration = row.latest()
        check_settled(configuration, reference.arn, tx.now)
        check_revision(request, configuration, tx.now)
        before = configuration["_code"]
        code.describe(configuration)
        if "Layers" in configuration:
            layers = [layer["Arn"] for layer in configuration["Layers"]]
            set_layers(configuration, require_layers(tx, call.scope, layers, held=configuration), code.unzipped_bytes)
        if request.get("Architectures"):
            configuration["Architectures"] = request["Architectures"]
        if is_dry:
            return configuration_reply(configuration, reference, tx.now)
        touch(configuration, tx.now)
        begin_update(configuration, tx.now, is_gradual=is_gradual)
        code.append(tx, call.scope)
        store.update_latest(tx, reference.scope, reference.name, configuration)
        if before != configuration["_code"]:
            unused.extend(store.remove_unused_packages(tx, [before]))
        if request.get("Publish"):
            return publish(tx, row, configuration, None, is_gradual=is_gradual, is_new=True)
        return configuration_reply(configuration, reference, None)

    if is_dry:
        return await call.read(update)
    reply = await keep_code(call, code, update)
    if code.package is not None:
        memory_of(call.platform).follows(code.package.sha256, row.latest()["_code"])
    await drop_blobs(call.platform, unused)
    call.platform.runner.retire(reference.arn, reply["RevisionId"])
    return reply


def _check_source(request: Request, package_type: str) -> None:
    if package_type == "Image" and not request.get("ImageUri"):
        raise invalid("Please provide ImageUri when updating a function with packageType Image.")
    if package_type == "Zip" and request.get("ImageUri"):
        raise invalid("Please don't provide ImageUri when updating a function with packageType Zip.")
