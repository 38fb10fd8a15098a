"""Layers that everybody on AWS can use: functions may name them though no account here has them."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def arns(functions: Any) -> list[str]:
    return [layer["Arn"] for layer in functions.get_function_configuration(FunctionName="f")["Layers"]]


def test_a_function_may_have_a_public_layer_and_runs_without_agents(
    aws: Any, functions: Any, create: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    arn = f"arn:aws:lambda:{aws.region}:580247275435:layer:LambdaInsightsExtension:53"
    create(Layers=[arn])
    assert arns(functions) == [arn]
    functions.update_function_configuration(FunctionName="f", Timeout=9)
    assert arns(functions) == [arn]
    assert invoke(1) == 1


def test_an_unknown_layer_of_another_account_is_refused(aws: Any, create: Callable[..., Any]) -> None:
    with pytest.raises(ClientError) as refused:
        create(Layers=[f"arn:aws:lambda:{aws.region}:580247275435:layer:nobodys:1"])
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"


def test_a_public_layer_of_another_region_is_refused(create: Callable[..., Any]) -> None:
    with pytest.raises(ClientError) as refused:
        create(Layers=["arn:aws:lambda:ap-south-2:017000801446:layer:AWSLambdaPowertoolsPythonV3-python311-x86_64:4"])
    assert "Layers are not in the same region as the function" in refused.value.response["Error"]["Message"]
