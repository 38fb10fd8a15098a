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
)
from serein.services.lambda_.names import LATEST, FunctionReference, parse_reference
from serein.services.lambda_.policies import statement_of
from serein.services.lambda_.store import aliases as store
from serein.services.lambda_.store import functions
from serein.services.lambda_.versions import check_revision

_MAXIMUM_BYTES = 20_480


@operation("AddPermission", partial="resource policies are kept and shown; they grant nothing and deny nothing")
async def add_permission(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"], request.get("Qualifier", ""))
    statement = statement_of(reference.arn, request)

    def add(tx: Transaction) -> None:
        policy, revision = _policy(tx, reference)
        if revision:
            check_revision(request, revision)
        if any(each["Sid"] == statement["Sid"] for each in policy["Statement"]):
            raise ResourceConflictException(
                f"The statement id ({statement['Sid']}) provided already exists. "
                "Please provide a new statement id, or remove the existing statement.",
                Type="User",
            )
        policy["Statement"].append(statement)
        if len(json.dumps(policy, separators=(",", ":"))) > _MAXIMUM_BYTES:
            raise PolicyLengthExceededException(Type="User")
        store.put_policy(tx, reference.scope, _resource(reference), policy)

    await call.write(add)
    return {"Statement": json.dumps(statement, separators=(",", ":"))}


@operation("RemovePermission")
async def remove_permission(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"], request.get("Qualifier", ""))

    def remove(tx: Transaction) -> None:
        policy, revision = _policy(tx, reference)
        left = [each for each in policy["Statement"] if each["Sid"] != request["StatementId"]]
        if len(left) == len(policy["Statement"]):
            what = f"Statement {request['StatementId']} is not found in resource policy."
            raise ResourceNotFoundException(what if revision else _MISSING, Type="User")
        check_revision(request, revision)
        if left:
            store.put_policy(tx, reference.scope, _resource(reference), policy | {"Statement": left})
        else:
            store.remove_policy(tx, reference.scope, _resource(reference))

    await call.write(remove)
    return {}


@operation("GetPolicy")
async def get_policy(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"], request.get("Qualifier", ""))
    policy, revision = await call.read(lambda tx: _policy(tx, reference))
    if not revision:
        raise ResourceNotFoundException(_MISSING, Type="User")
    return {"Policy": json.dumps(policy, separators=(",", ":")), "RevisionId": revision}


_MISSING = "The resource you requested does not exist."


def _policy(tx: Transaction, reference: FunctionReference) -> tuple[dict[str, Any], str]:
    """The policy and its revision; an empty policy without one when there is none yet."""
    functions.require_configuration(tx, reference)
    found = store.find_policy(tx, reference.scope, _resource(reference))
    return found or ({"Version": "2012-10-17", "Id": "default", "Statement": []}, "")


def _resource(reference: FunctionReference) -> str:
    return reference.name if reference.qualifier in ("", LATEST) else f"{reference.name}:{reference.qualifier}"
