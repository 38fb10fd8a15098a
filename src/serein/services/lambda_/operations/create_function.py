"""CreateFunction: create a function from a deployment package."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.code import fetch_package, store_package
from serein.services.lambda_.configuration import configuration_reply, new_configuration, set_code, set_layers
from serein.services.lambda_.errors import ResourceConflictException
from serein.services.lambda_.invocation import warm
from serein.services.lambda_.layers import require_layers
from serein.services.lambda_.names import FunctionReference, parse_reference
from serein.services.lambda_.store import functions as store
from serein.services.lambda_.versions import publish


@operation(
    "CreateFunction",
    partial="container images, code signing, file systems, durable functions and capacity providers are refused",
    stored=("VpcConfig", "KMSKeyArn", "TracingConfig", "SnapStart", "Architectures"),
)
async def create_function(call: Call, request: Request) -> Reply:
    named = parse_reference(call.scope, request["FunctionName"])
    reference = FunctionReference(named.scope, named.name)
    configuration = new_configuration(reference, request, call.now)
    if await call.read(lambda tx: store.find_function(tx, reference.scope, reference.name)) is not None:
        raise _conflict(reference)
    package = await fetch_package(call, request["Code"])
    set_code(configuration, package.sha256, package.sha256_base64, len(package.content))
    stored = await store_package(call.platform, package)

    def create(tx: Transaction) -> Reply:
        set_layers(configuration, require_layers(tx, call.scope, request.get("Layers") or []))
        stored.append(tx)
        if not store.append_function(tx, reference.scope, reference.name, configuration, request.get("Tags") or {}):
            raise _conflict(reference)
        if request.get("Publish"):
            row = store.require_function(tx, reference)
            return publish(tx, row, configuration, "")
        return configuration_reply(configuration, reference)

    try:
        reply = await call.write(create)
    finally:
        await stored.tidy()
    call.platform.workers.activities.start(f"warming {request['Runtime']}", warm(call.platform, request["Runtime"]))
    # AWS: the reply says that the function is being created; it is Active when next asked for.
    return reply | {
        "State": "Pending",
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
    }


def _conflict(reference: FunctionReference) -> ResourceConflictException:
    return ResourceConflictException(f"Function already exist: {reference.name}", Type="User")
