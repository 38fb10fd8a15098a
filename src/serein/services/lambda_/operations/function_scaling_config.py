"""PutFunctionScalingConfig and GetFunctionScalingConfig: bounds on the environments of functions with capacity
providers.

Environments are started when they are needed, whatever is said here: settings are kept and shown.
"""

import json
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.errors import invalid
from serein.services.lambda_.names import FunctionReference, parse_reference
from serein.services.lambda_.store import functions, version_settings

_KIND = "scaling"


@operation("PutFunctionScalingConfig", stored=("FunctionScalingConfig",))
async def put_function_scaling_config(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"], request["Qualifier"])
    given: dict[str, int] = request.get("FunctionScalingConfig") or {}
    least, most = given.get("MinExecutionEnvironments"), given.get("MaxExecutionEnvironments")
    if least is not None and most is not None and least > most:
        raise invalid("MinExecutionEnvironments must be less than or equal to MaxExecutionEnvironments.")

    def put(tx: Transaction) -> str:
        _check(tx, reference)
        if given:
            version_settings.put_setting(tx, reference, _KIND, json.dumps(given))
        else:
            version_settings.remove_setting(tx, reference, _KIND)
        return "Active"

    return {"FunctionState": await call.write(put)}


@operation("GetFunctionScalingConfig")
async def get_function_scaling_config(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"], request["Qualifier"])

    def read(tx: Transaction) -> dict[str, Any]:
        _check(tx, reference)
        kept: dict[str, Any] = json.loads(version_settings.find_setting(tx, reference, _KIND) or "{}")
        return kept

    kept = await call.read(read)
    reply: Reply = {"FunctionArn": reference.arn}
    if kept:
        reply |= {"AppliedFunctionScalingConfig": kept, "RequestedFunctionScalingConfig": kept}
    return reply


def _check(tx: Transaction, reference: FunctionReference) -> None:
    configuration = functions.require_configuration(tx, reference)
    if not configuration.get("CapacityProviderConfig"):
        raise invalid("Function scaling configuration is only supported for functions with a capacity provider.")
