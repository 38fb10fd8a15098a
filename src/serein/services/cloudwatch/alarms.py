"""Alarms: what may be put, and how they are shown."""

from typing import Any, NamedTuple

from serein.kernel.arn import arn_of, find_arn
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Request
from serein.kernel.scope import Scope
from serein.services.cloudwatch.errors import ValidationError
from serein.services.cloudwatch.metrics import Metric, parse_metric
from serein.services.cloudwatch.queries import Query, parse_queries, period_of, require_period
from serein.services.cloudwatch.statistics import find_extended

METRIC = "MetricAlarm"
COMPOSITE = "CompositeAlarm"
OK = "OK"
ALARM = "ALARM"
INSUFFICIENT = "INSUFFICIENT_DATA"
ACTIONS = {OK: "OKActions", ALARM: "AlarmActions", INSUFFICIENT: "InsufficientDataActions"}
MOST_TAGS = 50
_DAY = 86_400
_FINE_PERIODS = (10, 20, 30)
_MOST_QUERIES = 20
_OWN_MEMBERS = ("Namespace", "MetricName", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")
_ELSEWHERE = {
    "EvaluationCriteria": "alarms on PromQL queries",
    "EvaluationInterval": "alarms on PromQL queries",
    "ThresholdMetricId": "alarms on anomaly detection",
    "WarmUpConfiguration": "warm-up periods of alarms",
    "ActionConfiguration": "settings of alarms' notifications",
}
_ACTION_SERVICES = frozenset({"aiops", "automate", "autoscaling", "lambda", "sns", "ssm", "ssm-incidents", "swf"})


class State(NamedTuple):
    """An alarm's state. `reason_data` is a JSON text."""

    value: str
    reason: str
    reason_data: str
    updated_at: float
    transitioned_at: float
    suppressed_by: str = ""
    suppressed_reason: str = ""
    since: str = ""
    """The state before the one whose actions are held back."""
    until: float = 0.0
    """When actions that are held back for a time are done."""


class Alarm(NamedTuple):
    """An alarm; `definition` has the members that were put."""

    arn: str
    scope: Scope
    name: str
    kind: str
    definition: dict[str, Any]
    state: State
    tags: dict[str, str]

    @property
    def is_acting(self) -> bool:
        return bool(self.definition["ActionsEnabled"])

    def actions(self, state: str) -> list[str]:
        found: list[str] = self.definition[ACTIONS[state]]
        return found


def alarm_arn(scope: Scope, name: str) -> str:
    return arn_of("cloudwatch", scope, f"alarm:{name}")


def new_state(now: float) -> State:
    """AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    return State(INSUFFICIENT, "Unchecked: Initial alarm creation", "", now, now)


def parse_actions(request: Request, scope: Scope) -> dict[str, Any]:
    """What all alarms have: description, actions. Raises ValidationError."""
    parsed: dict[str, Any] = {"ActionsEnabled": request.get("ActionsEnabled", True)}
    if "AlarmDescription" in request:
        parsed["AlarmDescription"] = request["AlarmDescription"]
    for member in ACTIONS.values():
        actions = request.get(member) or []
        for action in actions:
            _check_action(action, scope)
        if len(set(actions)) != len(actions):
            raise ValidationError(f"{member} must not have duplicate actions")
        parsed[member] = actions
    return parsed


def _check_action(text: str, scope: Scope) -> None:
    arn = find_arn(text)
    if arn is None or arn.service not in _ACTION_SERVICES:
        raise ValidationError(f"Invalid arn syntax: {text}")
    if arn.region not in ("", scope.region):
        raise ValidationError(f"Invalid region {arn.region} specified. Only {scope.region} is supported.")


def parse_metric_alarm(request: Request, scope: Scope) -> dict[str, Any]:
    """The definition of a metric alarm. Raises ValidationError and NotImplementedHere."""
    _check_here(request)
    parsed = parse_actions(request, scope)
    for member in ("EvaluationPeriods", "ComparisonOperator", "Threshold"):
        if member not in request:
            raise ValidationError(f"The parameter {member} is required.")
        parsed[member] = request[member]
    for member, allowed in (
        ("TreatMissingData", ("breaching", "notBreaching", "ignore", "missing")),
        ("EvaluateLowSampleCountPercentile", ("evaluate", "ignore")),
    ):
        if member in request:
            if request[member] not in allowed:
                raise ValidationError(f"Option {request[member]} is not supported for {member}.")
            parsed[member] = request[member]
    if "EvaluationWindow" in request:
        parsed["EvaluationWindow"] = request["EvaluationWindow"]
    parsed |= _parse_metrics(request, scope) if "Metrics" in request else _parse_single(request)
    _check_periods(request, parsed, scope)
    return parsed


def _check_here(request: Request) -> None:
    """Raise NotImplementedHere for what Serein doesn't have."""
    for member, words in _ELSEWHERE.items():
        if member in request:
            raise NotImplementedHere(f"Serein does not implement {words} ({member})")
    if "WallClockWindow" in request.get("EvaluationWindow", {}):
        raise NotImplementedHere("Serein does not implement wall clock windows of alarms (WallClockWindow)")
    if request.get("ComparisonOperator", "").startswith(("LessThanLower", "GreaterThanUpper")):
        raise NotImplementedHere("Serein does not implement alarms on anomaly detection (ComparisonOperator)")


def _parse_metrics(request: Request, scope: Scope) -> dict[str, Any]:
    if given := [member for member in _OWN_MEMBERS if member in request]:
        raise ValidationError(f"{', '.join(given)} must not be specified together with Metrics.")
    if not 1 <= len(request["Metrics"]) <= _MOST_QUERIES:
        raise ValidationError(f"Metrics must have from 1 to {_MOST_QUERIES} members.")
    queries = parse_queries(request["Metrics"], "Metrics", scope.account, _FINE_PERIODS)
    if sum(query.is_returned for query in queries) != 1:
        raise ValidationError("Exactly one element of the metrics list should return data.")
    return {"Metrics": request["Metrics"]}


def _parse_single(request: Request) -> dict[str, Any]:
    for member in ("MetricName", "Namespace", "Period"):
        if member not in request:
            raise ValidationError(f"The parameter {member} is required.")
    if ("Statistic" in request) == ("ExtendedStatistic" in request):
        raise ValidationError("Exactly one of the parameters Statistic and ExtendedStatistic must be specified.")
    extended = request.get("ExtendedStatistic")
    if extended is not None and find_extended(extended) is None:
        raise ValidationError(f"The value {extended} for parameter ExtendedStatistic is not supported.")
    require_period(request["Period"], "Period", _FINE_PERIODS)
    parsed = {member: request[member] for member in _OWN_MEMBERS if member in request}
    parsed.setdefault("Dimensions", [])
    return parsed


def _check_periods(request: Request, parsed: dict[str, Any], scope: Scope) -> None:
    count = parsed["EvaluationPeriods"]
    period = watched_period(parsed, scope)
    if "DatapointsToAlarm" in request:
        parsed["DatapointsToAlarm"] = request["DatapointsToAlarm"]
        if request["DatapointsToAlarm"] > count:
            raise ValidationError("DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
    if period < 3600 and period * count > _DAY:
        raise ValidationError(
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)."
        )
    if period * count > 7 * _DAY:
        raise ValidationError(
            "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800)."
        )


def queries_of(definition: dict[str, Any], scope: Scope) -> list[Query]:
    """What a metric alarm asks for; the one that is returned is compared with the threshold."""
    if "Metrics" in definition:
        return parse_queries(definition["Metrics"], "Metrics", scope.account, _FINE_PERIODS)
    statistic = definition.get("Statistic") or definition["ExtendedStatistic"]
    metric: Metric = parse_metric(definition)
    return [Query("m1", metric.name, True, definition["Period"], metric, statistic, definition.get("Unit"))]


def watched_period(definition: dict[str, Any], scope: Scope) -> int:
    """The period of what a metric alarm watches, in seconds."""
    queries = queries_of(definition, scope)
    return next(period_of(query, queries) for query in queries if query.is_returned)


def described(alarm: Alarm) -> dict[str, Any]:
    """As DescribeAlarms shows it."""
    state = alarm.state
    shown: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.arn,
        **{member: value for member, value in alarm.definition.items() if not member.startswith("_")},
        "AlarmConfigurationUpdatedTimestamp": alarm.definition["_UpdatedAt"],
        "StateValue": state.value,
        "StateReason": state.reason,
        "StateUpdatedTimestamp": state.updated_at,
        "StateTransitionedTimestamp": state.transitioned_at,
    }
    if state.reason_data:
        shown["StateReasonData"] = state.reason_data
    if state.suppressed_by:
        shown["ActionsSuppressedBy"] = state.suppressed_by
        shown["ActionsSuppressedReason"] = state.suppressed_reason
    return shown
