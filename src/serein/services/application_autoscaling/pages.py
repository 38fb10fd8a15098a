"""What the Describe operations have in common: filters, and pages of what they find."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Request
from serein.kernel.paging import find_position, page_token
from serein.services.application_autoscaling.errors import InvalidNextTokenException, ValidationException
from serein.services.application_autoscaling.store import Filter

_MOST_RESULTS = 50


def parse_filter(
    call: Call, request: Request, names_member: str = "", *, position: tuple[type, ...] = (str, str, str)
) -> Filter:
    """The filter that a request has, with one more result than it wants. `position` has the types of a token's values.

    Raises ValidationException and InvalidNextTokenException.
    """
    limit = request.get("MaxResults", _MOST_RESULTS)
    if not 1 <= limit <= _MOST_RESULTS:
        raise ValidationException(f"Max results must be between 1 and {_MOST_RESULTS}")
    resource_ids = tuple(request.get("ResourceIds") or ())
    if "ResourceId" in request:
        resource_ids = (request["ResourceId"],)
    dimension = request.get("ScalableDimension")
    if dimension is not None and not resource_ids:
        raise ValidationException("Resource ID must be specified when scalable dimension is specified")
    return Filter(
        call.scope,
        request["ServiceNamespace"],
        resource_ids,
        dimension,
        tuple(request.get(names_member) or ()),
        _parse_token(call.operation, request.get("NextToken"), position),
        limit + 1,
    )


def _parse_token(operation: str, token: str | None, position: tuple[type, ...]) -> tuple[Any, ...] | None:
    if token is None:
        return None
    found = find_position(token)
    if not isinstance(found, list) or found[:1] != [operation] or tuple(map(type, found[1:])) != position:
        raise InvalidNextTokenException("The next token supplied was invalid.")
    return tuple(found[1:])


def page_of(call: Call, wanted: Filter, member: str, described: list[dict[str, Any]], *keys: str) -> dict[str, Any]:
    """A reply with what was found; `keys` are the members that say where its last one stands."""
    page = described[: wanted.limit - 1]
    reply: dict[str, Any] = {member: page}
    if len(described) > len(page):
        reply["NextToken"] = page_token([call.operation, *(page[-1][key] for key in keys)])
    return reply
