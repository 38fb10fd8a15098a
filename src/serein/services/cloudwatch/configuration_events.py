"""What EventBridge is told when alarms are made, changed and deleted.

AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

import json
from typing import Any

from serein.kernel.database import Delivery, Policy, Target
from serein.services.cloudwatch.alarms import COMPOSITE, Alarm
from serein.services.cloudwatch.evaluation import moment_text
from serein.services.cloudwatch.notifications import configuration_of

_POLICY = Policy(maximum_attempts=50, maximum_age_seconds=3600)
DELETE = "delete"
_ACTIONS = {
    "OKActions": "okActions",
    "AlarmActions": "alarmActions",
    "InsufficientDataActions": "insufficientDataActions",
}
_OF_METRICS = {
    "EvaluationPeriods": "evaluationPeriods",
    "DatapointsToAlarm": "datapointsToAlarm",
    "Threshold": "threshold",
    "ComparisonOperator": "comparisonOperator",
    "TreatMissingData": "treatMissingData",
    "EvaluateLowSampleCountPercentile": "evaluateLowSampleCountPercentile",
}
_OF_COMPOSITES = {
    "ActionsSuppressor": "actionsSuppressor",
    "ActionsSuppressorWaitPeriod": "actionsSuppressorWaitPeriod",
    "ActionsSuppressorExtensionPeriod": "actionsSuppressorExtensionPeriod",
}


def change_event(alarm: Alarm, operation: str, now: float, before: Alarm | None = None) -> Delivery:
    """The call that puts a change of an alarm on the default bus: `create`, `update` or `delete`.

    `before` is the alarm that an update changes.
    """
    detail: dict[str, Any] = {
        "alarmName": alarm.name,
        "operation": operation,
        "state": {"value": alarm.state.value, "timestamp": moment_text(alarm.state.updated_at)},
        "configuration": _whole_configuration(alarm),
    }
    if before is not None:
        detail["previousConfiguration"] = _whole_configuration(before)
    entry = {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm Configuration Change",
        "Time": now,
        "Resources": [alarm.arn],
        "Detail": json.dumps(detail, ensure_ascii=False),
    }
    return Delivery(Target("events", "PutEvents", alarm.scope), {"Entries": [entry]}, _POLICY)


def _whole_configuration(alarm: Alarm) -> dict[str, Any]:
    definition = alarm.definition
    members = _OF_COMPOSITES if alarm.kind == COMPOSITE else _OF_METRICS
    shown = {name: definition[member] for member, name in members.items() if member in definition}
    shown |= configuration_of(alarm)
    shown |= {
        "alarmName": alarm.name,
        "actionsEnabled": alarm.is_acting,
        "timestamp": moment_text(definition["_UpdatedAt"]),
    }
    return shown | {name: definition[member] for member, name in _ACTIONS.items()}
