"""PutEvents, and what rules bring to their targets."""

import json
import urllib.error
import urllib.request

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.aws.events.conftest import entry, zipped


def test_an_event_reaches_the_targets_of_the_rules_that_it_matches(aws, events, queue, rule, taken):
    arn, url = queue()
    other_arn, other_url = queue("other")
    rule("sold", {"Arn": arn}, pattern={"source": ["shop"], "detail": {"price": [{"numeric": [">", 5]}]}})
    rule("all", {"Arn": other_arn}, pattern={"source": [{"prefix": ""}]})
    reply = events.put_events(
        Entries=[
            entry({"price": 6}, Resources=["arn:aws:s3:::b"], Time=1_700_000_000),
            entry({"price": 4}),
        ]
    )
    assert reply["FailedEntryCount"] == 0
    (message,) = taken(url)
    assert json.loads(message["Body"]) == {
        "version": "0",
        "id": reply["Entries"][0]["EventId"],
        "detail-type": "order",
        "source": "shop",
        "account": aws.account,
        "time": "2023-11-14T22:13:20Z",
        "region": "us-east-1",
        "resources": ["arn:aws:s3:::b"],
        "detail": {"price": 6},
    }
    assert len(taken(other_url)) == 2


def test_an_entry_that_is_wrong_fails_alone(events, queue, rule, taken):
    arn, url = queue()
    rule("all", {"Arn": arn}, pattern={"source": [{"prefix": ""}]})
    reply = events.put_events(
        Entries=[
            {"DetailType": "t", "Detail": "{}"},
            {"Source": "s", "Detail": "{}"},
            {"Source": "s", "DetailType": "t"},
            {"Source": "s", "DetailType": "t", "Detail": "[]"},
            {"Source": "s", "DetailType": "t", "Detail": "{"},
            {"Source": "aws.s3", "DetailType": "t", "Detail": "{}"},
            entry({"is": "good"}),
        ]
    )
    missing = "Parameter {0} is not valid. Reason: {0} is a required argument."
    assert reply["FailedEntryCount"] == 6
    assert [(each.get("ErrorCode"), each.get("ErrorMessage")) for each in reply["Entries"]] == [
        ("InvalidArgument", missing.format("Source")),
        ("InvalidArgument", missing.format("DetailType")),
        ("InvalidArgument", missing.format("Detail")),
        ("MalformedDetail", "Detail is malformed."),
        ("MalformedDetail", "Detail is malformed."),
        ("NotAuthorizedForSourceException", "Not authorized for the source."),
        (None, None),
    ]
    assert len(taken(url)) == 1


@pytest.mark.parametrize("count", [0, 11])
def test_a_request_has_one_to_ten_entries(aws, count):
    events = aws.client("events", config=Config(parameter_validation=False))
    with pytest.raises(ClientError, match="at 'entries' failed to satisfy constraint: Member must have length"):
        events.put_events(Entries=[entry() for _ in range(count)])


def test_a_request_is_no_larger_than_a_mebibyte(events):
    events.put_events(Entries=[entry({"pad": "x" * 1_000_000})])
    with pytest.raises(ClientError, match="Total size of the entries in the request is over the limit"):
        events.put_events(Entries=[entry({"pad": "x" * 600_000}) for _ in range(2)])


def test_an_event_for_a_bus_that_is_not_there_is_accepted_and_lost(events):
    reply = events.put_events(Entries=[entry(EventBusName="nowhere")])
    assert reply["FailedEntryCount"] == 0
    assert reply["Entries"][0]["EventId"]


def test_a_change_of_a_rule_counts_for_the_next_event(events, queue, rule, taken):
    arn, url = queue()
    rule("r", {"Arn": arn}, pattern={"source": ["one"]})
    events.put_events(Entries=[entry(source="one"), entry(source="two")])
    assert len(taken(url)) == 1
    rule("r", pattern={"source": ["two"]})
    events.put_events(Entries=[entry(source="one"), entry(source="two")])
    (message,) = taken(url)
    assert json.loads(message["Body"])["source"] == "two"
    events.disable_rule(Name="r")
    events.put_events(Entries=[entry(source="two")])
    assert taken(url) == []
    events.enable_rule(Name="r")
    events.remove_targets(Rule="r", Ids=["0"])
    events.put_events(Entries=[entry(source="two")])
    assert taken(url) == []


def test_a_function_gets_the_event(aws, events, queue, rule, taken):
    _, url = queue()
    code = "import json, os, boto3\ndef handler(event, context):\n"
    code += " boto3.client('sqs').send_message(QueueUrl=os.environ['URL'], MessageBody=json.dumps(event))\n"
    function = aws.client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.11",
        Handler="app.handler",
        Role=f"arn:aws:iam::{aws.account}:role/worker",
        Code={"ZipFile": zipped(code)},
        Environment={"Variables": {"URL": url}},
        Timeout=30,
    )["FunctionArn"]
    transformer = {"InputPathsMap": {"x": "$.detail.x"}, "InputTemplate": '{"x": <x>}'}
    rule("r", {"Arn": function}, {"Arn": function, "InputTransformer": transformer}, pattern={"source": ["shop"]})
    events.put_events(Entries=[entry({"x": "hey"})])
    found = sorted((json.loads(message["Body"]) for message in taken(url)), key=len)
    assert found[0] == {"x": "hey"}
    assert found[1]["detail"] == {"x": "hey"}


def test_an_event_finds_its_rule_among_many(events, queue, rule, taken):
    arn, url = queue()
    for number in range(60):
        rule(f"r{number}", {"Arn": arn}, pattern={"source": ["shop"], "detail": {"id": [number]}})
    events.put_events(Entries=[entry({"id": number}) for number in range(10)])
    assert len(taken(url)) == 10


def test_a_trace_goes_along(events, queue, rule, taken):
    arn, url = queue()
    rule("r", {"Arn": arn}, pattern={"source": ["shop"]})
    trace = "Root=1-5f84c7a3-e7d1852d8db8c4fd35d88bf4"
    events.put_events(Entries=[entry(TraceHeader=trace)])
    (message,) = taken(url)
    assert message["Attributes"]["AWSTraceHeader"].startswith(trace)


def test_global_endpoints_are_refused_by_name(aws):
    body = json.dumps({"EndpointId": "abc.def", "Entries": [entry()]}).encode()
    headers = {"X-Amz-Target": "AWSEvents.PutEvents", "Content-Type": "application/x-amz-json-1.1"}
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={aws.account}/20260101/us-east-1/events/aws4_request, SignedHeaders=host,"
        f" Signature={'0' * 64}"
    )
    http = urllib.request.Request(aws.endpoint, body, headers, method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(http)
    assert b"global endpoints" in refused.value.read()
