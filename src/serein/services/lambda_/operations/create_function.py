"""CreateFunction: create a function from a deployment package or a container image."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AccessDenied
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.code import fetch_code, keep_code
from serein.services.lambda_.configuration import configuration_reply, new_configuration, set_layers
from serein.services.lambda_.errors import ResourceConflictException, invalid
from serein.services.lambda_.invocation import warm
from serein.services.lambda_.layers import require_layers
from serein.services.lambda_.names import MAXIMUM_NAME, FunctionReference, parse_reference
from serein.services.lambda_.states import begin_creation
from serein.services.lambda_.store import functions as store
from serein.services.lambda_.store import signing
from serein.services.lambda_.tagging import check_tags
from serein.services.lambda_.versions import publish


@operation(
    "CreateFunction",
    partial="file systems, custom runtimes and accelerators are refused",
    stored=(
        "VpcConfig",
        "KMSKeyArn",
        "TracingConfig",
        "Architectures",
        "CodeSigningConfigArn",
        "CapacityProviderConfig",
        "DurableConfig.KMSKeyArn",
    ),
)
async def create_function(call: Call, request: Request) -> Reply:
    named = parse_reference(call.scope, request["FunctionName"])
    reference = FunctionReference(named.scope, named.name)
    if reference.scope.account != call.scope.account:
        # AWS: no policy of another account can allow functions to be made in it.
        raise AccessDenied(
            f"User: {call.caller.arn} is not authorized to perform: lambda:CreateFunction on resource: {reference.arn} "
            "because no resource-based policy allows the lambda:CreateFunction action"
        )
    _check_name(reference.name)
    is_strict = call.platform.realism.has_strict_runtimes
    configuration = new_configuration(reference, request, call.now, has_strict_runtimes=is_strict)
    check_tags(request.get("Tags") or {})

    def check(tx: Transaction) -> None:
        require_layers(tx, call.scope, request.get("Layers") or [])
        if store.find_function(tx, reference.scope, reference.name) is not None:
            raise _conflict(reference)

    await call.read(check)
    code = await fetch_code(call, request["Code"], configuration["PackageType"])
    code.describe(configuration)
    is_gradual = call.platform.realism.is_gradual

    def create(tx: Transaction) -> Reply:
        layers = require_layers(tx, call.scope, request.get("Layers") or [])
        set_layers(configuration, layers, code.unzipped_bytes)
        begin_creation(configuration, tx.now, is_gradual=is_gradual)
        code.append(tx, call.scope)
        if not store.append_function(tx, reference.scope, reference.name, configuration, request.get("Tags") or {}):
            raise _conflict(reference)
        if request.get("CodeSigningConfigArn"):
            signing.require_config(tx, request["CodeSigningConfigArn"], missing=signing.for_function)
            signing.associate(tx, reference, request["CodeSigningConfigArn"])
        if request.get("Publish"):
            row = store.require_function(tx, reference)
            published = publish(tx, row, configuration, None, is_gradual=is_gradual, is_new=True)
            return configuration_reply(configuration, reference, None) | {"Version": published["Version"]}
        return configuration_reply(configuration, reference, None)

    reply = await keep_code(call, code, create)
    if runtime := request.get("Runtime"):
        call.platform.workers.activities.start(f"warming {runtime}", warm(call.platform, runtime))
    return reply


def _check_name(name: str) -> None:
    if len(name) > MAXIMUM_NAME:
        raise invalid(
            f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAXIMUM_NAME}"
        )


def _conflict(reference: FunctionReference) -> ResourceConflictException:
    return ResourceConflictException(f"Function already exist: {reference.name}", Type="User")
