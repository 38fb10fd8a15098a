"""PutMetricAlarm: make an alarm on a metric or an expression, or change it."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.alarms import METRIC, parse_metric_alarm, queries_of
from serein.services.cloudwatch.metrics import metric_id
from serein.services.cloudwatch.putting_alarms import put
from serein.services.cloudwatch.store import alarms as store


@operation(
    "PutMetricAlarm",
    partial="Actions are notifications of SNS topics and invocations of Lambda functions; others are written into the "
    "history as failed. Refused: anomaly detection, PromQL, wall clock windows, warm-up periods.",
)
async def put_metric_alarm(call: Call, request: Request) -> Reply:
    definition = parse_metric_alarm(request, call.scope)
    ids = [metric_id(call.scope, query.metric) for query in queries_of(definition, call.scope) if query.metric]

    def write(tx: Transaction) -> None:
        alarm = put(tx, call, request, METRIC, definition)
        store.watch_metrics(tx, alarm.arn, ids)

    await call.write(write)
    return {}
