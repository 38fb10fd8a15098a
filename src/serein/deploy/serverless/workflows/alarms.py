"""`alarms` of state machines: one for each metric that is named."""

import re
from collections.abc import Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import REGION, Resource, joined, resource
from serein.deploy.serverless.service import Service

_METRICS = {
    "executionsTimedOut": ("ExecutionsTimedOut", "executions timed out"),
    "executionsFailed": ("ExecutionsFailed", "executions failed"),
    "executionsAborted": ("ExecutionsAborted", "executions were aborted"),
    "executionThrottled": ("ExecutionThrottled", "execution were throttled"),
    "executionsSucceeded": ("ExecutionsSucceeded", "executions succeeded"),
}
_VARIABLE = re.compile(r"\$\[([^\]]*)\]")


def alarm_resources(service: Service, key: str, settings: Mapping[str, Any], machine: str) -> dict[str, Resource]:
    """Raises TemplateInvalid for a metric that there isn't."""
    given = settings.get("alarms")
    if not given:
        return {}
    made = {}
    name = str(settings.get("name") or key)
    for metric in given.get("metrics") or ():
        own: Mapping[str, Any] = metric if isinstance(metric, dict) else {"metric": metric}
        if own.get("metric") not in _METRICS:
            raise TemplateInvalid(f"stepFunctions.stateMachines.{key}.alarms: there is no metric {own.get('metric')}.")
        metric_name, told = _METRICS[own["metric"]]
        logical_id = own.get("logicalId") or f"{machine}{metric_name}Alarm"
        variables = {"stateMachineName": name, "cloudWatchMetricName": metric_name, "metricName": own["metric"]}
        made[str(logical_id)] = resource(
            "AWS::CloudWatch::Alarm",
            {
                "MetricName": metric_name,
                "AlarmName": own.get("alarmName") or _filled(given.get("nameTemplate"), variables),
                "AlarmDescription": joined(f"{name}[{service.stage}][", REGION, f"]: {told}"),
                **_properties(given, own, machine),
            },
        )
    return made


def _filled(template: str | None, variables: Mapping[str, str]) -> str | None:
    """A name with `$[variable]` filled in."""
    return _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), template) if template else None


def _properties(given: Mapping[str, Any], own: Mapping[str, Any], machine: str) -> dict[str, Any]:
    topics = given.get("topics") or {}
    return {
        "Namespace": "AWS/States",
        "Threshold": 1,
        "Period": own.get("period", given.get("period", 60)),
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Statistic": "Sum",
        "OKActions": [topics["ok"]] if topics.get("ok") else [],
        "AlarmActions": [topics["alarm"]] if topics.get("alarm") else [],
        "InsufficientDataActions": [topics["insufficientData"]] if topics.get("insufficientData") else [],
        "TreatMissingData": own.get("treatMissingData", given.get("treatMissingData", "missing")),
        "Dimensions": [{"Name": "StateMachineArn", "Value": {"Ref": machine}}],
    }
