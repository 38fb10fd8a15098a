"""The provisioned concurrency of functions, scaled into the bounds of their targets."""

import io
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

LIVE = {
    "ServiceNamespace": "lambda",
    "ResourceId": "function:f:live",
    "ScalableDimension": "lambda:function:ProvisionedConcurrency",
}


@pytest.fixture
def functions(aws: Any) -> Any:
    """Lambda, with a function `f` whose alias is `live`."""
    functions, package = aws.client("lambda"), io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    pass\n")
    functions.create_function(
        FunctionName="f",
        Runtime="python3.11",
        Role=f"arn:aws:iam::{aws.account}:role/r",
        Handler="app.handler",
        Code={"ZipFile": package.getvalue()},
        Publish=True,
    )
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    return functions


def provisioned(functions: Any) -> int:
    told = functions.get_provisioned_concurrency_config(FunctionName="f", Qualifier="live")
    assert told["Status"] == "READY"
    return int(told["RequestedProvisionedConcurrentExecutions"])


def test_an_alias_is_scaled_into_its_bounds(aws: Any, functions: Any) -> None:
    scaling = aws.client("application-autoscaling")
    scaling.register_scalable_target(**LIVE, MinCapacity=1, MaxCapacity=2)
    aws.advance(60)
    assert provisioned(functions) == 1
    (activity,) = scaling.describe_scaling_activities(ServiceNamespace="lambda")["ScalingActivities"]
    assert activity["Description"] == "Setting desired concurrency to 1."
    assert activity["Cause"] == "minimum capacity was set to 1"
    aws.advance(120)
    (activity,) = scaling.describe_scaling_activities(ServiceNamespace="lambda")["ScalingActivities"]
    assert activity["StatusCode"] == "Successful"
    scaling.put_scheduled_action(
        **LIVE,
        ScheduledActionName="night",
        Schedule="rate(1 hour)",
        ScalableTargetAction={"MinCapacity": 0, "MaxCapacity": 0},
    )
    aws.advance(3720)
    with pytest.raises(functions.exceptions.ProvisionedConcurrencyConfigNotFoundException):
        provisioned(functions)


def test_what_is_not_there_is_no_target(aws: Any, functions: Any) -> None:
    scaling = aws.client("application-autoscaling")
    for missing in ("function:f:none", "function:g:live", "function:f:2"):
        with pytest.raises(ClientError, match="does not exist"):
            scaling.register_scalable_target(**{**LIVE, "ResourceId": missing}, MinCapacity=1, MaxCapacity=2)
