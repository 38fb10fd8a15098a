"""DescribeAlarmsForMetric: the alarms on one metric."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.alarms import Alarm, described
from serein.services.cloudwatch.metrics import metric_id, parse_metric
from serein.services.cloudwatch.store import alarms as store

_MEMBERS = ("Statistic", "ExtendedStatistic", "Period", "Unit")


@operation("DescribeAlarmsForMetric")
async def describe_alarms_for_metric(call: Call, request: Request) -> Reply:
    id = metric_id(call.scope, parse_metric(request))
    found = await call.read(lambda tx: store.alarms_of_metric(tx, id))
    return {"MetricAlarms": [described(alarm) for alarm in found if _fits(alarm, request)]}


def _fits(alarm: Alarm, request: Request) -> bool:
    # AWS: alarms on expressions are not shown, although the metric may be part of one.
    definition = alarm.definition
    return "MetricName" in definition and all(
        definition.get(member) == request[member] for member in _MEMBERS if member in request
    )
