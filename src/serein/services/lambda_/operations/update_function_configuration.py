"""UpdateFunctionConfiguration: change a function's settings."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.configuration import apply_settings, configuration_reply, set_layers
from serein.services.lambda_.layers import require_layers
from serein.services.lambda_.names import FunctionReference, parse_reference
from serein.services.lambda_.settings_checks import check_settings
from serein.services.lambda_.states import begin_update, check_settled
from serein.services.lambda_.store import functions as store
from serein.services.lambda_.versions import check_revision


@operation(
    "UpdateFunctionConfiguration",
    partial="file systems, custom runtimes and accelerators are refused",
    stored=("VpcConfig", "KMSKeyArn", "TracingConfig", "CapacityProviderConfig", "DurableConfig.KMSKeyArn"),
)
async def update_function_configuration(call: Call, request: Request) -> Reply:
    named = parse_reference(call.scope, request["FunctionName"])
    reference = FunctionReference(named.scope, named.name)
    check_settings(request, has_strict_runtimes=call.platform.realism.has_strict_runtimes)

    def update(tx: Transaction) -> Reply:
        configuration = store.require_function(tx, reference).latest()
        check_settled(configuration, reference.arn, tx.now)
        check_revision(request, configuration, tx.now)
        apply_settings(configuration, request, tx.now)
        if "Layers" in request:
            layers = require_layers(tx, call.scope, request["Layers"], held=configuration)
            set_layers(configuration, layers, store.unzipped_bytes(tx, configuration["_code"]))
        begin_update(configuration, tx.now, is_gradual=call.platform.realism.is_gradual)
        store.update_latest(tx, reference.scope, reference.name, configuration)
        return configuration_reply(configuration, reference, None)

    reply = await call.write(update)
    call.platform.runner.retire(reference.arn, reply["RevisionId"])
    return reply
