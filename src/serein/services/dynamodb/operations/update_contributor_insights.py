"""UpdateContributorInsights: switch contributor insights of a table or an index on or off."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.insights import ALL_KEYS, named, require_insightful
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.policies import Insight, find_insight, put_insight


@operation("UpdateContributorInsights", stored=("ContributorInsightsAction", "ContributorInsightsMode"))
async def update_contributor_insights(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    index_name, enables = request.get("IndexName", ""), request["ContributorInsightsAction"] == "ENABLE"

    def update(tx: Transaction) -> Reply:
        table = require_insightful(tx, call.scope, request["TableName"], index_name)
        known = find_insight(tx, table.id, index_name)
        mode = request.get("ContributorInsightsMode") or (known.mode if known else ALL_KEYS)
        put_insight(tx, table.id, index_name, Insight(enables, mode, tx.now))
        status = "ENABLING" if enables else "DISABLING"
        return {**named(table.name, index_name), "ContributorInsightsStatus": status, "ContributorInsightsMode": mode}

    return await call.write(update)
