"""SearchVectors: the items of a vector index whose vectors are most like a given one."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.expressions.reading import parse_expressions, require_one_style
from serein.services.dynamodb.requests import require_constraints, require_scalar_keys
from serein.services.dynamodb.store.tables import require_table
from serein.services.dynamodb.vectors.costs import search_cost
from serein.services.dynamodb.vectors.searching import (
    Search,
    parse_search_vector,
    place_of,
    require_count,
    require_dimensions,
    require_vector_index,
    run_search,
)


@operation("SearchVectors")
async def search_vectors(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    require_count(request["TopK"])
    require_one_style(request, ("ProjectionExpression", "SearchConditionExpression"), ())
    vector = parse_search_vector(request["SearchVector"])
    expressions = parse_expressions(request)

    def prepare(tx: Transaction) -> Search:
        table = require_table(tx, call.scope, request["TableName"])
        index = require_vector_index(table, request["IndexName"])
        require_dimensions(index, vector)
        pk, filters = place_of(index, expressions.search)
        if expressions.projection is not None:
            require_scalar_keys(table, expressions.projection.paths)
        return Search(table, index, pk, filters, vector, request["TopK"], expressions.projection)

    results = await run_search(call, await call.read(prepare))
    reply: Reply = {"SearchResults": results.found}
    if request.get("ReturnConsumedCapacity", "NONE") != "NONE":
        reply["ConsumedCapacity"] = {"VectorSearchRequestBytes": search_cost(results.size_bytes)}
    return reply
