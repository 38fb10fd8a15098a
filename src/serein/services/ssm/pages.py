"""Pages of parameters in the order of their names."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Request
from serein.kernel.paging import find_position, page_token
from serein.services.ssm import store
from serein.services.ssm.errors import InvalidNextToken
from serein.services.ssm.filters import Filter, Subject

_READ_AT_ONCE = 100


def parse_token(call: Call, request: Request, kind: type) -> Any | None:
    """Where a page starts, or None at the beginning. Raises InvalidNextToken."""
    if "NextToken" not in request:
        return None
    position = find_position(request["NextToken"])
    if not isinstance(position, list) or len(position) != 2 or position[0] != call.operation:
        raise InvalidNextToken
    if not isinstance(position[1], kind):
        raise InvalidNextToken
    return position[1]


def next_token(call: Call, position: str | int) -> str:
    return page_token([call.operation, position])


def matching(
    tx: Transaction, call: Call, bounds: tuple[str, str], filters: list[Filter], limit: int
) -> list[store.Parameter]:
    """Up to `limit` parameters after and before two names that pass all filters."""
    after, until = bounds
    found: list[store.Parameter] = []
    while rows := store.parameters_after(tx, call.scope, after, until, _READ_AT_ONCE):
        for parameter in rows:
            if _passes(tx, call, parameter, filters):
                found.append(parameter)
                if len(found) == limit:
                    return found
        after = rows[-1].name
    return found


def _passes(tx: Transaction, call: Call, parameter: store.Parameter, filters: list[Filter]) -> bool:
    if not filters:
        return True
    tags = store.find_tags(tx, call.scope, parameter.name) or {}
    labels = store.labels_of(tx, call.scope, parameter.name)
    return all(passes(Subject(parameter, tags, labels)) for passes in filters)
