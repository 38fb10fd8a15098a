"""CreateTable: a new table, with its indexes and its stream.

It is ACTIVE as soon as this has answered, unless tables are to be as slow as on AWS: see transitions.py.
"""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb import lifecycle, transitions
from serein.services.dynamodb.constraints import broken, require_key_schema_size, require_name
from serein.services.dynamodb.definitions import table_definition
from serein.services.dynamodb.descriptions import describe
from serein.services.dynamodb.errors import ResourceInUseException
from serein.services.dynamodb.quotas import require_room
from serein.services.dynamodb.replicachanges import require_one_account
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.resourcepolicies import put_policy, require_policy
from serein.services.dynamodb.store.tables import find_table
from serein.services.dynamodb.tables import table_of


@operation(
    "CreateTable",
    partial="Global tables of several accounts are refused.",
    stored=("WarmThroughput", "SSESpecification", "TableClass"),
)
async def create_table(call: Call, request: Request) -> Reply:
    require_name(request)
    require_key_schema_size(request)
    require_constraints(call, request)
    require_one_account(request)
    _require_keys(request)
    policy = request.get("ResourcePolicy")
    if policy:
        require_policy(policy, call.caller, confirms=True)
    scope, name = table_of(call.scope, request["TableName"])
    definition = table_definition(scope, name, request, call.now)

    def make(tx: Transaction) -> dict[str, Any]:
        if find_table(tx, scope, name) is not None:
            raise ResourceInUseException(f"Table already exists: {name}")
        require_room(tx, scope)
        create = transitions.create_slowly if call.platform.realism.is_gradual else lifecycle.create
        table = create(tx, scope, definition)
        if policy:
            put_policy(tx, table.arn, policy, None)
        return describe(table, {}, "CREATING", "CREATING")

    return {"TableDescription": await call.write(make)}


def _require_keys(request: Request) -> None:
    """AWS: the API model leaves these optional, for replicas of other tables."""
    missing = [
        f"Value null at '{member[0].lower()}{member[1:]}' failed to satisfy constraint: Member must not be null"
        for member in ("AttributeDefinitions", "KeySchema")
        if member not in request
    ]
    if missing and "GlobalTableSourceArn" not in request:
        raise broken(*missing)
