"""What applications that tune memory do: sizes become versions with aliases, are measured, and go again."""

import base64
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

SIZES = (128, 256, 512)
SOURCE = """
def handler(event, context):
    if event == "fail":
        raise KeyError("asked to")
    return [context.function_version, context.memory_limit_in_mb, context.invoked_function_arn.rpartition(":")[2]]
"""
REPORT = re.compile(
    r"REPORT RequestId: \S+\tDuration: (?P<duration>[\d.]+) ms\tBilled Duration: (?P<billed>\d+) ms\t"
    r"Memory Size: (?P<size>\d+) MB\tMax Memory Used: (?P<used>\d+) MB\t(?:Init Duration: (?P<init>[\d.]+) ms\t)?"
)


@pytest.fixture
def arn(create: Callable[..., Any]) -> str:
    made: str = create(SOURCE, MemorySize=192, Description="mine")["FunctionArn"]
    return made


def publish(functions: Any, arn: str, size: int, alias: str = "", description: str = "mine") -> str:
    """Set the memory, wait, publish a version and lead an alias to it; the version."""
    functions.update_function_configuration(FunctionName=arn, MemorySize=size, Description=description)
    functions.get_waiter("function_updated").wait(FunctionName=arn)
    version: str = functions.publish_version(FunctionName=arn)["Version"]
    if alias:
        lead(functions, arn, alias, version)
    return version


def lead(functions: Any, arn: str, alias: str, version: str) -> None:
    try:
        functions.get_alias(FunctionName=arn, Name=alias)
    except functions.exceptions.ResourceNotFoundException:
        functions.create_alias(FunctionName=arn, Name=alias, FunctionVersion=version)
    else:
        functions.update_alias(FunctionName=arn, Name=alias, FunctionVersion=version)


def measure(functions: Any, arn: str, alias: str, event: Any = None) -> tuple[Any, re.Match[str]]:
    """The reply, and the report at the end of the log's tail."""
    reply = functions.invoke(FunctionName=arn, Qualifier=alias, Payload=json.dumps(event), LogType="Tail")
    report = REPORT.search(base64.b64decode(reply["LogResult"]).decode())
    assert report is not None
    return json.loads(reply["Payload"].read()), report


def clean(functions: Any, arn: str, alias: str) -> None:
    version = functions.get_alias(FunctionName=arn, Name=alias)["FunctionVersion"]
    functions.delete_alias(FunctionName=arn, Name=alias)
    functions.delete_function(FunctionName=arn, Qualifier=version)


def versions(functions: Any, arn: str) -> list[str]:
    return [each["Version"] for each in functions.list_versions_by_function(FunctionName=arn)["Versions"]]


def test_sizes_are_published_measured_and_cleaned_up(functions: Any, arn: str) -> None:
    latest = functions.get_function_configuration(FunctionName=arn, Qualifier="$LATEST")
    assert (latest["MemorySize"], latest["Description"]) == (192, "mine")
    published = {size: publish(functions, arn, size, f"RAM{size}") for size in SIZES}
    kept = publish(functions, arn, 192)
    assert list(published.values()) == ["1", "2", "3"] and kept == "4"
    for size, version in published.items():
        alias = f"RAM{size}"
        found = functions.get_function_configuration(FunctionName=arn, Qualifier=alias)
        assert (found["Version"], found["MemorySize"], found["State"]) == (version, size, "Active")
        assert found["Architectures"] == ["x86_64"]
        functions.get_waiter("function_active").wait(FunctionName=arn, Qualifier=alias)
        for attempt in range(3):
            reply, report = measure(functions, arn, alias)
            assert reply == [version, str(size), alias]
            assert int(report["size"]) == size and bool(report["init"]) == (attempt == 0)
            assert int(report["billed"]) >= float(report["duration"]) > 0
    for size in SIZES:
        clean(functions, arn, f"RAM{size}")
    assert functions.list_aliases(FunctionName=arn)["Aliases"] == []
    assert versions(functions, arn) == ["$LATEST", "4"]
    assert functions.get_function_configuration(FunctionName=arn)["MemorySize"] == 192


def test_all_sizes_can_be_measured_at_once(functions: Any, arn: str) -> None:
    published = {size: publish(functions, arn, size, f"RAM{size}") for size in SIZES}
    aliases = [f"RAM{size}" for size in SIZES for _ in range(3)]
    with ThreadPoolExecutor(len(aliases)) as callers:
        measured = list(callers.map(lambda alias: measure(functions, arn, alias), aliases))
    expected = [[published[size], str(size), f"RAM{size}"] for size in SIZES for _ in range(3)]
    assert [reply for reply, _ in measured] == expected
    with ThreadPoolExecutor(len(SIZES)) as callers:
        list(callers.map(lambda size: clean(functions, arn, f"RAM{size}"), SIZES))
    assert versions(functions, arn) == ["$LATEST"]


def test_another_description_makes_another_version_whose_start_is_cold(functions: Any, arn: str) -> None:
    names = [f"RAM128-{index}" for index in range(2)]
    assert [publish(functions, arn, 128, name, f"mine - {name}") for name in names] == ["1", "2"]
    for name in names:
        _, report = measure(functions, arn, name)
        assert float(report["init"]) > 0
    # What hasn't changed is not published again.
    assert publish(functions, arn, 128, description=f"mine - {names[-1]}") == "2"


def test_an_alias_moves_to_the_best_size(functions: Any, arn: str) -> None:
    for size in (128, 512):
        publish(functions, arn, size, "prod")
    assert measure(functions, arn, "prod")[0] == ["2", "512", "prod"]
    with pytest.raises(ClientError) as refused:
        functions.create_alias(FunctionName=arn, Name="prod", FunctionVersion="1")
    assert "Alias already exists" in refused.value.response["Error"]["Message"]


def test_a_failing_function_is_reported_with_its_error(functions: Any, arn: str) -> None:
    publish(functions, arn, 128, "RAM128")
    document, report = measure(functions, arn, "RAM128", "fail")
    assert (document["errorType"], document["errorMessage"]) == ("KeyError", "'asked to'")
    assert document["stackTrace"] and int(report["size"]) == 128


def test_what_is_gone_already_is_not_found(functions: Any, arn: str) -> None:
    publish(functions, arn, 128, "RAM128")
    clean(functions, arn, "RAM128")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        clean(functions, arn, "RAM128")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        measure(functions, arn, "RAM128")
