"""ListContributorInsights: the tables and indexes that contributor insights were switched on or off for."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position, page_token
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.insights import named, status_of
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.policies import insights_after
from serein.services.dynamodb.store.tables import require_described_table

_PAGE = 100


@operation("ListContributorInsights")
async def list_contributor_insights(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    after = _position(request.get("NextToken"))
    limit = request.get("MaxResults", 0) or _PAGE
    if limit < 0:
        raise ValidationException("MaxResults must be at least 0")
    is_gradual = call.platform.realism.is_gradual

    def read(tx: Transaction) -> Reply:
        name = require_described_table(tx, call.scope, request["TableName"]).name if "TableName" in request else ""
        found = insights_after(tx, call.scope, name, after, limit + 1)
        reply: Reply = {
            "ContributorInsightsSummaries": [
                {
                    **named(table_name, index_name),
                    "ContributorInsightsStatus": status_of(insight, tx.now, is_gradual=is_gradual),
                    "ContributorInsightsMode": insight.mode,
                }
                for table_name, index_name, insight in found[:limit]
            ]
        }
        if len(found) > limit:
            reply["NextToken"] = page_token(found[limit - 1][:2])
        return reply

    return await call.read(read)


def _position(token: str | None) -> tuple[str, str]:
    if token is None:
        return "", ""
    position: Any = find_position(token)
    if not isinstance(position, list) or len(position) != 2 or not all(isinstance(part, str) for part in position):
        raise ValidationException("Invalid NextToken")
    return position[0], position[1]
