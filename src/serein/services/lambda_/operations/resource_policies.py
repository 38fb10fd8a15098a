"""PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy: a function's resource policy as one document."""

import json
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.policies import find_fault
from serein.services.lambda_.errors import PolicyLengthExceededException, ResourceNotFoundException, invalid
from serein.services.lambda_.names import LATEST, FunctionReference, parse_reference
from serein.services.lambda_.policies import MAXIMUM_BYTES
from serein.services.lambda_.store import aliases as store
from serein.services.lambda_.store import functions
from serein.services.lambda_.versions import require_revision

_LATEST_TELLER = "GetResourcePolicy"


@operation("PutResourcePolicy")
async def put_resource_policy(call: Call, request: Request) -> Reply:
    reference = _reference(call, request)
    policy = _parse_policy(request["Policy"], reference.arn)

    def put(tx: Transaction) -> str:
        functions.require_configuration(tx, reference)
        found = store.find_policy(tx, reference.scope, _resource(reference))
        require_revision(request, found[1] if found else "", _LATEST_TELLER)
        return store.put_policy(tx, reference.scope, _resource(reference), policy)

    revision = await call.write(put)
    return {"Policy": json.dumps(policy, separators=(",", ":")), "RevisionId": revision}


@operation("GetResourcePolicy")
async def get_resource_policy(call: Call, request: Request) -> Reply:
    reference = _reference(call, request)

    def read(tx: Transaction) -> tuple[dict[str, Any], str]:
        functions.require_configuration(tx, reference)
        return _require_policy(tx, reference)

    policy, revision = await call.read(read)
    return {"Policy": json.dumps(policy, separators=(",", ":")), "RevisionId": revision}


@operation("DeleteResourcePolicy")
async def delete_resource_policy(call: Call, request: Request) -> Reply:
    reference = _reference(call, request)

    def delete(tx: Transaction) -> None:
        functions.require_configuration(tx, reference)
        require_revision(request, _require_policy(tx, reference)[1], _LATEST_TELLER)
        store.remove_policy(tx, reference.scope, _resource(reference))

    await call.write(delete)
    return {}


def _reference(call: Call, request: Request) -> FunctionReference:
    arn = request["ResourceArn"]
    if ":function:" not in arn:
        raise ResourceNotFoundException("The resource you requested does not exist.", Type="User")
    reference = parse_reference(call.scope, arn)
    if reference.qualifier == LATEST:
        raise invalid("We currently do not support adding policies for $LATEST.")
    return reference


def _resource(reference: FunctionReference) -> str:
    return f"{reference.name}:{reference.qualifier}" if reference.qualifier else reference.name


def _require_policy(tx: Transaction, reference: FunctionReference) -> tuple[dict[str, Any], str]:
    found = store.find_policy(tx, reference.scope, _resource(reference))
    if found is None:
        raise ResourceNotFoundException("The resource you requested does not exist.", Type="User")
    return found


def _parse_policy(text: str, arn: str) -> dict[str, Any]:
    """A policy document whose statements are each of their own id and for this resource.

    Raises InvalidParameterValueException and PolicyLengthExceededException.
    """
    if len(text.encode()) > MAXIMUM_BYTES:
        raise PolicyLengthExceededException(Type="User")
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        raise invalid("The provided policy is not valid JSON.") from None
    if not isinstance(policy, dict):
        raise invalid("The provided policy is not a policy document.")
    statements = policy.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements or not all(isinstance(each, dict) for each in statements):
        raise invalid("The provided policy has no statements.")
    for position, each in enumerate(statements):
        each.setdefault("Sid", str(position))
        _check_statement(each, arn)
    if len({each["Sid"] for each in statements}) < len(statements):
        raise invalid("Statement IDs (SID) in a single policy must be unique.")
    if fault := find_fault(text):
        raise invalid(fault)
    return {"Version": "2012-10-17", "Id": "default", **policy, "Statement": statements}


def _check_statement(statement: dict[str, Any], arn: str) -> None:
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise invalid(f"Statement {statement['Sid']} must have an Effect that is Allow or Deny.")
    for member in ("Principal", "Action"):
        if not statement.get(member):
            raise invalid(f"Statement {statement['Sid']} must have a {member}.")
    resources = statement.setdefault("Resource", arn)
    if any(each != arn for each in (resources if isinstance(resources, list) else [resources])):
        raise invalid(f"The Resource of statement {statement['Sid']} must be {arn}.")
