"""PutRuntimeManagementConfig and GetRuntimeManagementConfig: when a version's runtime is updated.

A machine has one build of each runtime, so that nothing is ever updated or held back: settings are kept and shown.
"""

import json

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.errors import invalid
from serein.services.lambda_.names import LATEST, FunctionReference, function_arn, parse_reference
from serein.services.lambda_.store import functions, version_settings

_KIND = "runtime"


@operation("PutRuntimeManagementConfig", stored=("UpdateRuntimeOn", "RuntimeVersionArn"))
async def put_runtime_management_config(call: Call, request: Request) -> Reply:
    reference = _reference(call, request)
    if request["UpdateRuntimeOn"] == "Manual":
        if not request.get("RuntimeVersionArn"):
            raise invalid("RuntimeVersionArn is required when UpdateRuntimeOn is Manual.")
    elif request.get("RuntimeVersionArn"):
        raise invalid("RuntimeVersionArn can only be specified when UpdateRuntimeOn is Manual.")
    setting = {member: request[member] for member in ("UpdateRuntimeOn", "RuntimeVersionArn") if member in request}

    def put(tx: Transaction) -> None:
        functions.require_configuration(tx, reference)
        version_settings.put_setting(tx, reference, _KIND, json.dumps(setting))

    await call.write(put)
    return setting | {"FunctionArn": _arn(reference)}


@operation("GetRuntimeManagementConfig")
async def get_runtime_management_config(call: Call, request: Request) -> Reply:
    reference = _reference(call, request)

    def read(tx: Transaction) -> Reply:
        functions.require_configuration(tx, reference)
        kept = version_settings.find_setting(tx, reference, _KIND)
        setting: Reply = json.loads(kept) if kept else {"UpdateRuntimeOn": "Auto"}
        return setting

    return await call.read(read) | {"FunctionArn": _arn(reference)}


def _reference(call: Call, request: Request) -> FunctionReference:
    """AWS: without a qualifier, $LATEST is meant."""
    named = parse_reference(call.scope, request["FunctionName"], request.get("Qualifier", ""))
    return FunctionReference(named.scope, named.name, "" if named.qualifier == LATEST else named.qualifier)


def _arn(reference: FunctionReference) -> str:
    return function_arn(reference.scope, reference.name, reference.qualifier or LATEST)
