"""Pipes through API destinations and routes of APIs."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from queues import Queue, refusal
from tests.aws.events.test_targets import Site
from tests.aws.pipes.conftest import Pipes


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


def make_destination(aws: Any, url: str) -> str:
    events = aws.client("events")
    secret = {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"}}
    connection = events.create_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=secret)
    made = events.create_api_destination(
        Name="d", ConnectionArn=connection["ConnectionArn"], InvocationEndpoint=url, HttpMethod="POST"
    )
    return str(made["ApiDestinationArn"])


def test_an_api_destination_enriches_and_another_request_goes_to_it_as_a_target(
    aws: Any, pipes: Pipes, site: Site, source: Queue, target: Queue
) -> None:
    destination = make_destination(aws, f"{site.url}/items/*")
    site.answers.append((200, '{"price": 5}'))
    pipes.make(
        source.arn,
        target.arn,
        Enrichment=destination,
        EnrichmentParameters={
            "InputTemplate": '{"id": <$.body.id>}',
            "HttpParameters": {
                "PathParameterValues": ["$.body.id"],
                "HeaderParameters": {"x-own": "$.body.kind"},
                "QueryStringParameters": {"q": "1"},
            },
        },
        TargetParameters={"InputTemplate": "<$.price>"},
    )
    source.send({"id": "i7", "kind": "k"})
    aws.idle()
    ((method, path, headers, body),) = site.requests
    assert (method, path, json.loads(body)) == ("POST", "/items/i7?q=1", {"id": "i7"})
    headers = {name.lower(): value for name, value in headers.items()}
    assert (headers["x-key"], headers["x-own"]) == ("secret", "k")
    assert target.texts() == ["5"]
    other = Queue(aws, "other")
    pipes.make(other.arn, destination, "out", TargetParameters={"InputTemplate": "<$.body>"})
    shown = pipes.client.describe_pipe(Name="out")
    assert shown["SourceParameters"]["SqsQueueParameters"]["BatchSize"] == 1
    other.send({"n": 1})
    aws.idle()
    assert site.requests[-1][3] == '{"n":1}'


def test_a_refusal_by_the_other_side_counts_as_a_failure_of_the_batch(
    aws: Any, pipes: Pipes, site: Site, target: Queue
) -> None:
    letters = Queue(aws, "letters")
    redrive = json.dumps({"deadLetterTargetArn": letters.arn, "maxReceiveCount": 2})
    source = Queue(aws, "some", RedrivePolicy=redrive, VisibilityTimeout="5")
    site.answers += [(500, "no"), (400, "no")]
    pipes.make(source.arn, make_destination(aws, site.url), TargetParameters={"InputTemplate": "<$.body>"})
    source.send("x")
    aws.idle()
    aws.advance(60)
    assert letters.texts() == ["x"]
    assert len(site.requests) == 2


def test_a_target_that_takes_one_event_allows_no_batches(aws: Any, pipes: Pipes, site: Site, source: Queue) -> None:
    code, message = refusal(
        pipes.client.create_pipe,
        Name="x",
        Source=source.arn,
        Target=make_destination(aws, site.url),
        RoleArn=f"arn:aws:iam::{aws.account}:role/r",
        SourceParameters={"SqsQueueParameters": {"BatchSize": 2}},
    )
    assert code == "ValidationException"
    assert "BatchSize must be at most 1" in message


def test_a_route_of_an_api_answers_for_an_enrichment(aws: Any, pipes: Pipes, source: Queue, target: Queue) -> None:
    function = pipes.function("route", "return {'got': json.loads(event['body'])}")
    apis = aws.client("apigatewayv2")
    api = apis.create_api(Name="api", ProtocolType="HTTP", Target=function)["ApiId"]
    arn = f"arn:aws:execute-api:{aws.region}:{aws.account}:{api}/$default/POST/in"
    pipes.make(
        source.arn,
        target.arn,
        Enrichment=arn,
        EnrichmentParameters={"InputTemplate": "<$.body>"},
        TargetParameters={"InputTemplate": "<$.got.n>"},
    )
    source.send({"n": 8})
    aws.idle()
    assert target.texts() == ["8"]
