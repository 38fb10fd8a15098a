"""DescribeParameters: what there is to know of parameters, but their values."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.ssm.errors import ValidationException
from serein.services.ssm.filters import parse_filters
from serein.services.ssm.pages import matching, next_token, parse_token
from serein.services.ssm.parameters import metadata_reply, parameter_arn

_MOST_RESULTS = 50


@operation("DescribeParameters")
async def describe_parameters(call: Call, request: Request) -> Reply:
    old, new = request.get("Filters") or [], request.get("ParameterFilters") or []
    if old and new:
        raise ValidationException("You can use either Filters or ParameterFilters in a single request.")
    given: list[dict[str, Any]] = new or [{**one, "Option": _option_of_old(one["Key"])} for one in old]
    filters = parse_filters(given, is_by_path=False)
    limit = request.get("MaxResults", _MOST_RESULTS)
    after = parse_token(call, request, str) or ""
    if request.get("Shared"):
        # Nothing is shared between accounts here.
        return {"Parameters": []}
    found = await call.read(lambda tx: matching(tx, call, (after, ""), filters, limit + 1))
    reply: Reply = {
        "Parameters": [
            {**metadata_reply(one.name, one.record), "ARN": parameter_arn(call.scope, one.name)}
            for one in found[:limit]
        ]
    }
    if len(found) > limit:
        reply["NextToken"] = next_token(call, found[limit - 1].name)
    return reply


def _option_of_old(key: str) -> str:
    return "BeginsWith" if key == "Name" else "Equals"
