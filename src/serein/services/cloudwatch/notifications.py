"""What alarms tell topics and functions when their states change.

AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

import json
import uuid
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.database import Delivery, Policy, Target
from serein.services.cloudwatch.alarms import ACTIONS, COMPOSITE, Alarm, State
from serein.services.cloudwatch.evaluation import moment_text

_SUBJECT_LENGTH = 100
_POLICY = Policy(maximum_attempts=50, maximum_age_seconds=3600)
_REGIONS = {
    "af-south-1": "Africa (Cape Town)",
    "ap-east-1": "Asia Pacific (Hong Kong)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-northeast-3": "Asia Pacific (Osaka)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ca-central-1": "Canada (Central)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-north-1": "EU (Stockholm)",
    "eu-south-1": "EU (Milan)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "eu-west-3": "EU (Paris)",
    "me-south-1": "Middle East (Bahrain)",
    "sa-east-1": "South America (São Paulo)",
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
}


def find_delivery(action: str, alarm: Alarm, before: State, triggers: list[dict[str, Any]]) -> Delivery | None:
    """The call that an action is, or None for kinds of actions that Serein doesn't have."""
    arn = find_arn(action)
    if arn is None or arn.service not in ("sns", "lambda"):
        return None
    if arn.service == "sns":
        request: dict[str, Any] = {
            "TopicArn": action,
            "Subject": _subject(alarm),
            "Message": json.dumps(_message(alarm, before, triggers), ensure_ascii=False),
        }
        source = ("cloudwatch", alarm.arn, alarm.scope.account)
        return Delivery(Target("sns", "Publish", arn.scope, source=source), request, _POLICY)
    request = {
        "FunctionName": action,
        "InvocationType": "Event",
        "Payload": json.dumps(_event(alarm, before)).encode(),
    }
    source = ("lambda.alarms.cloudwatch.amazonaws.com", alarm.arn, alarm.scope.account)
    return Delivery(Target("lambda", "Invoke", arn.scope, source=source), request, _POLICY)


def state_event(alarm: Alarm, before: State) -> Delivery:
    """The call that puts a change of state on the default bus of EventBridge.

    AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    """
    entry = {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Time": alarm.state.transitioned_at,
        "Resources": [alarm.arn],
        "Detail": json.dumps(_event(alarm, before)["alarmData"], ensure_ascii=False),
    }
    return Delivery(Target("events", "PutEvents", alarm.scope), {"Entries": [entry]}, _POLICY)


def _region(name: str) -> str:
    return _REGIONS.get(name, name)


def _subject(alarm: Alarm) -> str:
    text = f'{alarm.state.value}: "{alarm.name}" in {_region(alarm.scope.region)}'
    text = "".join(letter if 32 <= ord(letter) < 127 else "?" for letter in text)
    return text if len(text) <= _SUBJECT_LENGTH else f"{text[: _SUBJECT_LENGTH - 3]}..."


def _message(alarm: Alarm, before: State, triggers: list[dict[str, Any]]) -> dict[str, Any]:
    definition, state = alarm.definition, alarm.state
    message: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": definition.get("AlarmDescription"),
        "AWSAccountId": alarm.scope.account,
        "AlarmConfigurationUpdatedTimestamp": moment_text(definition["_UpdatedAt"]),
        "NewStateValue": state.value,
        "NewStateReason": state.reason,
        "StateChangeTime": moment_text(state.transitioned_at),
        "Region": _region(alarm.scope.region),
        "AlarmArn": alarm.arn,
        "OldStateValue": before.value,
        **{member: definition[member] for member in ACTIONS.values()},
    }
    if alarm.kind == COMPOSITE:
        message |= {"AlarmRule": definition["AlarmRule"], "TriggeringChildren": triggers}
    else:
        message["Trigger"] = _trigger(definition)
    return message


def _trigger(definition: dict[str, Any]) -> dict[str, Any]:
    trigger: dict[str, Any] = {}
    if "Metrics" in definition:
        trigger |= {"Period": _metric_period(definition), "Metrics": definition["Metrics"]}
    else:
        extended = definition.get("ExtendedStatistic")
        trigger |= {
            "MetricName": definition["MetricName"],
            "Namespace": definition["Namespace"],
            "StatisticType": "ExtendedStatistic" if extended else "Statistic",
            **({"ExtendedStatistic": extended} if extended else {"Statistic": _shout(definition["Statistic"])}),
            "Unit": definition.get("Unit"),
            "Dimensions": [{"value": each["Value"], "name": each["Name"]} for each in definition["Dimensions"]],
            "Period": definition["Period"],
        }
    return trigger | {
        "EvaluationPeriods": definition["EvaluationPeriods"],
        **({"DatapointsToAlarm": definition["DatapointsToAlarm"]} if "DatapointsToAlarm" in definition else {}),
        "ComparisonOperator": definition["ComparisonOperator"],
        "Threshold": float(definition["Threshold"]),
        "TreatMissingData": definition.get("TreatMissingData", "missing"),
        "EvaluateLowSampleCountPercentile": definition.get("EvaluateLowSampleCountPercentile", ""),
    }


def _metric_period(definition: dict[str, Any]) -> int:
    periods = [each["MetricStat"]["Period"] for each in definition["Metrics"] if "MetricStat" in each]
    return max(periods, default=60)


def _shout(statistic: str) -> str:
    return "SAMPLE_COUNT" if statistic == "SampleCount" else statistic.upper()


def _event(alarm: Alarm, before: State) -> dict[str, Any]:
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.arn,
        "accountId": alarm.scope.account,
        "time": moment_text(alarm.state.transitioned_at),
        "region": alarm.scope.region,
        "alarmData": {
            "alarmName": alarm.name,
            "state": _event_state(alarm.state),
            "previousState": _event_state(before),
            "configuration": configuration_of(alarm),
        },
    }


def _event_state(state: State) -> dict[str, Any]:
    shown = {"value": state.value, "reason": state.reason, "timestamp": moment_text(state.updated_at)}
    if state.reason_data:
        shown["reasonData"] = state.reason_data
    return shown


def configuration_of(alarm: Alarm) -> dict[str, Any]:
    """What an alarm watches, as events show it."""
    definition = alarm.definition
    shown: dict[str, Any] = {}
    if "AlarmDescription" in definition:
        shown["description"] = definition["AlarmDescription"]
    if "AlarmRule" in definition:
        shown["alarmRule"] = definition["AlarmRule"]
    elif "Metrics" in definition:
        shown["metrics"] = [_event_query(each) for each in definition["Metrics"]]
    else:
        statistic = definition.get("Statistic") or definition["ExtendedStatistic"]
        stat = {"Metric": definition, "Period": definition["Period"], "Stat": statistic}
        shown["metrics"] = [_event_query({"Id": _metric_id(alarm), "MetricStat": stat, "ReturnData": True})]
    return shown


def _metric_id(alarm: Alarm) -> str:
    """AWS: the metric of an alarm that has no queries is shown under a UUID."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, alarm.arn))


def _event_query(query: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": query["Id"]}
    if "MetricStat" in query:
        stat = query["MetricStat"]
        shown["metricStat"] = {
            "metric": {
                "namespace": stat["Metric"]["Namespace"],
                "name": stat["Metric"]["MetricName"],
                "dimensions": {each["Name"]: each["Value"] for each in stat["Metric"].get("Dimensions", [])},
            },
            "period": stat["Period"],
            "stat": stat["Stat"],
        }
    else:
        shown["expression"] = query["Expression"]
    if "Label" in query:
        shown["label"] = query["Label"]
    return shown | {"returnData": query.get("ReturnData", True)}
