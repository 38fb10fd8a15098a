"""DescribeContributorInsights: whether contributor insights of a table or an index are on."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.insights import named, require_insightful, rules_of, status_of
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.policies import find_insight


@operation("DescribeContributorInsights")
async def describe_contributor_insights(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    index_name, is_gradual = request.get("IndexName", ""), call.platform.realism.is_gradual

    def describe(tx: Transaction) -> Reply:
        table = require_insightful(tx, call.scope, request["TableName"], index_name)
        found = find_insight(tx, table.id, index_name)
        reply = named(table.name, index_name)
        reply["ContributorInsightsStatus"] = status_of(found, tx.now, is_gradual=is_gradual)
        if found is not None:
            reply["LastUpdateDateTime"] = found.updated_at
            reply["ContributorInsightsMode"] = found.mode
            if found.is_enabled:
                reply["ContributorInsightsRuleList"] = rules_of(table, index_name, found.mode)
        return reply

    return await call.read(describe)
