"""BatchExecuteStatement: up to 25 PartiQL statements, each about one item and each on its own."""

import asyncio
from typing import Any

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.operation import Encoded, Reply, Request, operation
from serein.services.dynamodb.capacity import Consumed
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.partiql.batching import answer_reads, refused, require_distinct
from serein.services.dynamodb.partiql.binding import Bound, bind_statement
from serein.services.dynamodb.partiql.nodes import Exists
from serein.services.dynamodb.partiql.transacting import is_read
from serein.services.dynamodb.partiql.writing import perform, returned, table_of
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.throttling import Spending, write_counted

Response = dict[str, Any]


@operation("BatchExecuteStatement")
async def batch_execute_statement(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    statements = request["Statements"]
    prepared = [_prepared(given) for given in statements]
    bounds = [one for one in prepared if isinstance(one, Bound)]
    consumed = Consumed(request.get("ReturnConsumedCapacity"))
    if is_read(bounds):
        spending = Spending(call.platform)
        responses = await call.read(lambda tx: answer_reads(tx, call.scope, statements, prepared, consumed, spending))
        spending.settle()
    else:
        await call.read(lambda tx: require_distinct(tx, call.scope, bounds))
        responses = await asyncio.gather(
            *(_write(call, given, one, consumed) for given, one in zip(statements, prepared, strict=True))
        )
    reply: Reply = {"Responses": list(responses)}
    if consumed.is_wanted:
        reply["ConsumedCapacity"] = consumed.all()
    return reply


def _prepared(given: dict[str, Any]) -> Bound | Response:
    """A statement with its parameters, or what it is answered when it is none."""
    try:
        bound = bind_statement(given["Statement"], given.get("Parameters"))
        if isinstance(bound.statement, Exists):
            raise ValidationException("EXISTS can only be used in ExecuteTransaction")
    except ValidationException as error:
        return refused(error, None)
    return bound


async def _write(call: Call, given: dict[str, Any], one: Bound | Response, consumed: Consumed) -> Response:
    if not isinstance(one, Bound):
        return one
    bound = one
    shows_item = given.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    try:
        written = await write_counted(call, table_of(bound), lambda tx: perform(tx, call, bound, shows_item=shows_item))
    except AwsError as error:
        return refused(error, bound)
    if written.spending is not None:
        written.spending.settle()
    consumed.add_write(written.table, written.before, written.after)
    response: Response = {"TableName": table_of(bound)}
    for body in returned(bound, written):
        response["Item"] = Encoded(body)
    return response
