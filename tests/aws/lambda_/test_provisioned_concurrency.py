"""Provisioned concurrency: environments that are ready before anybody asks, on versions and aliases."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

KIND = "import os\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n"


def settled(aws: Any, functions: Any, qualifier: str) -> dict[str, Any]:
    """What is told of a qualifier once its environments have been started or have failed."""
    deadline = time.monotonic() + 20
    while True:
        aws.idle()
        told = functions.get_provisioned_concurrency_config(FunctionName="f", Qualifier=qualifier)
        if told["Status"] != "IN_PROGRESS" or time.monotonic() > deadline:
            return dict(told)


@pytest.fixture
def refusal() -> Callable[..., tuple[str, str]]:
    def of(ask: Callable[..., Any], **request: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as error:
            ask(**{"FunctionName": "f", **request})
        told = error.value.response["Error"]
        return told["Code"], told["Message"]

    return of


@pytest.fixture
def version(functions: Any, create: Callable[..., Any]) -> str:
    create(KIND)
    number: str = functions.publish_version(FunctionName="f")["Version"]
    return number


def test_a_version_has_environments_ready_and_runs_in_them(
    aws: Any, functions: Any, version: str, invoke: Callable[..., Any]
) -> None:
    put = functions.put_provisioned_concurrency_config(
        FunctionName="f", Qualifier=version, ProvisionedConcurrentExecutions=2
    )
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert (put["Status"], put["RequestedProvisionedConcurrentExecutions"]) == ("IN_PROGRESS", 2)
    told = settled(aws, functions, version)
    assert told["Status"] == "READY"
    assert told["AvailableProvisionedConcurrentExecutions"] == 2
    assert told["AllocatedProvisionedConcurrentExecutions"] == 2
    assert invoke(Qualifier=version) == "provisioned-concurrency"
    assert invoke() == "on-demand"


def test_an_alias_has_environments_of_the_version_that_it_points_at(
    aws: Any, functions: Any, version: str, invoke: Callable[..., Any]
) -> None:
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion=version)
    functions.put_provisioned_concurrency_config(FunctionName="f", Qualifier="live", ProvisionedConcurrentExecutions=1)
    assert settled(aws, functions, "live")["Status"] == "READY"
    assert invoke(Qualifier="live") == "provisioned-concurrency"
    functions.update_function_configuration(FunctionName="f", Timeout=5)
    second = functions.publish_version(FunctionName="f")["Version"]
    functions.update_alias(FunctionName="f", Name="live", FunctionVersion=second)
    assert settled(aws, functions, "live")["Status"] == "READY"
    assert functions.invoke(FunctionName="f", Qualifier="live")["ExecutedVersion"] == second
    assert invoke(Qualifier="live") == "provisioned-concurrency"


def test_a_function_that_cannot_be_initialised_fails(aws: Any, functions: Any, create: Callable[..., Any]) -> None:
    create("raise ValueError('no')\n")
    functions.publish_version(FunctionName="f")
    functions.put_provisioned_concurrency_config(FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=1)
    told = settled(aws, functions, "1")
    assert (told["Status"], told["StatusReason"]) == ("FAILED", "FUNCTION_ERROR_INIT_FAILURE")
    assert told["AvailableProvisionedConcurrentExecutions"] == 0


def test_a_function_that_cannot_run_here_fails(aws: Any, functions: Any, create: Callable[..., Any]) -> None:
    create("", Runtime="dotnet8", Handler="A::B::C")
    functions.publish_version(FunctionName="f")
    functions.put_provisioned_concurrency_config(FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=1)
    told = settled(aws, functions, "1")
    assert (told["Status"], told["AvailableProvisionedConcurrentExecutions"]) == ("FAILED", 0)
    assert "dotnet8" in told["StatusReason"]


def test_configurations_are_listed_and_deleted(
    functions: Any, version: str, refusal: Callable[..., tuple[str, str]], aws: Any, invoke: Callable[..., Any]
) -> None:
    functions.update_function_configuration(FunctionName="f", Timeout=5)
    second = functions.publish_version(FunctionName="f")["Version"]
    for qualifier in (version, second):
        functions.put_provisioned_concurrency_config(
            FunctionName="f", Qualifier=qualifier, ProvisionedConcurrentExecutions=1
        )
    first = functions.list_provisioned_concurrency_configs(FunctionName="f", MaxItems=1)
    rest = functions.list_provisioned_concurrency_configs(FunctionName="f", Marker=first["NextMarker"])
    listed = first["ProvisionedConcurrencyConfigs"] + rest["ProvisionedConcurrencyConfigs"]
    assert [each["FunctionArn"].rpartition(":")[2] for each in listed] == [version, second]
    functions.delete_provisioned_concurrency_config(FunctionName="f", Qualifier=version)
    assert refusal(functions.get_provisioned_concurrency_config, Qualifier=version) == (
        "ProvisionedConcurrencyConfigNotFoundException",
        "No Provisioned Concurrency Config found for this function",
    )
    aws.idle()
    assert invoke(Qualifier=version) == "on-demand"
    functions.delete_function(FunctionName="f", Qualifier=second)
    assert functions.list_provisioned_concurrency_configs(FunctionName="f")["ProvisionedConcurrencyConfigs"] == []


def test_only_published_versions_can_have_it(
    aws: Any, functions: Any, version: str, refusal: Callable[..., tuple[str, str]]
) -> None:
    unpublished = (
        "InvalidParameterValueException",
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
    )
    put = functions.put_provisioned_concurrency_config
    assert refusal(put, Qualifier="$LATEST", ProvisionedConcurrentExecutions=1) == unpublished
    functions.create_alias(FunctionName="f", Name="newest", FunctionVersion="$LATEST")
    assert refusal(put, Qualifier="newest", ProvisionedConcurrentExecutions=1) == unpublished
    assert refusal(functions.get_provisioned_concurrency_config, Qualifier="$LATEST") == (
        "InvalidParameterValueException",
        "The function resource provided must be an alias or a published version.",
    )
    arn = f"arn:aws:lambda:us-east-1:{aws.account}:function"
    places: dict[str, Any] = {"ProvisionedConcurrentExecutions": 1}
    for operation, settings in (
        (put, places),
        (functions.get_provisioned_concurrency_config, {}),
        (functions.delete_provisioned_concurrency_config, {}),
    ):
        for name in ("f", "missing"):
            for qualifier, told in (("9", "Function not found"), ("none", "Cannot find alias arn")):
                assert refusal(operation, FunctionName=name, Qualifier=qualifier, **settings) == (
                    "ResourceNotFoundException",
                    f"{told}: {arn}:{name}:{qualifier}",
                )


def test_a_version_has_it_once(functions: Any, version: str, refusal: Callable[..., tuple[str, str]]) -> None:
    put = functions.put_provisioned_concurrency_config
    for alias in ("a", "b"):
        functions.create_alias(FunctionName="f", Name=alias, FunctionVersion=version)
    put(FunctionName="f", Qualifier="a", ProvisionedConcurrentExecutions=1)
    conflict = "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
    assert refusal(put, Qualifier="b", ProvisionedConcurrentExecutions=1) == ("ResourceConflictException", conflict)
    assert refusal(put, Qualifier=version, ProvisionedConcurrentExecutions=1) == (
        "ResourceConflictException",
        "Version is pointed by a Provisioned Concurrency alias",
    )
    functions.delete_provisioned_concurrency_config(FunctionName="f", Qualifier="a")
    put(FunctionName="f", Qualifier=version, ProvisionedConcurrentExecutions=1)
    assert refusal(put, Qualifier="a", ProvisionedConcurrentExecutions=1) == ("ResourceConflictException", conflict)


def test_places_of_function_and_account_are_the_limit(
    functions: Any, version: str, refusal: Callable[..., tuple[str, str]]
) -> None:
    put = functions.put_provisioned_concurrency_config
    assert refusal(put, Qualifier=version, ProvisionedConcurrentExecutions=1001)[1] == (
        "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000]."
    )
    assert refusal(put, Qualifier=version, ProvisionedConcurrentExecutions=901)[1] == (
        "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
        "minimum value of [100]."
    )
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=2)
    assert refusal(put, Qualifier=version, ProvisionedConcurrentExecutions=3)[1] == (
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
    )
    put(FunctionName="f", Qualifier=version, ProvisionedConcurrentExecutions=2)
    assert refusal(functions.put_function_concurrency, ReservedConcurrentExecutions=1)[1] == (
        "ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2]."
    )
    limit = functions.get_account_settings()["AccountLimit"]
    assert limit["UnreservedConcurrentExecutions"] == 998
    functions.delete_function_concurrency(FunctionName="f")
    assert functions.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 998
