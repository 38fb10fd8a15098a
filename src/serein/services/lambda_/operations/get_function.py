"""GetFunction: a function's configuration, its tags and where its code can be downloaded."""

import json

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.code import code_reply
from serein.services.lambda_.configuration import configuration_reply
from serein.services.lambda_.names import parse_reference
from serein.services.lambda_.store import functions as store


@operation("GetFunction")
async def get_function(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"], request.get("Qualifier", ""))

    def read(tx: Transaction) -> Reply:
        configuration = store.require_configuration(tx, reference)
        row = store.require_function(tx, reference)
        reply: Reply = {
            "Configuration": configuration_reply(configuration, reference, tx.now),
            "Code": code_reply(call.platform, configuration),
        }
        if tags := json.loads(row.tags):
            reply["Tags"] = tags
        if row.reserved_concurrency != store.UNRESERVED:
            reply["Concurrency"] = {"ReservedConcurrentExecutions": row.reserved_concurrency}
        return reply

    return await call.read(read)
