"""GetParameterHistory: a parameter's versions, the oldest first."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.ssm import store
from serein.services.ssm.pages import next_token, parse_token
from serein.services.ssm.parameters import Record, metadata_reply, parse_reference, value_shown

_MOST_RESULTS = 50


@operation("GetParameterHistory")
async def get_parameter_history(call: Call, request: Request) -> Reply:
    name = parse_reference(call.scope, request["Name"]).name
    limit = request.get("MaxResults", _MOST_RESULTS)
    after = parse_token(call, request, int) or 0
    is_decrypted = bool(request.get("WithDecryption"))

    def find(tx: Transaction) -> tuple[list[Record], dict[str, int]]:
        store.require_latest(tx, call.scope, name)
        return store.versions_of(tx, call.scope, name, after, limit + 1), store.labels_of(tx, call.scope, name)

    records, labels = await call.read(find)
    reply: Reply = {
        "Parameters": [
            {
                **metadata_reply(name, record),
                "Value": value_shown(record, name, is_decrypted=is_decrypted),
                "Labels": [label for label, version in labels.items() if version == record.Version],
            }
            for record in records[:limit]
        ]
    }
    if len(records) > limit:
        reply["NextToken"] = next_token(call, records[limit - 1].Version)
    return reply
