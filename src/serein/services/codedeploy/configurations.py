"""Deployment configurations: how traffic moves. AWS's own are there for everybody.

AWS: https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
"""

from typing import Any

from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Request
from serein.services.codedeploy.errors import (
    InvalidComputePlatformException,
    InvalidMinimumHealthyHostValueException,
    InvalidTrafficRoutingConfigurationException,
)

OWN_PREFIX = "CodeDeployDefault."
ALL_AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
LAMBDA = "Lambda"
_MINUTE = 60.0
_MOST_MINUTES = 2880
Definition = dict[str, Any]
Steps = list[tuple[float, float]]
"""After how many seconds how much of the traffic, in percent, goes to the new version."""


def _canary(minutes: int) -> Definition:
    return {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": minutes}}


def _linear(minutes: int) -> Definition:
    return {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 10, "linearInterval": minutes}}


_OWN: dict[str, Definition] = {
    ALL_AT_ONCE: {"type": "AllAtOnce"},
    **{f"CodeDeployDefault.LambdaCanary10Percent{minutes}Minutes": _canary(minutes) for minutes in (5, 10, 15, 30)},
    "CodeDeployDefault.LambdaLinear10PercentEvery1Minute": _linear(1),
    **{f"CodeDeployDefault.LambdaLinear10PercentEvery{minutes}Minutes": _linear(minutes) for minutes in (2, 3, 10)},
}
OWN_NAMES = tuple(sorted(_OWN))


def find_own(name: str) -> Definition | None:
    """One of AWS's own configurations, or None.

    Raises NotImplementedHere for those of compute platforms that Serein doesn't have.
    """
    routing = _OWN.get(name)
    if routing is None:
        if name.startswith(OWN_PREFIX) and not name.startswith(f"{OWN_PREFIX}Lambda"):
            raise NotImplementedHere(f"Serein deploys Lambda functions only; {name} is for another compute platform")
        return None
    return {
        "deploymentConfigName": name,
        "deploymentConfigId": "00000000-0000-0000-0000-000000000000",
        "computePlatform": LAMBDA,
        "trafficRoutingConfig": routing,
        "createTime": 0.0,
    }


def require_lambda(platform: str | None, what: str) -> None:
    """Raise NotImplementedHere for other compute platforms, and InvalidComputePlatformException for none."""
    # AWS: the platform that is left out is Server.
    if platform in (None, "Server", "ECS"):
        raise NotImplementedHere(
            f"Serein deploys Lambda functions only: computePlatform of {what} must be Lambda"
            + ("" if platform else " (it is Server when it is left out)")
        )
    if platform != LAMBDA:
        raise InvalidComputePlatformException(f"Invalid compute platform: {platform}")


def parse_config(request: Request, name: str, id: str, now: float) -> Definition:
    """A configuration to be made.

    Raises InvalidComputePlatformException, InvalidMinimumHealthyHostValueException,
    InvalidTrafficRoutingConfigurationException and NotImplementedHere.
    """
    require_lambda(request.get("computePlatform"), "a deployment configuration")
    if "minimumHealthyHosts" in request or "zonalConfig" in request:
        raise InvalidMinimumHealthyHostValueException(
            "Minimum healthy hosts and zonal configurations are not for the Lambda compute platform"
        )
    routing = request.get("trafficRoutingConfig")
    if not routing:
        raise _invalid("Traffic routing configuration is required for the Lambda compute platform")
    kind = routing.get("type")
    if kind == "TimeBasedCanary":
        _check(routing, kind, "timeBasedCanary", "canaryPercentage", "canaryInterval")
    elif kind == "TimeBasedLinear":
        _check(routing, kind, "timeBasedLinear", "linearPercentage", "linearInterval")
    elif kind != "AllAtOnce" or routing.keys() != {"type"}:
        raise _invalid("The type must be TimeBasedCanary, TimeBasedLinear or AllAtOnce, with what belongs to it")
    return {
        "deploymentConfigName": name,
        "deploymentConfigId": id,
        "computePlatform": LAMBDA,
        "trafficRoutingConfig": routing,
        "createTime": now,
    }


def _check(routing: Definition, kind: str, member: str, percentage: str, interval: str) -> None:
    given = routing.get(member)
    if routing.keys() != {"type", member} or not given or given.keys() != {percentage, interval}:
        raise _invalid(f"{kind} needs {member} with {percentage} and {interval}, and nothing else")
    if not 1 <= given[percentage] <= 99:
        raise _invalid(f"{percentage} must be from 1 to 99")
    if not 1 <= given[interval] <= _MOST_MINUTES:
        raise _invalid(f"{interval} must be from 1 to {_MOST_MINUTES} minutes")


def _invalid(message: str) -> InvalidTrafficRoutingConfigurationException:
    return InvalidTrafficRoutingConfigurationException(message)


def steps_of(config: Definition) -> Steps:
    """How traffic moves: the last step has all of it."""
    routing = config["trafficRoutingConfig"]
    if routing["type"] == "AllAtOnce":
        return [(0.0, 100.0)]
    if routing["type"] == "TimeBasedCanary":
        canary = routing["timeBasedCanary"]
        return [(0.0, float(canary["canaryPercentage"])), (canary["canaryInterval"] * _MINUTE, 100.0)]
    linear = routing["timeBasedLinear"]
    size, interval = linear["linearPercentage"], linear["linearInterval"] * _MINUTE
    count = -(-100 // size)
    return [(place * interval, min(100.0, float((place + 1) * size))) for place in range(count)]
