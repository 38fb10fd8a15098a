"""States of functions and versions, their revisions, and changes that take their time."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws.lambda_.conftest import package
from serein.testing import ServerProcess
from tests.conftest import Aws

ROLE = "arn:aws:iam::123456789012:role/r"
BUSY = "The operation cannot be performed at this time."


@pytest.fixture(scope="module")
def gradual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """A server on which functions come and change as slowly as on AWS."""
    folder: Path = tmp_path_factory.mktemp("gradual")
    server = ServerProcess(folder, {"clock": "virtual", "lifecycle": "realistic"})
    yield Aws(server.endpoint)
    server.stop()


def make(client: Any, name: str, **settings: Any) -> Any:
    request = {
        "FunctionName": name,
        "Runtime": "python3.11",
        "Role": ROLE,
        "Handler": "app.handler",
        "Code": {"ZipFile": package()},
        **settings,
    }
    return client.create_function(**request)


def state(client: Any, name: str, **request: Any) -> tuple[str, str | None]:
    shown = client.get_function_configuration(FunctionName=name, **request)
    return shown["State"], shown.get("LastUpdateStatus")


def test_a_function_is_pending_in_its_reply_and_active_when_next_asked_for(
    functions: Any, create: Callable[..., Any]
) -> None:
    created = create()
    assert (created["State"], created["StateReasonCode"]) == ("Pending", "Creating")
    assert created["StateReason"] == "The function is being created."
    assert "LastUpdateStatus" not in created
    assert state(functions, "f") == ("Active", "Successful")


def test_an_update_is_in_progress_in_its_reply(functions: Any, create: Callable[..., Any]) -> None:
    create()
    for reply in (
        functions.update_function_configuration(FunctionName="f", Timeout=9),
        functions.update_function_code(FunctionName="f", ZipFile=package("x = 1\n")),
    ):
        assert reply["State"] == "Active"
        assert reply["LastUpdateStatus"] == "InProgress"
        assert reply["LastUpdateStatusReasonCode"] == "Creating"
    functions.get_waiter("function_updated_v2").wait(FunctionName="f")


def test_every_change_gives_another_revision(functions: Any, create: Callable[..., Any]) -> None:
    def now() -> str:
        return str(functions.get_function_configuration(FunctionName="f")["RevisionId"])

    arn = create()["FunctionArn"]
    seen = [now()]
    functions.publish_version(FunctionName="f")
    seen.append(now())
    functions.tag_resource(Resource=arn, Tags={"a": "1"})
    seen.append(now())
    functions.update_function_configuration(FunctionName="f", Timeout=9, RevisionId=now())
    seen.append(now())
    assert len(set(seen)) == 4
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    assert now() == seen[-1]


def test_a_version_keeps_its_revision(functions: Any, create: Callable[..., Any]) -> None:
    create()
    published = functions.publish_version(FunctionName="f")
    assert published["State"] == "Active"
    shown = functions.get_function_configuration(FunctionName="f", Qualifier="1")
    assert shown["RevisionId"] == published["RevisionId"]


@pytest.mark.parametrize("operation", ["update_function_code", "publish_version"])
def test_stale_revisions_are_refused(functions: Any, create: Callable[..., Any], operation: str) -> None:
    create()
    code = {"ZipFile": package()} if operation == "update_function_code" else {}
    with pytest.raises(functions.exceptions.PreconditionFailedException, match="Call the GetFunction/GetAlias API"):
        getattr(functions, operation)(FunctionName="f", RevisionId="stale", **code)


def test_lists_leave_states_out(functions: Any, create: Callable[..., Any]) -> None:
    create()
    (listed,) = functions.list_functions()["Functions"]
    (version,) = functions.list_versions_by_function(FunctionName="f")["Versions"]
    for shown in (listed, version):
        assert not {"State", "LastUpdateStatus", "RuntimeVersionConfig"} & shown.keys()
    assert version["FunctionArn"].endswith(":f:$LATEST")


def test_a_function_published_at_once_answers_as_its_version(functions: Any, create: Callable[..., Any]) -> None:
    created = create(Publish=True)
    assert (created["Version"], created["FunctionArn"].rpartition(":")[2]) == ("1", "f")
    assert state(functions, "f", Qualifier="1") == ("Active", "Successful")
    updated = functions.update_function_code(FunctionName="f", ZipFile=package("x = 1\n"), Publish=True)
    assert (updated["Version"], updated["State"]) == ("2", "Pending")


def test_a_slow_function_is_pending_for_a_while(gradual: Aws) -> None:
    client = gradual.client("lambda")
    make(client, "f")
    assert state(client, "f") == ("Pending", None)
    for call in (
        lambda: client.update_function_configuration(FunctionName="f", Timeout=9),
        lambda: client.publish_version(FunctionName="f"),
        lambda: client.invoke(FunctionName="f"),
    ):
        with pytest.raises(client.exceptions.ResourceConflictException, match="following state: Pending"):
            call()
    gradual.advance(3)
    assert state(client, "f") == ("Active", "Successful")
    assert client.invoke(FunctionName="f", Payload=b"1")["Payload"].read() == b"1"


def test_one_slow_update_at_a_time(gradual: Aws) -> None:
    client = gradual.client("lambda")
    arn = make(client, "g")["FunctionArn"]
    gradual.advance(3)
    client.update_function_configuration(FunctionName="g", Timeout=9)
    assert state(client, "g") == ("Active", "InProgress")
    with pytest.raises(client.exceptions.ResourceConflictException) as error:
        client.update_function_code(FunctionName="g", ZipFile=package())
    assert error.value.response["Error"]["Message"] == f"{BUSY} An update is in progress for resource: {arn}"
    gradual.advance(2)
    client.update_function_code(FunctionName="g", ZipFile=package())


def test_slow_versions_are_pending_when_they_need_a_snapshot(gradual: Aws) -> None:
    client = gradual.client("lambda")
    make(client, "h", SnapStart={"ApplyOn": "PublishedVersions"})
    gradual.advance(3)
    published = client.publish_version(FunctionName="h")
    assert published["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}
    assert state(client, "h", Qualifier="1") == ("Pending", None)
    gradual.advance(20)
    assert state(client, "h", Qualifier="1") == ("Active", "Successful")
    latest = client.get_function_configuration(FunctionName="h")
    assert latest["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}


def test_a_stack_waits_for_slow_functions(gradual: Aws) -> None:
    stacks = gradual.client("cloudformation")
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.11",
            "Handler": "index.handler",
            "Role": ROLE,
            "Code": {"ZipFile": "def handler(event, context):\n    return 1\n"},
        },
    }
    version = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "F"}}}
    stacks.create_stack(StackName="slow", TemplateBody=json.dumps({"Resources": {"F": function, "V": version}}))
    for _ in range(12):
        gradual.idle()
        gradual.advance(1)
    gradual.idle()
    assert stacks.describe_stacks(StackName="slow")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"


def test_a_version_that_is_not_there_can_be_deleted(functions: Any, create: Callable[..., Any]) -> None:
    create()
    assert functions.delete_function(FunctionName="f", Qualifier="7")["ResponseMetadata"]["HTTPStatusCode"] == 204
    for qualifier, expected in (
        ("$LATEST", "$LATEST version cannot be deleted without deleting the function."),
        ("live", "Deletion of aliases is not currently supported."),
    ):
        with pytest.raises(ClientError) as error:
            functions.delete_function(FunctionName="f", Qualifier=qualifier)
        assert error.value.response["Error"]["Message"] == expected
