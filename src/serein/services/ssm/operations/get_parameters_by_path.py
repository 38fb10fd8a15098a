"""GetParametersByPath: the parameters of a level, or of all levels below it."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.ssm.filters import Subject, parse_filters
from serein.services.ssm.pages import matching, next_token, parse_token
from serein.services.ssm.parameters import parameter_reply, require_path

_MOST_RESULTS = 10


@operation("GetParametersByPath")
async def get_parameters_by_path(call: Call, request: Request) -> Reply:
    path = require_path(request["Path"].strip())
    filters = parse_filters(request.get("ParameterFilters") or [], is_by_path=True)
    limit = request.get("MaxResults", _MOST_RESULTS)
    after = parse_token(call, request, str) or path
    if not request.get("Recursive"):
        filters.append(lambda subject: _is_directly_in(subject, path))
    until = path[:-1] + chr(ord("/") + 1)
    found = await call.read(lambda tx: matching(tx, call, (after, until), filters, limit + 1))
    is_decrypted = bool(request.get("WithDecryption"))
    reply: Reply = {
        "Parameters": [
            parameter_reply(call.scope, one.name, one.record, "", is_decrypted=is_decrypted) for one in found[:limit]
        ]
    }
    if len(found) > limit:
        reply["NextToken"] = next_token(call, found[limit - 1].name)
    return reply


def _is_directly_in(subject: Subject, path: str) -> bool:
    return "/" not in subject.parameter.name[len(path) :]
