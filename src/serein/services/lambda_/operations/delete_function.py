"""DeleteFunction: delete a function with all its versions and aliases, or one version."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.code import drop_blobs
from serein.services.lambda_.errors import function_not_found, invalid
from serein.services.lambda_.names import LATEST, FunctionReference, function_arn, parse_reference
from serein.services.lambda_.store import aliases, functions
from serein.services.lambda_.versions import refuse_if_aliased


@operation("DeleteFunction")
async def delete_function(call: Call, request: Request) -> Reply:
    """AWS: event source mappings of the function stay (developer guide, "Deleting a function")."""
    reference = parse_reference(call.scope, request["FunctionName"], request.get("Qualifier", ""))
    if reference.qualifier == LATEST:
        raise invalid("$LATEST version cannot be deleted without deleting the function.")
    if reference.qualifier and not reference.qualifier.isdigit() and "$" not in reference.qualifier:
        raise invalid("Deletion of aliases is not currently supported.")
    retired = [reference.arn]

    def delete(tx: Transaction) -> list[str]:
        del retired[1:]
        row = functions.require_function(tx, FunctionReference(reference.scope, reference.name))
        if reference.qualifier:
            return _delete_version(tx, reference)
        for version in functions.list_versions(tx, reference.scope, reference.name, 0, 100_000):
            retired.append(function_arn(reference.scope, reference.name, version["Version"]))
        for alias in aliases.list_aliases(tx, reference.scope, reference.name, "", 100_000):
            retired.append(function_arn(reference.scope, reference.name, alias.name))
        return functions.remove_unused_packages(tx, functions.remove_function(tx, row.scope, row.name))

    await drop_blobs(call.platform, await call.write(delete))
    for arn in retired:
        call.platform.runner.retire(arn)
    return {"StatusCode": 204}


def _delete_version(tx: Transaction, reference: FunctionReference) -> list[str]:
    version = reference.qualifier
    if not version.isdigit():
        raise function_not_found(reference.arn)
    refuse_if_aliased(version, aliases.aliases_of_version(tx, reference.scope, reference.name, version))
    # AWS: deleting a version that isn't there succeeds.
    hashes = functions.remove_version(tx, reference.scope, reference.name, int(version))
    return functions.remove_unused_packages(tx, hashes)
