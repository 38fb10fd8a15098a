"""ExecuteTransaction: up to 100 PartiQL statements, each about one item, all or nothing."""

import hashlib
from typing import Any

import msgspec

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.capacity import Consumed
from serein.services.dynamodb.errors import IdempotentParameterMismatchException
from serein.services.dynamodb.partiql.binding import Bound, bind_statement
from serein.services.dynamodb.partiql.transacting import (
    is_read,
    refuse_returning,
    require_size,
    transact_reads,
    transact_writes,
)
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.chores import find_transaction, put_transaction
from serein.services.dynamodb.throttling import Spending
from serein.services.dynamodb.transactions import consumed_by

_REMEMBERED_SECONDS = 600
_fingerprint_encoder = msgspec.json.Encoder(order="deterministic")


@operation("ExecuteTransaction")
async def execute_transaction(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    bounds = [bind_statement(given["Statement"], given.get("Parameters")) for given in request["TransactStatements"]]
    refuse_returning(bounds)
    if is_read(bounds):
        return await _read(call, request, bounds)
    require_size(bounds)
    return await _write(call, request, bounds)


async def _read(call: Call, request: Request, bounds: list[Bound]) -> Reply:
    consumed = Consumed(request.get("ReturnConsumedCapacity"), "ReadCapacityUnits")
    responses, spending = await call.read(lambda tx: transact_reads(tx, call, bounds, consumed))
    if spending is not None:
        spending.settle()
    reply: Reply = {"Responses": responses}
    if consumed.is_wanted:
        reply["ConsumedCapacity"] = consumed.all()
    return reply


async def _write(call: Call, request: Request, bounds: list[Bound]) -> Reply:
    statements = request["TransactStatements"]
    token = request.get("ClientRequestToken")
    fingerprint = hashlib.sha256(_fingerprint_encoder.encode(statements)).hexdigest() if token else ""

    def transact(tx: Transaction) -> tuple[Reply, Spending | None]:
        since = tx.now - _REMEMBERED_SECONDS
        if token:
            known = find_transaction(tx, call.scope, token, since)
            if known is not None:
                if known[0] != fingerprint:
                    raise IdempotentParameterMismatchException()
                earlier: Reply = msgspec.json.decode(known[1])
                return earlier, None
        steps, spending = transact_writes(tx, call, statements, bounds)
        reply: Reply = {"Responses": [{} for _ in bounds]}
        if request.get("ReturnConsumedCapacity", "NONE") != "NONE":
            reply["ConsumedCapacity"] = consumed_by(request["ReturnConsumedCapacity"], steps)
        if token:
            text = msgspec.json.encode(_repeated(reply)).decode()
            put_transaction(tx, call.scope, token, fingerprint, text, since)
        return reply, spending

    reply, spending = await call.write(transact)
    if spending is not None:
        spending.settle()
    return reply


def _repeated(reply: Reply) -> dict[str, Any]:
    """What the same request is answered later: AWS counts the repetition as reads."""
    consumed = [
        {
            "TableName": one["TableName"],
            "CapacityUnits": one["CapacityUnits"],
            "ReadCapacityUnits": one["CapacityUnits"],
        }
        for one in reply.get("ConsumedCapacity", ())
    ]
    return {**reply, "ConsumedCapacity": consumed} if consumed else reply
