"""An alias' DeploymentPreference: its traffic moves to another version by and by, and back when an alarm goes off.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-stepfunctions-statemachinealias-deploymentpreference.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from serein.kernel.resource import Deployment, GivenUp, Properties
from serein.services.stepfunctions.errors import ConflictException, ValidationException

ALL_AT_ONCE, LINEAR = "ALL_AT_ONCE", "LINEAR"
_MINUTE_SECONDS = 60.0
_POLL_SECONDS = 15.0
_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Preference:
    """How traffic moves to a version."""

    version_arn: str
    type: str
    percentage: int
    interval_seconds: float
    alarms: tuple[str, ...]

    def weights(self) -> Iterator[int]:
        """What the new version gets of the traffic, interval by interval, before it gets all."""
        if self.type == LINEAR:
            yield from range(self.percentage, _WHOLE, self.percentage)
        else:
            yield self.percentage


def parse_preference(properties: Properties) -> Preference | None:
    """The preference of an alias, if it has one. Raises ValidationException."""
    given = properties.get("DeploymentPreference")
    if given is None:
        return None
    kind = given["Type"]
    if kind != ALL_AT_ONCE and not {"Percentage", "Interval"} <= given.keys():
        raise ValidationException(f"Percentage and Interval are required for a deployment of type {kind}")
    return Preference(
        given["StateMachineVersionArn"],
        kind,
        int(given.get("Percentage", _WHOLE)),
        int(given.get("Interval", 0)) * _MINUTE_SECONDS,
        tuple(given.get("Alarms") or ()),
    )


def routing_to(version_arn: str) -> list[dict[str, Any]]:
    """All traffic to one version."""
    return [{"stateMachineVersionArn": version_arn, "weight": _WHOLE}]


async def shift(deployment: Deployment, alias_arn: str, before: list[dict[str, Any]], preference: Preference) -> None:
    """Move the traffic up to the last interval's end, from where it was led `before`.

    Raises ConflictException when an alarm went off, and GivenUp when the stack doesn't want the update any more; the
    traffic has gone back by then.
    """
    current = max(before, key=lambda route: int(route["weight"]))["stateMachineVersionArn"]
    if current == preference.version_arn:
        return
    for weight in preference.weights():
        routing = [
            {"stateMachineVersionArn": current, "weight": _WHOLE - weight},
            {"stateMachineVersionArn": preference.version_arn, "weight": weight},
        ]
        updated_at = await _route(deployment, alias_arn, routing)
        await _watch(deployment, alias_arn, preference, before, updated_at + preference.interval_seconds)


async def _watch(
    deployment: Deployment, alias_arn: str, preference: Preference, before: list[dict[str, Any]], until: float
) -> None:
    """Wait, and take the traffic back when that is wanted."""
    while True:
        if alarm := await _find_alarm(deployment, preference.alarms):
            await _route(deployment, alias_arn, before)
            raise ConflictException(f"The deployment of {alias_arn} was rolled back: alarm {alarm} is in ALARM state")
        if await deployment.is_given_up():
            await _route(deployment, alias_arn, before)
            raise GivenUp
        left = until - deployment.now
        if left <= 0:
            return
        await deployment.sleep(min(left, _POLL_SECONDS))


async def _find_alarm(deployment: Deployment, names: tuple[str, ...]) -> str:
    """An alarm that goes off, or an empty string. Raises ValidationException for one that isn't there."""
    if not names:
        return ""
    request = {"AlarmNames": list(names), "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    reply = await deployment.call("cloudwatch", "DescribeAlarms", request)
    states = {
        alarm["AlarmName"]: alarm["StateValue"]
        for member in ("MetricAlarms", "CompositeAlarms")
        for alarm in reply.get(member) or ()
    }
    if missing := [name for name in names if name not in states]:
        raise ValidationException(f"Alarms {', '.join(missing)} do not exist")
    return next((name for name in names if states[name] == "ALARM"), "")


async def _route(deployment: Deployment, alias_arn: str, routing: list[dict[str, Any]]) -> float:
    """Route the alias, and answer when that was done: the same when the step is made again."""
    request = {"stateMachineAliasArn": alias_arn, "routingConfiguration": routing}
    updated: float = (await deployment.call("stepfunctions", "UpdateStateMachineAlias", request))["updateDate"]
    return updated
