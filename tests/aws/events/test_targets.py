"""Targets of every kind, their inputs, retries and dead letters."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.aws.events.conftest import entry

SHOP = {"source": ["shop"]}


class Site:
    """An HTTP server that remembers requests and answers as it is told."""

    def __init__(self):
        self.requests, self.answers = [], []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                site.requests.append((self.command, self.path, dict(self.headers), body))
                status, text = site.answers.pop(0) if site.answers else (200, "{}")
                self.send_response(status)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = do_PUT = answer  # noqa: N815

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def site():
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


def test_a_queue_a_topic_and_a_stream_get_events(aws, events, queue, rule, taken):
    fifo, fifo_url = queue("q.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    arn, url = queue()
    sns, kinesis = aws.client("sns"), aws.client("kinesis")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    kinesis.create_stream(StreamName="stream", ShardCount=1)
    aws.idle()
    stream = f"arn:aws:kinesis:us-east-1:{aws.account}:stream/stream"
    role = {"RoleArn": f"arn:aws:iam::{aws.account}:role/r"}
    rule(
        "r",
        {"Arn": fifo, "SqsParameters": {"MessageGroupId": "g"}, "Input": '{"constant": 1}'},
        {"Arn": topic, "InputPath": "$.detail"},
        {"Arn": stream, **role, "KinesisParameters": {"PartitionKeyPath": "$.detail.key"}},
        pattern=SHOP,
    )
    events.put_events(Entries=[entry({"key": "k1"})])
    (message,) = taken(fifo_url)
    assert (message["Body"], message["Attributes"]["MessageGroupId"]) == ('{"constant": 1}', "g")
    (message,) = taken(url)
    assert json.loads(message["Body"]) == {"key": "k1"}
    iterator = kinesis.get_shard_iterator(
        StreamName="stream", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )
    (record,) = kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    assert record["PartitionKey"] == "k1"
    assert json.loads(record["Data"])["detail"] == {"key": "k1"}


def test_a_log_group_gets_events_as_lines(aws, events, rule):
    logs = aws.client("logs")
    logs.create_log_group(logGroupName="/aws/events/all")
    arn = f"arn:aws:logs:us-east-1:{aws.account}:log-group:/aws/events/all"
    transformer = {
        "InputPathsMap": {"x": "$.detail.x"},
        "InputTemplate": '{"timestamp": 1700000000000, "message": "it is <x>"}',
    }
    rule("r", {"Arn": arn}, {"Arn": arn, "InputTransformer": transformer}, pattern=SHOP)
    events.put_events(Entries=[entry({"x": 1})])
    aws.idle()
    lines = sorted(each["message"] for each in logs.filter_log_events(logGroupName="/aws/events/all")["events"])
    assert lines[0] == "it is 1"
    assert json.loads(lines[1])["detail"] == {"x": 1}


def test_another_bus_of_another_account_and_region_gets_the_event_as_it_is(aws, events, queue, rule, taken):
    arn, url = queue()
    other = str(int(aws.account) - 1)
    theirs = aws.client("events", aws_access_key_id=other, aws_secret_access_key="test", region_name="eu-west-1")
    bus = theirs.create_event_bus(Name="theirs")["EventBusArn"]
    theirs.put_rule(Name="r", EventBusName="theirs", EventPattern=json.dumps({"account": [aws.account]}))
    theirs.put_targets(Rule="r", EventBusName="theirs", Targets=[{"Id": "1", "Arn": arn}])
    rule("r", {"Arn": bus}, pattern=SHOP)
    reply = events.put_events(Entries=[entry({"x": 1})])
    (message,) = taken(url)
    event = json.loads(message["Body"])
    assert (event["id"], event["account"], event["region"]) == (
        reply["Entries"][0]["EventId"],
        aws.account,
        "us-east-1",
    )


def test_an_event_is_not_sent_on_to_a_third_account(aws, events, queue, rule, taken):
    letters, url = queue("letters")
    accounts = [str(int(aws.account) - number) for number in (1, 2)]
    clients = [aws.client("events", aws_access_key_id=account, aws_secret_access_key="test") for account in accounts]
    buses = [client.create_event_bus(Name="b")["EventBusArn"] for client in clients]
    clients[0].put_rule(Name="on", EventBusName="b", EventPattern='{"source": ["shop"]}')
    onward = {"Id": "1", "Arn": buses[1], "DeadLetterConfig": {"Arn": letters}}
    clients[0].put_targets(Rule="on", EventBusName="b", Targets=[onward])
    rule("r", {"Arn": buses[0]}, pattern=SHOP)
    events.put_events(Entries=[entry()])
    (letter,) = taken(url)
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "THIRD_ACCOUNT_HOP_DETECTED"


def test_what_can_not_be_delivered_goes_to_the_dead_letter_queue_at_once(aws, events, queue, rule, taken):
    letters, url = queue("letters")
    gone = f"arn:aws:sqs:us-east-1:{aws.account}:gone"
    ecs = f"arn:aws:ecs:us-east-1:{aws.account}:cluster/c"
    config = {"DeadLetterConfig": {"Arn": letters}}
    task = {"RoleArn": "arn:aws:iam::1:role/r", "EcsParameters": {"TaskDefinitionArn": "arn:aws:ecs:::t"}}
    arn = rule("r", {"Arn": gone, **config}, {"Arn": ecs, **task, **config}, pattern=SHOP)
    events.put_events(Entries=[entry({"x": 1})])
    found = {message["MessageAttributes"]["TARGET_ARN"]["StringValue"]: message for message in taken(url)}
    assert json.loads(found[gone]["Body"])["detail"] == {"x": 1}
    attributes = {name: value["StringValue"] for name, value in found[gone]["MessageAttributes"].items()}
    assert attributes.pop("ERROR_MESSAGE")
    assert attributes == {"ERROR_CODE": "NO_RESOURCE", "RULE_ARN": arn, "TARGET_ARN": gone}
    attributes = {name: value["StringValue"] for name, value in found[ecs]["MessageAttributes"].items()}
    assert attributes["ERROR_CODE"] == "SDK_CLIENT_ERROR"
    assert "ecs" in attributes["ERROR_MESSAGE"]


def test_targets_of_services_that_are_not_here_are_refused_by_name(aws, events, queue, rule, taken):
    letters, url = queue("letters")
    common = {"DeadLetterConfig": {"Arn": letters}, "RoleArn": "arn:aws:iam::1:role/r"}
    batch = {"BatchParameters": {"JobDefinition": "d", "JobName": "n"}}
    absent = {
        "batch:us-east-1:123456789012:job-queue/q": batch,
        "codebuild:us-east-1:123456789012:project/p": {},
        "codepipeline:us-east-1:123456789012:p": {},
        "redshift:us-east-1:123456789012:cluster:c": {},
        "sagemaker:us-east-1:123456789012:pipeline/p": {},
    }
    rule("r", *[{"Arn": f"arn:aws:{arn}", **own, **common} for arn, own in absent.items()], pattern=SHOP)
    events.put_events(Entries=[entry()])
    found = {message["MessageAttributes"]["TARGET_ARN"]["StringValue"]: message for message in taken(url)}
    assert found.keys() == {f"arn:aws:{arn}" for arn in absent}
    for arn, message in found.items():
        attributes = message["MessageAttributes"]
        assert attributes["ERROR_CODE"]["StringValue"] == "SDK_CLIENT_ERROR"
        assert arn.split(":")[2] in attributes["ERROR_MESSAGE"]["StringValue"]


@pytest.fixture
def destination(events, site):
    def make(kind, parameters, **options):
        connection = events.create_connection(Name="c", AuthorizationType=kind, AuthParameters=parameters)
        return events.create_api_destination(
            Name="d",
            ConnectionArn=connection["ConnectionArn"],
            InvocationEndpoint=options.pop("endpoint", f"{site.url}/in"),
            HttpMethod="POST",
            **options,
        )["ApiDestinationArn"]

    return make


ROLE = {"RoleArn": "arn:aws:iam::000000000000:role/r"}
KEY = {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"}}


def test_an_api_destination_is_called_with_its_key_and_parameters(aws, events, rule, site, destination):
    extra = {
        "HeaderParameters": [{"Key": "x-fixed", "Value": "1", "IsValueSecret": True}],
        "QueryStringParameters": [{"Key": "q", "Value": "a b"}],
        "BodyParameters": [{"Key": "added", "Value": "yes"}],
    }
    arn = destination("API_KEY", {**KEY, "InvocationHttpParameters": extra}, endpoint=f"{site.url}/in/*/end")
    http = {"PathParameterValues": ["one"], "HeaderParameters": {"x-more": "2"}, "QueryStringParameters": {"r": "s"}}
    rule("r", {"Arn": arn, **ROLE, "HttpParameters": http, "InputPath": "$.detail"}, pattern=SHOP)
    events.put_events(Entries=[entry({"x": 1})])
    aws.idle()
    ((method, path, headers, body),) = site.requests
    assert (method, path) == ("POST", "/in/one/end?r=s&q=a+b")
    assert (headers["x-key"], headers["x-fixed"], headers["x-more"]) == ("secret", "1", "2")
    assert headers["User-Agent"] == "Amazon/EventBridge/ApiDestinations"
    assert json.loads(body) == {"x": 1, "added": "yes"}
    shown = events.describe_connection(Name="c")["AuthParameters"]
    assert shown["ApiKeyAuthParameters"] == {"ApiKeyName": "x-key"}
    assert shown["InvocationHttpParameters"]["HeaderParameters"] == [{"Key": "x-fixed", "IsValueSecret": True}]


def test_an_api_destination_is_called_with_a_password(aws, events, rule, site, destination):
    basic = {"BasicAuthParameters": {"Username": "user", "Password": "pass"}}
    rule("r", {"Arn": destination("BASIC", basic), **ROLE}, pattern=SHOP)
    events.put_events(Entries=[entry()])
    aws.idle()
    assert site.requests[0][2]["Authorization"] == "Basic dXNlcjpwYXNz"
    events.update_connection(Name="c", AuthParameters={"BasicAuthParameters": {"Password": "other"}})
    events.put_events(Entries=[entry()])
    aws.idle()
    assert site.requests[1][2]["Authorization"] == "Basic dXNlcjpvdGhlcg=="


def test_an_api_destination_is_called_with_a_token_that_is_kept(aws, events, rule, site, destination):
    oauth = {
        "OAuthParameters": {
            "ClientParameters": {"ClientID": "me", "ClientSecret": "mine"},
            "AuthorizationEndpoint": f"{site.url}/token",
            "HttpMethod": "POST",
            "OAuthHttpParameters": {"BodyParameters": [{"Key": "scope", "Value": "all"}]},
        }
    }
    site.answers = [(200, '{"access_token": "t1", "token_type": "Bearer", "expires_in": 3600}')]
    rule("r", {"Arn": destination("OAUTH_CLIENT_CREDENTIALS", oauth), **ROLE}, pattern=SHOP)
    for _ in range(2):
        events.put_events(Entries=[entry()])
        aws.idle()
    (token, first, second) = site.requests
    assert token[1] == "/token"
    assert token[3] == "client_id=me&client_secret=mine&scope=all&grant_type=client_credentials"
    assert first[2]["Authorization"] == second[2]["Authorization"] == "Bearer t1"


def test_a_failing_api_destination_is_tried_again_and_given_up_as_its_policy_says(
    aws, events, queue, rule, taken, site, destination
):
    letters, url = queue("letters")
    policy = {"RetryPolicy": {"MaximumRetryAttempts": 2}, "DeadLetterConfig": {"Arn": letters}}
    arn = rule("r", {"Arn": destination("API_KEY", KEY), **ROLE, **policy}, pattern=SHOP)
    site.answers = [(500, "no"), (429, "later"), (200, "{}")]
    events.put_events(Entries=[entry()])
    aws.idle()
    assert len(site.requests) == 1
    aws.advance(60)
    assert len(site.requests) == 3
    assert taken(url) == []
    site.answers = [(500, "no")] * 3
    events.put_events(Entries=[entry()])
    aws.advance(60)
    (letter,) = taken(url)
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert "api-destination/d/" in attributes.pop("TARGET_ARN")
    assert attributes == {
        "ERROR_CODE": "ERROR_FROM_TARGET",
        "ERROR_MESSAGE": "The target answered 500: no",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "RETRY_ATTEMPTS": "2",
        "RULE_ARN": arn,
    }
    site.answers = [(400, "never")]
    events.put_events(Entries=[entry()])
    (letter,) = taken(url)
    assert "EXHAUSTED_RETRY_CONDITION" not in letter["MessageAttributes"]


def test_an_api_destination_is_called_no_faster_than_its_rate(aws, events, rule, site, destination):
    rule("r", {"Arn": destination("API_KEY", KEY, InvocationRateLimitPerSecond=2), **ROLE}, pattern=SHOP)
    events.put_events(Entries=[entry() for _ in range(6)])
    aws.idle()
    assert len(site.requests) == 2
    aws.advance(3)
    assert len(site.requests) == 6


def test_an_api_is_called(aws, events, rule, site):
    apis = aws.client("apigatewayv2")
    api = apis.create_api(Name="a", ProtocolType="HTTP")["ApiId"]
    integration = apis.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="POST",
        IntegrationUri=f"{site.url}/behind",
        PayloadFormatVersion="1.0",
    )["IntegrationId"]
    apis.create_route(ApiId=api, RouteKey="POST /in", Target=f"integrations/{integration}")
    apis.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    aws.idle()
    arn = f"arn:aws:execute-api:us-east-1:{aws.account}:{api}/$default/POST/in"
    rule("r", {"Arn": arn, "HttpParameters": {"QueryStringParameters": {"q": "1"}}}, pattern=SHOP)
    events.put_events(Entries=[entry({"x": 1})])
    aws.idle()
    ((method, path, _, body),) = site.requests
    assert (method, path) == ("POST", "/behind?q=1")
    assert json.loads(body)["detail"] == {"x": 1}
