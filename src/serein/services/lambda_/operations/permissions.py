"""AddPermission, RemovePermission and GetPolicy: the resource policies of functions, versions and aliases."""

import json
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.errors import (
    PolicyLengthExceededException,
    ResourceConflictException,
    ResourceNotFoundException,
    function_not_found,
    invalid,
)
from serein.services.lambda_.names import LATEST, FunctionReference, parse_reference
from serein.services.lambda_.policies import MAXIMUM_BYTES, empty_policy, statement_of
from serein.services.lambda_.states import record_at
from serein.services.lambda_.store import aliases as store
from serein.services.lambda_.store import functions
from serein.services.lambda_.versions import require_revision

_MISSING = "The resource you requested does not exist."


@operation("AddPermission")
async def add_permission(call: Call, request: Request) -> Reply:
    reference = _reference(call, request)
    if reference.qualifier == LATEST:
        raise invalid("We currently do not support adding policies for $LATEST.")
    statement = statement_of(reference.arn, request)

    def add(tx: Transaction) -> None:
        owner = _owner_revision(tx, reference)
        policy, revision = _policy(tx, reference)
        require_revision(request, revision or owner, "GetPolicy")
        if any(each["Sid"] == statement["Sid"] for each in policy["Statement"]):
            raise ResourceConflictException(
                f"The statement id ({statement['Sid']}) provided already exists. "
                "Please provide a new statement id, or remove the existing statement.",
                Type="User",
            )
        policy["Statement"].append(statement)
        if len(json.dumps(policy, separators=(",", ":"))) > MAXIMUM_BYTES:
            raise PolicyLengthExceededException(Type="User")
        store.put_policy(tx, reference.scope, _resource(reference), policy)

    await call.write(add)
    return {"Statement": json.dumps(statement, separators=(",", ":"))}


@operation("RemovePermission")
async def remove_permission(call: Call, request: Request) -> Reply:
    reference = _reference(call, request)

    def remove(tx: Transaction) -> None:
        if functions.find_function(tx, reference.scope, reference.name) is None:
            raise ResourceNotFoundException(f"No policy found for: {reference.arn}", Type="User")
        _owner_revision(tx, reference)
        policy, revision = _policy(tx, reference)
        if not revision:
            raise ResourceNotFoundException("No policy is associated with the given resource.", Type="User")
        left = [each for each in policy["Statement"] if each.get("Sid") != request["StatementId"]]
        if len(left) == len(policy["Statement"]):
            raise ResourceNotFoundException(
                f"Statement {request['StatementId']} is not found in resource policy.", Type="User"
            )
        require_revision(request, revision, "GetPolicy")
        if left:
            store.put_policy(tx, reference.scope, _resource(reference), policy | {"Statement": left})
        else:
            store.remove_policy(tx, reference.scope, _resource(reference))

    await call.write(remove)
    return {}


@operation("GetPolicy")
async def get_policy(call: Call, request: Request) -> Reply:
    """AWS: whatever is missing, function, qualifier or policy, is told the same way."""
    reference = _reference(call, request)
    policy, revision = await call.read(lambda tx: _policy(tx, reference))
    if not revision:
        raise ResourceNotFoundException(_MISSING, Type="User")
    return {"Policy": json.dumps(policy, separators=(",", ":")), "RevisionId": revision}


def _reference(call: Call, request: Request) -> FunctionReference:
    return parse_reference(call.scope, request["FunctionName"], request.get("Qualifier", ""))


def _owner_revision(tx: Transaction, reference: FunctionReference) -> str:
    """The revision of the function, version or alias that a policy is for. Raises ResourceNotFoundException."""
    name, qualifier = reference.name, reference.qualifier
    row = functions.require_function(tx, FunctionReference(reference.scope, name))
    if qualifier in ("", LATEST):
        return str(record_at(row.latest(), tx.now)["RevisionId"])
    if qualifier.isdigit():
        return str(functions.require_configuration(tx, reference)["RevisionId"])
    if "$" in qualifier:
        raise function_not_found(reference.arn)
    alias = store.find_alias(tx, reference.scope, name, qualifier)
    if alias is None:
        raise ResourceNotFoundException(f"Cannot find alias arn: {reference.arn}", Type="User")
    return alias.revision


def _policy(tx: Transaction, reference: FunctionReference) -> tuple[dict[str, Any], str]:
    """The policy and its revision; an empty policy without one when there is none yet."""
    found = store.find_policy(tx, reference.scope, _resource(reference))
    return found or (empty_policy(), "")


def _resource(reference: FunctionReference) -> str:
    return reference.name if reference.qualifier in ("", LATEST) else f"{reference.name}:{reference.qualifier}"
