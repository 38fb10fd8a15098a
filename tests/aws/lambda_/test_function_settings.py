"""What functions can be told: settings that are kept, checked and refused, and where their code comes from."""

import io
import zipfile
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from aws.lambda_.conftest import package

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/x"


def refusal(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(**request)
    told = error.value.response["Error"]
    return told["Code"], told["Message"]


def large_package(size_bytes: int) -> bytes:
    """A small package of a large file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("app.py", "w") as file:
        for _ in range(size_bytes // 1_000_000):
            file.write(b" " * 1_000_000)
        file.write(b" " * (size_bytes % 1_000_000))
    return content.getvalue()


@pytest.mark.parametrize(
    "settings",
    [
        {"Description": "d"},
        {"KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k"},
        {"TracingConfig": {"Mode": "Active"}},
        {"EphemeralStorage": {"Size": 1024}},
        {"Architectures": ["arm64"]},
        {"Environment": {"Variables": {}}},
        {"Environment": {"Variables": {"AB": "1"}}},
        {"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:q"}},
        {
            "LoggingConfig": {
                "LogFormat": "JSON",
                "LogGroup": "g",
                "SystemLogLevel": "WARN",
                "ApplicationLogLevel": "DEBUG",
            }
        },
        {"SnapStart": {"ApplyOn": "PublishedVersions"}},
        {"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}},
        {"DurableConfig": {"ExecutionTimeout": 60, "RetentionPeriodInDays": 2}},
        {
            "CapacityProviderConfig": {
                "LambdaManagedInstancesCapacityProviderConfig": {
                    "CapacityProviderArn": "arn:aws:lambda:us-east-1:123456789012:capacity-provider:c"
                }
            }
        },
    ],
)
def test_settings_are_shown_as_they_were_given(
    functions: Any, create: Callable[..., Any], settings: dict[str, Any]
) -> None:
    create(**settings)
    shown = functions.get_function_configuration(FunctionName="f")
    for member, value in settings.items():
        assert shown[member] == ({"OptimizationStatus": "Off", **value} if member == "SnapStart" else value)


def test_a_function_in_a_vpc_shows_its_network_and_empty_lists_when_it_has_left(
    functions: Any, create: Callable[..., Any]
) -> None:
    create(VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]})
    shown = functions.get_function_configuration(FunctionName="f")["VpcConfig"]
    assert shown == {
        "SubnetIds": ["subnet-1"],
        "SecurityGroupIds": ["sg-1"],
        "VpcId": "",
        "Ipv6AllowedForDualStack": False,
    }
    functions.update_function_configuration(FunctionName="f", VpcConfig={"SubnetIds": [], "SecurityGroupIds": []})
    assert functions.get_function_configuration(FunctionName="f")["VpcConfig"]["SubnetIds"] == []
    answer = refusal(functions.update_function_configuration, FunctionName="f", VpcConfig={"SubnetIds": ["subnet-1"]})
    assert answer[0] == "InvalidParameterValueException"


def test_each_runtime_has_a_version_of_its_own(functions: Any, create: Callable[..., Any]) -> None:
    create()
    before = functions.get_function_configuration(FunctionName="f")["RuntimeVersionConfig"]
    functions.update_function_configuration(FunctionName="f", Runtime="python3.12")
    assert functions.get_function_configuration(FunctionName="f")["RuntimeVersionConfig"] != before


@pytest.mark.parametrize("runtime", ["java21", "ruby3.4", "dotnet8", "nodejs12.x", "python3.7", "provided"])
def test_functions_of_all_runtimes_can_be_made(functions: Any, create: Callable[..., Any], runtime: str) -> None:
    assert create(Runtime=runtime)["Runtime"] == runtime


@pytest.mark.parametrize("runtime", ["PYTHON3.9", "cobol1"])
def test_a_runtime_that_is_none_is_refused(functions: Any, create: Callable[..., Any], runtime: str) -> None:
    code, message = refusal(create, Runtime=runtime)
    assert code == "InvalidParameterValueException"
    start = (
        f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, "
    )
    assert message.startswith(start)
    assert message.endswith("] or be a valid ARN")


def test_a_runtime_of_the_past_that_cannot_run_is_refused(create: Callable[..., Any]) -> None:
    assert refusal(create, Runtime="dotnetcore3.1") == (
        "InvalidParameterValueException",
        "The runtime parameter of dotnetcore3.1 is no longer supported for creating or updating AWS Lambda functions. "
        "We recommend you use a supported runtime while creating or updating functions.",
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"Runtime": None},
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
        ),
        ({"Code": {}}, "Please provide a source for function code."),
        (
            {"Code": {"ZipFile": b"x", "S3Bucket": "bucket"}},
            "Please do not provide other FunctionCode parameters when providing a ZipFile.",
        ),
        ({"Tags": {f"k{number}": "" for number in range(51)}}, "Number of tags exceeds resource tag limit."),
        (
            {"LoggingConfig": {"LogFormat": "Text", "SystemLogLevel": "INFO"}},
            "To use ApplicationLogLevel or SystemLogLevel, set the function's log format to JSON.",
        ),
        (
            {"FunctionName": "a" * 65},
            f"1 validation error detected: Value '{'a' * 65}' at 'functionName' failed to satisfy constraint: "
            "Member must have length less than or equal to 64",
        ),
        (
            {"FunctionName": "arn:aws:lambda:eu-west-1:123456789012:function:f"},
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
        ),
    ],
)
def test_functions_that_cannot_be_are_refused(
    functions: Any, create: Callable[..., Any], settings: dict[str, Any], expected: str
) -> None:
    request = {
        "FunctionName": "f",
        "Runtime": "python3.11",
        "Role": "arn:aws:iam::123456789012:role/r",
        "Handler": "app.handler",
        "Code": {"ZipFile": package()},
        **settings,
    }
    given = {member: value for member, value in request.items() if value is not None}
    assert refusal(functions.create_function, **given)[1] == expected


@pytest.mark.parametrize(
    "settings",
    [
        {
            "FileSystemConfigs": [
                {
                    "Arn": "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0",
                    "LocalMountPath": "/mnt/x",
                }
            ]
        },
        {"PublishTo": "LATEST_PUBLISHED"},
    ],
)
def test_what_would_mislead_is_refused_by_name(create: Callable[..., Any], settings: dict[str, Any]) -> None:
    code, message = refusal(create, **settings)
    assert code == "NotImplemented"
    assert next(iter(settings)) in message


def test_functions_of_other_accounts_cannot_be_made(aws: Any, create: Callable[..., Any]) -> None:
    arn = "arn:aws:lambda:us-east-1:000000000001:function:f"
    assert refusal(create, name=arn)[0] == "AccessDeniedException"


def test_code_can_come_from_a_version_of_an_object(
    aws: Any, functions: Any, create: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    s3, bucket = aws.client("s3"), aws.unique("code")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket=bucket, Key="f.zip", Body=package("def handler(e, c):\n    return 1\n"))["VersionId"]
    s3.put_object(Bucket=bucket, Key="f.zip", Body=package("def handler(e, c):\n    return 2\n"))
    create(Code={"S3Bucket": bucket, "S3Key": "f.zip", "S3ObjectVersion": old})
    assert invoke() == 1
    functions.update_function_code(FunctionName="f", S3Bucket=bucket, S3Key="f.zip")
    assert invoke() == 2


def test_a_dry_run_changes_nothing(functions: Any, create: Callable[..., Any], invoke: Callable[..., Any]) -> None:
    create("def handler(e, c):\n    return 1\n")
    before = functions.get_function_configuration(FunctionName="f")
    new = package("def handler(e, c):\n    return 2\n")
    shown = functions.update_function_code(FunctionName="f", ZipFile=new, DryRun=True)
    assert shown["CodeSha256"] != before["CodeSha256"]
    after = functions.get_function_configuration(FunctionName="f")
    assert (after["CodeSha256"], after["RevisionId"]) == (before["CodeSha256"], before["RevisionId"])
    assert invoke() == 1


def test_architectures_change_with_code(functions: Any, create: Callable[..., Any]) -> None:
    create()
    functions.update_function_code(FunctionName="f", ZipFile=package(), Architectures=["arm64"])
    assert functions.get_function_configuration(FunctionName="f")["Architectures"] == ["arm64"]


def test_code_that_is_too_large_unpacked_is_refused(aws: Any, functions: Any, create: Callable[..., Any]) -> None:
    expected = "Unzipped size must be smaller than 262144000 bytes"
    assert refusal(create, Code={"ZipFile": large_package(262_144_000)})[1] == expected


def test_code_and_layers_together_have_a_limit(functions: Any, create: Callable[..., Any]) -> None:
    content = {"ZipFile": large_package(200_000_000)}
    layer = functions.publish_layer_version(LayerName="l", Content=content)["LayerVersionArn"]
    create(Layers=[layer])
    large = large_package(100_000_000)
    expected = (
        "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. "
        "The actual size is 300000000 bytes."
    )
    assert refusal(create, name="g", Code={"ZipFile": large}, Layers=[layer])[1] == expected
    assert refusal(functions.update_function_code, FunctionName="f", ZipFile=large)[1] == expected
    create(name="h", Code={"ZipFile": large})
    assert refusal(functions.update_function_configuration, FunctionName="h", Layers=[layer])[1] == expected


def test_images_are_kept_by_their_names(aws: Any, functions: Any) -> None:
    made = functions.create_function(
        FunctionName="i",
        Role="arn:aws:iam::123456789012:role/r",
        PackageType="Image",
        Code={"ImageUri": f"{IMAGE}:latest"},
        ImageConfig={"Command": ["app.handler"]},
    )
    assert "Runtime" not in made
    shown = functions.get_function(FunctionName="i")
    assert shown["Code"] == {
        "RepositoryType": "ECR",
        "ImageUri": f"{IMAGE}:latest",
        "ResolvedImageUri": f"{IMAGE}@sha256:{made['CodeSha256']}",
    }
    assert shown["Configuration"]["ImageConfigResponse"] == {"ImageConfig": {"Command": ["app.handler"]}}
    updated = functions.update_function_code(FunctionName="i", ImageUri=f"{IMAGE}@sha256:{'a' * 64}")
    assert updated["CodeSha256"] == "a" * 64


def test_packages_and_images_do_not_mix(aws: Any, functions: Any, create: Callable[..., Any]) -> None:
    image = {"Role": "arn:aws:iam::123456789012:role/r", "PackageType": "Image", "Code": {"ImageUri": f"{IMAGE}:1"}}
    functions.create_function(FunctionName="i", **image)
    create()
    assert refusal(functions.update_function_code, FunctionName="i", ZipFile=package())[1] == (
        "Please provide ImageUri when updating a function with packageType Image."
    )
    assert refusal(functions.update_function_code, FunctionName="f", ImageUri=f"{IMAGE}:1")[1] == (
        "Please don't provide ImageUri when updating a function with packageType Zip."
    )
    code, _ = refusal(functions.create_function, FunctionName="j", Runtime="python3.11", **image)
    assert code == "InvalidParameterValueException"
    assert refusal(create, name="k", Code={"ImageUri": f"{IMAGE}:1"})[0] == "InvalidParameterValueException"


def test_code_is_counted_as_often_as_it_is_kept(functions: Any, create: Callable[..., Any]) -> None:
    create(Publish=True)
    functions.publish_layer_version(LayerName="l", Content={"ZipFile": package()})
    settings = functions.get_account_settings()
    assert settings["AccountUsage"]["TotalCodeSize"] == 3 * len(package())
    limits = settings["AccountLimit"]
    assert (limits["TotalCodeSize"], limits["CodeSizeUnzipped"]) == (80_530_636_800, 262_144_000)
    assert limits["CodeSizeZipped"] == 52_428_800


def test_names_longer_than_a_function_can_have_are_looked_up(functions: Any) -> None:
    code, message = refusal(functions.get_function, FunctionName="a" * 65)
    assert code == "ResourceNotFoundException"
    assert message.endswith(f":function:{'a' * 65}")


def test_names_are_checked_by_the_pattern(aws: Any) -> None:
    raw = aws.client("lambda", config=Config(parameter_validation=False))
    code, message = refusal(raw.get_function, FunctionName="my-function!")
    assert code == "ValidationException"
    assert "Value 'my-function!' at 'functionName' failed to satisfy constraint" in message


def test_functions_and_versions_are_listed_together_in_pages(functions: Any, create: Callable[..., Any]) -> None:
    create(name="a", Publish=True)
    functions.update_function_configuration(FunctionName="a", Timeout=9)
    functions.publish_version(FunctionName="a")
    create(name="b")
    pages = functions.get_paginator("list_functions").paginate(FunctionVersion="ALL", PaginationConfig={"PageSize": 1})
    found = [(each["FunctionName"], each["Version"]) for page in pages for each in page["Functions"]]
    assert found == [("a", "$LATEST"), ("a", "1"), ("a", "2"), ("b", "$LATEST")]


def test_there_are_no_replicas_of_other_regions(functions: Any, create: Callable[..., Any]) -> None:
    create()
    assert functions.list_functions(FunctionVersion="ALL", MasterRegion="us-west-2")["Functions"] == []
    assert len(functions.list_functions(FunctionVersion="ALL", MasterRegion="ALL")["Functions"]) == 1
    assert refusal(functions.list_functions, MasterRegion="us-west-2")[0] == "InvalidParameterValueException"


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/2015-03-31/functions", "CreateFunction"),
        ("PUT", "/2015-03-31/functions/f/code", "UpdateFunctionCode"),
    ],
)
def test_a_request_that_is_too_large_is_refused_before_it_is_read(aws: Any, method: str, path: str, name: str) -> None:
    connection = HTTPConnection(urlsplit(aws.endpoint).netloc, timeout=60)
    connection.putrequest(method, path)
    credential = f"{aws.account}/20260101/{aws.region}/lambda/aws4_request"
    connection.putheader("Authorization", f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", "80000000")
    connection.endheaders()
    reply = connection.getresponse()
    assert reply.status == 413
    message = f"Request must be smaller than 70167211 bytes for the {name} operation"
    assert message in reply.read().decode()
    connection.close()
