"""What the resource policies of tables allow and deny. Enforced where signatures are.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-cross-account-access.html
"""

from collections.abc import Iterator

from serein.kernel.access import find_refusal
from serein.kernel.arn import arn_of
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Request
from serein.kernel.policies import stored_policy
from serein.services.dynamodb.errors import AccessDeniedException
from serein.services.dynamodb.store.policies import find_policy
from serein.services.dynamodb.tables import table_of

_MAKING = frozenset({"CreateTable", "RestoreTableFromBackup", "RestoreTableToPointInTime", "ImportTable"})
_STEPS = {"ConditionCheck": "ConditionCheckItem", "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
_Use = tuple[str, str, str]
"""An action, the table (its name or ARN), and the index or nothing."""


async def check(call: Call, request: Request) -> None:
    """Raise AccessDeniedException when the policy of a table that the request names doesn't let the caller through."""
    if call.operation in _MAKING:
        return
    uses = list(dict.fromkeys(_uses(call.operation, request)))
    refusal = await call.read(lambda tx: _find_refusal(tx, call, uses)) if uses else ""
    if refusal:
        raise AccessDeniedException(refusal)


def _uses(operation: str, request: Request) -> Iterator[_Use]:
    if operation in ("BatchGetItem", "BatchWriteItem"):
        for table in request.get("RequestItems", ()):
            yield operation, table, ""
    elif operation in ("TransactGetItems", "TransactWriteItems"):
        for step in request.get("TransactItems", ()):
            for kind, item in step.items():
                yield _STEPS.get(kind, "GetItem"), item["TableName"], ""
    elif "TableName" in request:
        yield operation, request["TableName"], request.get("IndexName", "")
    elif str(request.get("ResourceArn", "")).partition(":table/")[2]:
        yield operation, request["ResourceArn"], ""


def _find_refusal(tx: Transaction, call: Call, uses: list[_Use]) -> str:
    for action, table, index in uses:
        scope, name = table_of(call.scope, table)
        arn = arn_of("dynamodb", scope, f"table/{name}")
        kept = find_policy(tx, arn)
        policy = stored_policy(kept.text) if kept is not None else None
        resource = f"{arn}/index/{index}" if index else arn
        refusal = find_refusal(call, policy, scope.account, f"dynamodb:{action}", resource)
        if refusal:
            return refusal
    return ""
