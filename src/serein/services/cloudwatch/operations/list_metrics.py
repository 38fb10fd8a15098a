"""ListMetrics: the metrics that got data in the last two weeks."""

import json

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.metrics import Metric
from serein.services.cloudwatch.pages import parse_position, token_of
from serein.services.cloudwatch.store import metrics

_MOST = 500
_RECENT_SECONDS = 3 * 3600


@operation(
    "ListMetrics",
    partial="Metrics of other accounts are not there.",
    stored=("IncludeLinkedAccounts", "OwningAccount"),
)
async def list_metrics(call: Call, request: Request) -> Reply:
    since = call.now - (_RECENT_SECONDS if "RecentlyActive" in request else metrics.LISTED_SECONDS)
    after = parse_position(call, request, (str, str, str)) or ("", "", "")
    found: list[Metric] = []
    while len(found) <= _MOST:
        wanted = metrics.Wanted(
            call.scope, request.get("Namespace"), request.get("MetricName"), since, after, _MOST + 1
        )
        page = await call.read(lambda tx, wanted=wanted: metrics.list_metrics(tx, wanted))  # type: ignore[misc]
        found += [metric for metric in page if _fits(metric, request)]
        if len(page) <= _MOST:
            break
        after = _position(page[-1])
    reply: Reply = {"Metrics": [metric.described() for metric in found[:_MOST]]}
    if len(found) > _MOST:
        reply["NextToken"] = token_of(call, _position(found[_MOST - 1]))
    return reply


def _position(metric: Metric) -> tuple[str, str, str]:
    return metric.namespace, metric.name, json.dumps(metric.dimensions, ensure_ascii=False)


def _fits(metric: Metric, request: Request) -> bool:
    own = dict(metric.dimensions)
    return all(
        each["Name"] in own and own[each["Name"]] == each.get("Value", own[each["Name"]])
        for each in request.get("Dimensions") or ()
    )
