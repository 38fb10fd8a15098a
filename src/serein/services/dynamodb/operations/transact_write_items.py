"""TransactWriteItems: up to 100 puts, updates, deletes and checks, all or nothing."""

import hashlib

import msgspec

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.errors import IdempotentParameterMismatchException, ValidationException
from serein.services.dynamodb.itemcollections import all_metrics
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.chores import find_transaction, put_transaction
from serein.services.dynamodb.throttling import Spending
from serein.services.dynamodb.transactions import MOST_BYTES, Action, Step, consumed_by, parse_action, run

_REMEMBERED_SECONDS = 600
_fingerprint_encoder = msgspec.json.Encoder(order="deterministic")


@operation("TransactWriteItems")
async def transact_write_items(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    actions = [parse_action(given) for given in request["TransactItems"]]
    if sum(action.image.size for action in actions if action.image) > MOST_BYTES:
        raise ValidationException("Transaction request cannot exceed an aggregate size of 4 MB")
    token = request.get("ClientRequestToken")
    fingerprint = _fingerprint(request) if token else ""

    def transact(tx: Transaction) -> tuple[Reply, Spending | None]:
        since = tx.now - _REMEMBERED_SECONDS
        if token:
            known = find_transaction(tx, call.scope, token, since)
            if known is not None:
                if known[0] != fingerprint:
                    raise IdempotentParameterMismatchException()
                earlier: Reply = msgspec.json.decode(known[1])
                return earlier, None
        steps, spending = run(tx, call, actions)
        reply = _reply(tx, request, actions, steps)
        if token:
            text = msgspec.json.encode(_repeated(reply)).decode()
            put_transaction(tx, call.scope, token, fingerprint, text, since)
        return reply, spending

    reply, spending = await call.write(transact)
    if spending is not None:
        spending.settle()
    return reply


def _fingerprint(request: Request) -> str:
    return hashlib.sha256(_fingerprint_encoder.encode(request["TransactItems"])).hexdigest()


def _reply(tx: Transaction, request: Request, actions: list[Action], steps: list[Step]) -> Reply:
    reply: Reply = {}
    if request.get("ReturnConsumedCapacity", "NONE") != "NONE":
        reply["ConsumedCapacity"] = consumed_by(request["ReturnConsumedCapacity"], steps)
    if request.get("ReturnItemCollectionMetrics") == "SIZE":
        written = [(step.table.name, step.table, action.key_item) for action, step in zip(actions, steps, strict=True)]
        reply["ItemCollectionMetrics"] = all_metrics(tx, written)
    return reply


def _repeated(reply: Reply) -> Reply:
    """What the same request is answered later: AWS counts the repetition as reads."""
    repeated: Reply = {}
    if "ConsumedCapacity" in reply:
        repeated["ConsumedCapacity"] = [
            {
                "TableName": one["TableName"],
                "CapacityUnits": one["CapacityUnits"],
                "ReadCapacityUnits": one["CapacityUnits"],
            }
            for one in reply["ConsumedCapacity"]
        ]
    return repeated
