"""UpdateGlobalTable: add replicas to a global table of version 2017.11.29, and remove some; removed tables stay."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb import globaltables
from serein.services.dynamodb.replicachanges import invalid
from serein.services.dynamodb.requests import require_constraints


@operation("UpdateGlobalTable")
async def update_global_table(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name, updates = request["GlobalTableName"], request["ReplicaUpdates"]
    if any(bool(update.get("Create")) == bool(update.get("Delete")) for update in updates):
        raise invalid("Exactly one of Create and Delete must be specified in a replica update")
    actions = [update.get("Create") or update["Delete"] for update in updates]
    globaltables.parse_regions(actions, call.scope.region)
    added = [update["Create"]["RegionName"] for update in updates if update.get("Create")]
    removed = [update["Delete"]["RegionName"] for update in updates if update.get("Delete")]
    described = await call.write(lambda tx: globaltables.update_global_table(tx, call.scope, name, added, removed))
    return {"GlobalTableDescription": described}
