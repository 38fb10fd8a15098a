"""Functions: creation, settings, versions, aliases, permissions, layers."""

import io
import json
import urllib.request
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws.lambda_.conftest import ECHO, package


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def message(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Message"]


def test_a_function_is_created_with_lambdas_defaults(aws: Any, functions: Any, create: Callable[..., Any]) -> None:
    created = create()
    assert created["State"] == "Pending"
    shown = functions.get_function_configuration(FunctionName="f")
    assert shown["State"] == "Active"
    assert shown["FunctionArn"] == f"arn:aws:lambda:us-east-1:{aws.account}:function:f"
    assert shown["MemorySize"] == 128
    assert shown["Timeout"] == 3
    assert shown["Version"] == "$LATEST"
    assert shown["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"}
    functions.get_waiter("function_active_v2").wait(FunctionName="f")


def test_a_function_can_be_created_once(create: Callable[..., Any]) -> None:
    create()
    with pytest.raises(ClientError) as error:
        create()
    assert code(error) == "ResourceConflictException"
    assert message(error) == "Function already exist: f"


def test_a_missing_function_is_named_by_its_arn(aws: Any, functions: Any) -> None:
    for call in (functions.get_function, functions.invoke, functions.delete_function):
        with pytest.raises(functions.exceptions.ResourceNotFoundException) as error:
            call(FunctionName="nope")
        assert message(error) == f"Function not found: arn:aws:lambda:us-east-1:{aws.account}:function:nope"


def test_the_code_of_a_function_can_be_downloaded(functions: Any, create: Callable[..., Any]) -> None:
    create()
    location = functions.get_function(FunctionName="f")["Code"]["Location"]
    with urllib.request.urlopen(location) as reply:
        archive = zipfile.ZipFile(io.BytesIO(reply.read()))
    assert archive.read("app.py").decode() == ECHO


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"MemorySize": 10_241}, "Member must have value less than or equal to 10240"),
        ({"Timeout": 901}, "Member must have value less than or equal to 900"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "Reserved keys used in this request: AWS_REGION"),
        ({"Environment": {"Variables": {"NAME": "x" * 4096}}}, "exceeded the 4KB limit"),
        ({"Code": {"ZipFile": b"not a zip"}}, "Could not unzip uploaded file"),
        (
            {"Code": {"S3Bucket": "no-such-bucket-here", "S3Key": "k"}},
            "Error occurred while GetObject. S3 Error Code: NoSuchBucket",
        ),
        ({"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:x:1"]}, "does not exist"),
        ({"Runtime": "python9"}, "failed to satisfy constraint"),
        ({"Role": "nonsense"}, "failed to satisfy constraint"),
    ],
)
def test_settings_that_aws_refuses_are_refused(
    create: Callable[..., Any], settings: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ClientError) as error:
        create(**settings)
    assert expected in message(error)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_package_that_climbs_out_of_its_folder_is_refused(create: Callable[..., Any]) -> None:
    with pytest.raises(ClientError) as error:
        create(Code={"ZipFile": package(name="../../evil.py")})
    assert code(error) == "InvalidParameterValueException"


def test_code_can_come_from_s3(aws: Any, create: Callable[..., Any], invoke: Callable[..., Any]) -> None:
    s3, bucket = aws.client("s3"), aws.unique("code")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="f.zip", Body=package())
    create(Code={"S3Bucket": bucket, "S3Key": "f.zip"})
    assert invoke({"a": 1}) == {"a": 1}


def test_new_code_answers_at_once(functions: Any, create: Callable[..., Any], invoke: Callable[..., Any]) -> None:
    create("def handler(event, context):\n    return 1\n")
    assert invoke() == 1
    functions.update_function_code(FunctionName="f", ZipFile=package("def handler(event, context):\n    return 2\n"))
    assert invoke() == 2


def test_new_settings_reach_the_function(
    functions: Any, create: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    create("import os\ndef handler(event, context):\n    return [os.environ.get('NAME'), context.memory_limit_in_mb]\n")
    assert invoke() == [None, "128"]
    functions.update_function_configuration(FunctionName="f", MemorySize=256, Environment={"Variables": {"NAME": "x"}})
    assert invoke() == ["x", "256"]


def test_a_stale_revision_is_refused(functions: Any, create: Callable[..., Any]) -> None:
    created = create()["RevisionId"]
    revision = functions.get_function_configuration(FunctionName="f")["RevisionId"]
    assert revision != created
    functions.update_function_configuration(FunctionName="f", Timeout=5, RevisionId=revision)
    with pytest.raises(functions.exceptions.PreconditionFailedException):
        functions.update_function_configuration(FunctionName="f", Timeout=6, RevisionId=revision)


def test_versions_keep_their_code(functions: Any, create: Callable[..., Any], invoke: Callable[..., Any]) -> None:
    create("def handler(event, context):\n    return 1\n")
    assert functions.publish_version(FunctionName="f")["Version"] == "1"
    assert functions.publish_version(FunctionName="f")["Version"] == "1"
    functions.update_function_code(
        FunctionName="f", ZipFile=package("def handler(event, context):\n    return 2\n"), Publish=True
    )
    assert invoke(Qualifier="1") == 1
    assert invoke(Qualifier="2") == 2
    versions = functions.list_versions_by_function(FunctionName="f")["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST", "1", "2"]
    functions.delete_function(FunctionName="f", Qualifier="1")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        invoke(Qualifier="1")


def test_an_alias_follows_its_version_and_its_weights(
    aws: Any, functions: Any, create: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    create("def handler(event, context):\n    return [1, context.invoked_function_arn]\n", Publish=True)
    functions.update_function_code(
        FunctionName="f", ZipFile=package("def handler(event, context):\n    return [2, '']\n"), Publish=True
    )
    alias = functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    assert invoke(Qualifier="live") == [1, alias["AliasArn"]]
    assert invoke(name=alias["AliasArn"])[0] == 1
    functions.update_alias(
        FunctionName="f",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}},
    )
    assert invoke(Qualifier="live")[0] == 2
    with pytest.raises(functions.exceptions.ResourceConflictException):
        functions.delete_function(FunctionName="f", Qualifier="1")
    assert [each["Name"] for each in functions.list_aliases(FunctionName="f")["Aliases"]] == ["live"]
    functions.delete_alias(FunctionName="f", Name="live")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_alias(FunctionName="f", Name="live")


def test_permissions_become_a_policy(aws: Any, functions: Any, create: Callable[..., Any]) -> None:
    create()
    permission = {
        "FunctionName": "f",
        "StatementId": "s1",
        "Action": "lambda:InvokeFunction",
        "Principal": "sns.amazonaws.com",
        "SourceArn": "arn:aws:sns:us-east-1:123456789012:t",
    }
    functions.add_permission(**permission)
    with pytest.raises(functions.exceptions.ResourceConflictException):
        functions.add_permission(**permission)
    policy = json.loads(functions.get_policy(FunctionName="f")["Policy"])
    assert policy["Statement"] == [
        {
            "Sid": "s1",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": f"arn:aws:lambda:us-east-1:{aws.account}:function:f",
            "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:sns:us-east-1:123456789012:t"}},
        }
    ]
    functions.remove_permission(FunctionName="f", StatementId="s1")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_policy(FunctionName="f")


def test_a_layer_is_on_the_path(functions: Any, create: Callable[..., Any], invoke: Callable[..., Any]) -> None:
    layer = functions.publish_layer_version(
        LayerName="l",
        Content={"ZipFile": package("VALUE = 7\n", "python/layered.py")},
        CompatibleRuntimes=["python3.11"],
    )
    assert layer["Version"] == 1
    create(
        "import layered\ndef handler(event, context):\n    return layered.VALUE\n", Layers=[layer["LayerVersionArn"]]
    )
    assert invoke() == 7
    assert functions.get_layer_version_by_arn(Arn=layer["LayerVersionArn"])["Version"] == 1
    assert functions.list_layers()["Layers"][0]["LatestMatchingVersion"]["Version"] == 1
    functions.delete_layer_version(LayerName="l", VersionNumber=1)
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_layer_version(LayerName="l", VersionNumber=1)


def test_functions_are_listed_in_pages(functions: Any, create: Callable[..., Any]) -> None:
    for name in ("c", "a", "b"):
        create(name=name)
    pages = functions.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    assert [each["FunctionName"] for page in pages for each in page["Functions"]] == ["a", "b", "c"]
    functions.delete_function(FunctionName="b")
    assert [each["FunctionName"] for each in functions.list_functions()["Functions"]] == ["a", "c"]


def test_tags_are_kept(functions: Any, create: Callable[..., Any]) -> None:
    arn = create(Tags={"a": "1"})["FunctionArn"]
    functions.tag_resource(Resource=arn, Tags={"b": "2"})
    functions.untag_resource(Resource=arn, TagKeys=["a"])
    assert functions.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    assert functions.get_function(FunctionName="f")["Tags"] == {"b": "2"}


def test_account_settings_count_what_is_used(functions: Any, create: Callable[..., Any]) -> None:
    create()
    settings = functions.get_account_settings()
    assert settings["AccountUsage"]["FunctionCount"] == 1
    assert settings["AccountUsage"]["TotalCodeSize"] == len(package())
    assert settings["AccountLimit"]["ConcurrentExecutions"] == 1000
