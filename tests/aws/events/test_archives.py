"""Archives and replays."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.aws.events.conftest import entry


def replay(aws, events, name="again", **destination):
    archive = events.list_archives()["Archives"][0]
    source = archive["EventSourceArn"]
    events.start_replay(
        ReplayName=name,
        EventSourceArn=f"arn:aws:events:us-east-1:{aws.account}:archive/{archive['ArchiveName']}",
        EventStartTime=aws.clock.now() - 86_400,
        EventEndTime=aws.clock.now() + 60,
        Destination={"Arn": source, **destination},
    )
    aws.idle()
    return events.describe_replay(ReplayName=name)


def test_archived_events_come_again(aws, events, queue, rule, taken):
    arn, url = queue()
    other_arn, other_url = queue("other")
    bus = events.create_event_bus(Name="b")["EventBusArn"]
    wanted = rule("r", {"Arn": arn}, pattern={"source": [{"prefix": ""}]}, bus="b")
    rule("s", {"Arn": other_arn}, pattern={"replay-name": ["again"]}, bus="b")
    pattern = json.dumps({"source": ["keep"]})
    made = events.create_archive(ArchiveName="a", EventSourceArn=bus, EventPattern=pattern, RetentionDays=3)
    assert made["State"] == "ENABLED"
    for number in range(12):
        events.put_events(Entries=[entry({"n": number}, source=["keep", "drop"][number % 2], EventBusName="b")])
    first = {json.loads(message["Body"])["id"] for message in taken(url)}
    assert len(first) == 12
    shown = events.describe_archive(ArchiveName="a")
    assert (shown["EventCount"], shown["RetentionDays"]) == (6, 3)
    assert shown["SizeBytes"] > 600
    done = replay(aws, events, FilterArns=[wanted])
    assert done["State"] == "COMPLETED"
    again = [json.loads(message["Body"]) for message in taken(url)]
    assert {event["replay-name"] for event in again} == {"again"}
    assert len(again) == 6
    assert {event["id"] for event in again} <= first
    assert taken(other_url) == []
    replay(aws, events, "once-more")
    assert len(taken(url)) == 6
    assert events.describe_archive(ArchiveName="a")["EventCount"] == 6, "replays are not archived again"
    assert [each["ReplayName"] for each in events.list_replays()["Replays"]] == ["again", "once-more"]


def test_archived_events_go_when_their_time_is_up(aws, events):
    bus = events.describe_event_bus()["Arn"]
    events.create_archive(ArchiveName="a", EventSourceArn=bus, RetentionDays=1)
    events.put_events(Entries=[entry()])
    aws.advance(86_000)
    assert events.describe_archive(ArchiveName="a")["EventCount"] == 1
    aws.advance(4000)
    assert events.describe_archive(ArchiveName="a")["EventCount"] == 0
    events.update_archive(ArchiveName="a", RetentionDays=0)
    events.put_events(Entries=[entry()])
    aws.advance(10 * 86_400)
    assert events.describe_archive(ArchiveName="a")["EventCount"] == 1


def test_an_archive_is_fed_by_a_managed_rule(events):
    bus = events.describe_event_bus()["Arn"]
    events.create_archive(ArchiveName="a", EventSourceArn=bus)
    (rule,) = events.list_rules()["Rules"]
    assert (rule["Name"], rule["ManagedBy"]) == ("Events-Archive-a", "prod.vhs.events.aws.internal")
    assert json.loads(rule["EventPattern"]) == {"replay-name": [{"exists": False}]}
    with pytest.raises(ClientError) as refused:
        events.delete_rule(Name=rule["Name"])
    assert refused.value.response["Error"]["Code"] == "ManagedRuleException"
    events.delete_archive(ArchiveName="a")
    assert events.list_rules()["Rules"] == []


def test_archives_and_replays_that_are_wrong_are_refused(aws, events):
    def refused(operation, code, message, **request):
        with pytest.raises(ClientError) as error:
            getattr(events, operation)(**request)
        assert error.value.response["Error"]["Code"] == code
        assert message in error.value.response["Error"]["Message"]

    bus = events.describe_event_bus()["Arn"]
    missing = {"ArchiveName": "none"}
    for operation in ("describe_archive", "update_archive", "delete_archive"):
        refused(operation, "ResourceNotFoundException", "Archive none does not exist.", **missing)
    refused("create_archive", "ResourceNotFoundException", "does not exist", **missing, EventSourceArn=bus + "x")
    refused("create_archive", "InvalidEventPatternException", "", **missing, EventSourceArn=bus, EventPattern="[]")
    events.create_archive(ArchiveName="a", EventSourceArn=bus)
    refused("create_archive", "ResourceAlreadyExistsException", "", ArchiveName="a", EventSourceArn=bus)
    for operation in ("describe_replay", "cancel_replay"):
        refused(operation, "ResourceNotFoundException", "Replay none does not exist.", ReplayName="none")
    other = events.create_event_bus(Name="b")["EventBusArn"]
    request = {
        "ReplayName": "r",
        "EventSourceArn": f"arn:aws:events:us-east-1:{aws.account}:archive/a",
        "EventStartTime": 100,
        "EventEndTime": 200,
        "Destination": {"Arn": bus},
    }
    cross = "Cross event bus replay is not permitted."
    refused("start_replay", "ValidationException", cross, **request | {"Destination": {"Arn": other}})
    refused("start_replay", "ValidationException", "before EventEndTime", **request | {"EventEndTime": 50})
    gone = request["EventSourceArn"] + "x"
    refused("start_replay", "ValidationException", "Archive ax does not exist", **request | {"EventSourceArn": gone})
    events.start_replay(**request)
    refused("start_replay", "ResourceAlreadyExistsException", "", **request)
    aws.idle()
    refused("cancel_replay", "IllegalStatusException", "", ReplayName="r")
