"""FinishIndexes: returns once no index of the account's tables is being built; for deployments, which wait for it."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.housekeeping import do_some
from serein.services.dynamodb.store.chores import find_chore


@operation("FinishIndexes", internal=True)
async def finish_indexes(call: Call, request: Request) -> Reply:
    while (chore := await call.read(find_chore)) is not None and chore.kind.startswith("fill-"):
        await call.write(do_some)
    return {}
