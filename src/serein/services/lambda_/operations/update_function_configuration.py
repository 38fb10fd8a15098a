"""UpdateFunctionConfiguration: change a function's settings."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.configuration import apply_settings, check_settings, configuration_reply, set_layers
from serein.services.lambda_.layers import require_layers
from serein.services.lambda_.names import FunctionReference, parse_reference
from serein.services.lambda_.store import functions as store
from serein.services.lambda_.versions import check_revision


@operation(
    "UpdateFunctionConfiguration",
    partial="file systems, container images, durable functions and capacity providers are refused",
    stored=("VpcConfig", "KMSKeyArn", "TracingConfig", "SnapStart"),
)
async def update_function_configuration(call: Call, request: Request) -> Reply:
    named = parse_reference(call.scope, request["FunctionName"])
    reference = FunctionReference(named.scope, named.name)
    check_settings(request)

    def update(tx: Transaction) -> Reply:
        configuration = store.require_function(tx, reference).latest()
        check_revision(request, configuration["RevisionId"])
        apply_settings(configuration, request, tx.now)
        if "Layers" in request:
            set_layers(configuration, require_layers(tx, call.scope, request["Layers"]))
        store.update_latest(tx, reference.scope, reference.name, configuration)
        return configuration_reply(configuration, reference)

    reply = await call.write(update)
    call.platform.runner.retire(reference.arn, reply["RevisionId"])
    return reply
