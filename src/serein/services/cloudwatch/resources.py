"""CloudWatch's CloudFormation types, written as calls."""

import json
from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.cloudwatch.errors import DashboardNotFoundError, ResourceNotFound

_ACTIONS = ("ActionsEnabled", "AlarmActions", "AlarmDescription", "InsufficientDataActions", "OKActions")
_METRIC_MEMBERS = frozenset(
    {
        *_ACTIONS,
        "ActionConfiguration",
        "ComparisonOperator",
        "DatapointsToAlarm",
        "Dimensions",
        "EvaluateLowSampleCountPercentile",
        "EvaluationCriteria",
        "EvaluationInterval",
        "EvaluationPeriods",
        "EvaluationWindow",
        "ExtendedStatistic",
        "MetricName",
        "Metrics",
        "Namespace",
        "Period",
        "Statistic",
        "Threshold",
        "ThresholdMetricId",
        "TreatMissingData",
        "Unit",
        "WarmUpConfiguration",
    }
)
_COMPOSITE_MEMBERS = frozenset(
    {
        *_ACTIONS,
        "ActionConfiguration",
        "ActionsSuppressor",
        "ActionsSuppressorExtensionPeriod",
        "ActionsSuppressorWaitPeriod",
        "AlarmRule",
    }
)
_INTEGERS = (
    "ActionsSuppressorExtensionPeriod",
    "ActionsSuppressorWaitPeriod",
    "DatapointsToAlarm",
    "EvaluationInterval",
    "EvaluationPeriods",
    "Period",
)


class _Alarms:
    """What both kinds of alarms share; Ref is the name."""

    stored: frozenset[str] = frozenset()
    replaced_by = frozenset({"AlarmName"})
    operation = "PutMetricAlarm"
    members: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("AlarmName") or deployment.physical_name(255)
        return await self._put(deployment, name, properties, _tags(properties, deployment.tags))

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        made = await self._put(deployment, physical_id, new, {})
        before, after = _tags(old, {}), _tags(new, {})
        target = {"ResourceARN": made.attributes["Arn"]}
        if gone := [key for key in before if key not in after]:
            await deployment.call("cloudwatch", "UntagResource", {**target, "TagKeys": gone})
        if after != before and after:
            await deployment.call("cloudwatch", "TagResource", {**target, "Tags": _listed(after)})
        return made

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("cloudwatch", "DeleteAlarms", {"AlarmNames": [physical_id]})
        except ResourceNotFound:
            return

    async def _put(self, deployment: Deployment, name: str, properties: Properties, tags: dict[str, str]) -> Made:
        request = {"AlarmName": name, **{key: value for key, value in properties.items() if key in self.members}}
        await deployment.call("cloudwatch", self.operation, _typed(request) | ({"Tags": _listed(tags)} if tags else {}))
        scope = deployment.scope
        return Made(name, {"Arn": f"arn:{scope.partition}:cloudwatch:{scope.region}:{scope.account}:alarm:{name}"})


@resource("AWS::CloudWatch::Alarm")
class AlarmResource(_Alarms):
    """An alarm on a metric or an expression."""

    members = _METRIC_MEMBERS
    properties = _METRIC_MEMBERS | {"AlarmName", "Tags"}


@resource("AWS::CloudWatch::CompositeAlarm")
class CompositeAlarmResource(_Alarms):
    """An alarm on other alarms."""

    operation = "PutCompositeAlarm"
    members = _COMPOSITE_MEMBERS
    properties = _COMPOSITE_MEMBERS | {"AlarmName", "Tags"}


@resource("AWS::CloudWatch::Dashboard")
class DashboardResource:
    """A dashboard; Ref is the name."""

    stored: frozenset[str] = frozenset({"DashboardBody"})
    replaced_by = frozenset({"DashboardName"})
    properties = frozenset({"DashboardBody", "DashboardName", "Tags"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("DashboardName") or deployment.physical_name(255)
        return await self._put(deployment, name, properties)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return await self._put(deployment, physical_id, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("cloudwatch", "DeleteDashboards", {"DashboardNames": [physical_id]})
        except DashboardNotFoundError:
            return

    async def _put(self, deployment: Deployment, name: str, properties: Properties) -> Made:
        body = properties["DashboardBody"]
        text = body if isinstance(body, str) else json.dumps(body)
        tags = _tags(properties, {})
        request = {"DashboardName": name, "DashboardBody": text, **({"Tags": _listed(tags)} if tags else {})}
        await deployment.call("cloudwatch", "PutDashboard", request)
        return Made(name)


def _tags(properties: Properties, own: dict[str, str]) -> dict[str, str]:
    return own | {each["Key"]: str(each["Value"]) for each in properties.get("Tags") or []}


def _listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _typed(request: dict[str, Any]) -> dict[str, Any]:
    """Templates may write numbers and truths as texts."""
    typed = dict(request)
    for member in _INTEGERS:
        if member in typed:
            typed[member] = int(typed[member])
    if "Threshold" in typed:
        typed["Threshold"] = float(typed["Threshold"])
    if "ActionsEnabled" in typed:
        typed["ActionsEnabled"] = str(typed["ActionsEnabled"]).lower() == "true"
    for member in ("Dimensions",):
        if member in typed:
            typed[member] = _dimensions(typed[member])
    if "Metrics" in typed:
        typed["Metrics"] = [_typed_query(query) for query in typed["Metrics"]]
    return typed


def _dimensions(given: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"Name": each["Name"], "Value": str(each["Value"])} for each in given]


def _typed_query(query: dict[str, Any]) -> dict[str, Any]:
    typed = dict(query)
    if "Period" in typed:
        typed["Period"] = int(typed["Period"])
    if "ReturnData" in typed:
        typed["ReturnData"] = str(typed["ReturnData"]).lower() == "true"
    if "MetricStat" in typed:
        stat = dict(typed["MetricStat"])
        stat["Period"] = int(stat["Period"])
        if "Dimensions" in stat["Metric"]:
            stat["Metric"] = stat["Metric"] | {"Dimensions": _dimensions(stat["Metric"]["Dimensions"])}
        typed["MetricStat"] = stat
    return typed
