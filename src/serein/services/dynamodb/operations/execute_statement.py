"""ExecuteStatement: one PartiQL statement, a SELECT of any size or a write of one item."""

from serein.kernel.call import Call
from serein.kernel.operation import Encoded, Reply, Request, operation
from serein.services.dynamodb.capacity import Consumed
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.partiql.binding import Bound, bind_statement
from serein.services.dynamodb.partiql.nodes import Exists, Select
from serein.services.dynamodb.partiql.positions import encode_position, parse_position
from serein.services.dynamodb.partiql.selecting import reply_of, select, units_of
from serein.services.dynamodb.partiql.writing import perform, returned, table_of
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.throttling import spend_read, write_counted


@operation("ExecuteStatement")
async def execute_statement(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    bound = bind_statement(request["Statement"], request.get("Parameters"))
    if isinstance(bound.statement, Select):
        return await _read(call, request, bound)
    if isinstance(bound.statement, Exists):
        raise ValidationException("EXISTS can only be used in ExecuteTransaction")
    return await _write(call, request, bound)


async def _read(call: Call, request: Request, bound: Bound) -> Reply:
    text, parameters = request["Statement"], request.get("Parameters")
    position = parse_position(request.get("NextToken"), text, parameters)
    found = await call.read(lambda tx: select(tx, call, bound, request, position))
    spend_read(call.platform, found.table, found.index, *units_of(request, found))
    next_token = None if found.next is None else encode_position(found.next, text, parameters)
    return reply_of(request, found, next_token)


async def _write(call: Call, request: Request, bound: Bound) -> Reply:
    shows_item = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    written = await write_counted(call, table_of(bound), lambda tx: perform(tx, call, bound, shows_item=shows_item))
    if written.spending is not None:
        written.spending.settle()
    reply: Reply = {"Items": Encoded(b"[" + b",".join(returned(bound, written)) + b"]")}
    consumed = Consumed(request.get("ReturnConsumedCapacity"))
    if consumed.is_wanted:
        consumed.add_write(written.table, written.before, written.after)
        reply["ConsumedCapacity"] = consumed.one()
    return reply
