"""CloudWatch Logs as boto3 sees it."""

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def logs(aws: Any) -> Any:
    return aws.client("logs")


def now_ms() -> int:
    return int(time.time() * 1000)


def put(logs: Any, stream: str, *messages: str, at: int | None = None) -> Any:
    start = now_ms() if at is None else at
    events = [{"timestamp": start + n, "message": message} for n, message in enumerate(messages)]
    return logs.put_log_events(logGroupName="g", logStreamName=stream, logEvents=events)


@pytest.fixture
def streams(logs: Any) -> tuple[str, str]:
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="a")
    logs.create_log_stream(logGroupName="g", logStreamName="b")
    return "a", "b"


def test_a_group_can_be_created_once(logs: Any) -> None:
    logs.create_log_group(logGroupName="g", tags={"k": "v"})
    with pytest.raises(ClientError) as error:
        logs.create_log_group(logGroupName="g")
    assert error.value.response["Error"] == {
        "Code": "ResourceAlreadyExistsException",
        "Message": "The specified log group already exists",
    }
    (group,) = logs.describe_log_groups(logGroupNamePrefix="g")["logGroups"]
    assert group["arn"].endswith(":log-group:g:*")
    assert "retentionInDays" not in group
    assert logs.list_tags_log_group(logGroupName="g")["tags"] == {"k": "v"}


def test_groups_are_listed_in_pages_by_name(logs: Any) -> None:
    for name in ("b", "a/2", "a/1", "c"):
        logs.create_log_group(logGroupName=name)
    pages = logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 2})
    assert [group["logGroupName"] for page in pages for group in page["logGroups"]] == ["a/1", "a/2", "b", "c"]
    assert len(logs.describe_log_groups(logGroupNamePrefix="a/")["logGroups"]) == 2
    assert len(logs.describe_log_groups(logGroupNamePattern="/2")["logGroups"]) == 1


def test_missing_groups_and_streams_are_aws_errors(logs: Any) -> None:
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="The specified log group does not exist"):
        logs.create_log_stream(logGroupName="g", logStreamName="a")
    logs.create_log_group(logGroupName="g")
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="The specified log stream does not exist"):
        put(logs, "a", "m")


def test_get_log_events_pages_forward_until_the_token_repeats(logs: Any, streams: tuple[str, str]) -> None:
    put(logs, "a", *[f"m{n}" for n in range(5)])
    seen: list[str] = []
    request = {"logGroupName": "g", "logStreamName": "a", "startFromHead": True, "limit": 2}
    token = None
    while True:
        page = logs.get_log_events(**request, **({"nextToken": token} if token else {}))
        seen += [event["message"] for event in page["events"]]
        if page["nextForwardToken"] == token:
            break
        token = page["nextForwardToken"]
    assert seen == ["m0", "m1", "m2", "m3", "m4"]
    put(logs, "a", "later", at=now_ms() + 1000)
    assert [event["message"] for event in logs.get_log_events(**request, nextToken=token)["events"]] == ["later"]


def test_get_log_events_starts_at_the_end_and_pages_backward(logs: Any, streams: tuple[str, str]) -> None:
    put(logs, "a", *[f"m{n}" for n in range(5)])
    request = {"logGroupName": "g", "logStreamName": "a", "limit": 3}
    last = logs.get_log_events(**request)
    assert [event["message"] for event in last["events"]] == ["m2", "m3", "m4"]
    before = logs.get_log_events(**request, nextToken=last["nextBackwardToken"])
    assert [event["message"] for event in before["events"]] == ["m0", "m1"]
    none = logs.get_log_events(**request, nextToken=before["nextBackwardToken"])
    assert none["events"] == []
    assert none["nextBackwardToken"] == before["nextBackwardToken"]


def test_filter_log_events_interleaves_streams_and_pages(logs: Any, streams: tuple[str, str]) -> None:
    start = now_ms()
    for n in range(6):
        put(logs, "ab"[n % 2], f"ERROR {n}" if n != 3 else "fine", at=start + n)
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="g", filterPattern="ERROR", PaginationConfig={"PageSize": 2}
    )
    assert [event["message"] for page in pages for event in page["events"]] == [f"ERROR {n}" for n in (0, 1, 2, 4, 5)]
    only = logs.filter_log_events(logGroupName="g", logStreamNames=["b"], startTime=start, endTime=start + 3)
    assert [event["message"] for event in only["events"]] == ["ERROR 1", "fine"]


def test_rejected_events_are_reported(logs: Any, streams: tuple[str, str]) -> None:
    reply = put(logs, "a", "old", at=now_ms() - 15 * 86_400_000)
    assert reply["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    assert reply["nextSequenceToken"]


def test_a_retention_hides_and_removes_old_events(aws: Any, logs: Any, streams: tuple[str, str]) -> None:
    put(logs, "a", "m")
    logs.put_retention_policy(logGroupName="g", retentionInDays=1)
    assert logs.filter_log_events(logGroupName="g")["events"]
    aws.advance(2 * 86_400)
    assert logs.filter_log_events(logGroupName="g")["events"] == []
    assert logs.get_log_events(logGroupName="g", logStreamName="a")["events"] == []
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.put_retention_policy(logGroupName="g", retentionInDays=2)


def test_streams_are_listed_by_name_and_by_last_event(logs: Any, streams: tuple[str, str]) -> None:
    put(logs, "b", "1")
    put(logs, "a", "2", at=now_ms() + 5000)
    by_time = logs.describe_log_streams(logGroupName="g", orderBy="LastEventTime", descending=True)["logStreams"]
    assert [stream["logStreamName"] for stream in by_time] == ["a", "b"]
    pages = logs.get_paginator("describe_log_streams").paginate(logGroupName="g", PaginationConfig={"PageSize": 1})
    assert [stream["logStreamName"] for page in pages for stream in page["logStreams"]] == ["a", "b"]


def test_tags_by_arn(logs: Any) -> None:
    logs.create_log_group(logGroupName="g")
    arn = logs.describe_log_groups()["logGroups"][0]["logGroupArn"]
    logs.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    logs.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}


def test_deleting_a_group_deletes_its_events(logs: Any, streams: tuple[str, str]) -> None:
    put(logs, "a", "m")
    logs.delete_log_group(logGroupName="g")
    logs.create_log_group(logGroupName="g")
    assert logs.filter_log_events(logGroupName="g")["events"] == []


def test_groups_are_listed_by_pattern_class_and_tags(logs: Any) -> None:
    for name, tags in (("/aws/lambda/one", {"stage": "prod-1"}), ("/aws/lambda/two", {"stage": "test"}), ("app", {})):
        logs.create_log_group(logGroupName=name, **({"tags": tags} if tags else {}))
    logs.create_log_group(logGroupName="rare", logGroupClass="INFREQUENT_ACCESS")

    def names(**request: Any) -> list[str]:
        return [group["logGroupName"] for group in logs.list_log_groups(**request)["logGroups"]]

    assert names() == ["/aws/lambda/one", "/aws/lambda/two", "app", "rare"]
    assert names(logGroupNamePattern="^/aws/lambda|rare") == ["/aws/lambda/one", "/aws/lambda/two", "rare"]
    assert names(logGroupNamePattern="lambda") == ["/aws/lambda/one", "/aws/lambda/two"]
    assert names(logGroupNamePattern="^lambda") == []
    assert names(logGroupClass="INFREQUENT_ACCESS") == ["rare"]
    assert names(logGroupTags=[{"key": "stage"}]) == ["/aws/lambda/one", "/aws/lambda/two"]
    assert names(logGroupTags=[{"key": "stage", "values": ["prod*"]}]) == ["/aws/lambda/one"]
    assert names(logGroupTags=[{"key": "stage", "values": ["!test"]}]) == ["/aws/lambda/one"]
    (group,) = logs.list_log_groups(logGroupNamePattern="^app")["logGroups"]
    assert group["logGroupClass"] == "STANDARD"
    assert group["logGroupArn"].endswith(":log-group:app")
    page = logs.list_log_groups(limit=3)
    assert len(page["logGroups"]) == 3
    assert names(limit=3, nextToken=page["nextToken"]) == ["rare"]
    for problem in ({"includeLinkedAccounts": True}, {"fieldIndexNames": ["f"]}):
        with pytest.raises(ClientError) as refused:
            logs.list_log_groups(**problem)
        assert refused.value.response["Error"]["Code"] == "NotImplemented"
    with pytest.raises(ClientError) as refused:
        logs.list_log_groups(logGroupNamePattern="(abc")
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"


def test_only_protected_groups_say_so(logs: Any) -> None:
    logs.create_log_group(logGroupName="g")
    assert "deletionProtectionEnabled" not in logs.describe_log_groups()["logGroups"][0]
    logs.put_log_group_deletion_protection(logGroupIdentifier="g", deletionProtectionEnabled=True)
    assert logs.describe_log_groups()["logGroups"][0]["deletionProtectionEnabled"] is True
