"""ListPipes: a page of an account's pipes, by name."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position, page_token
from serein.services.pipes import store
from serein.services.pipes.definitions import listed
from serein.services.pipes.errors import ValidationException

_MOST = 100


@operation("ListPipes")
async def list_pipes(call: Call, request: Request) -> Reply:
    limit, prefix = request.get("Limit", _MOST), request.get("NamePrefix", "")
    position = find_position(request["NextToken"]) if "NextToken" in request else ""
    if not isinstance(position, str):
        raise ValidationException("Invalid NextToken.")

    def read(tx: Transaction) -> list[store.Pipe]:
        found: list[store.Pipe] = []
        after = position
        while len(found) <= limit:
            part = store.list_pipes(tx, call.scope, prefix, after, limit + 1)
            found += [pipe for pipe in part if _is_wanted(pipe, request)]
            if len(part) <= limit:
                break
            after = part[-1].name
        return found

    found = await call.read(read)
    reply: Reply = {"Pipes": [listed(pipe) for pipe in found[:limit]]}
    if len(found) > limit:
        reply["NextToken"] = page_token(found[limit - 1].name)
    return reply


def _is_wanted(pipe: store.Pipe, request: Request) -> bool:
    return (
        request.get("DesiredState") in (None, pipe.desired_state)
        and request.get("CurrentState") in (None, pipe.current_state)
        and str(pipe.definition["Source"]).startswith(request.get("SourcePrefix", ""))
        and str(pipe.definition["Target"]).startswith(request.get("TargetPrefix", ""))
    )
