"""The links of notifications, where signatures are enforced."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from serein.testing import ServerProcess
from tests.aws.sns.test_http_subscribers import Endpoint, follow

ROOT = ("AKIAROOT000000000001", "root/secret+1")


@pytest.fixture
def server(tmp_path: Any) -> Iterator[ServerProcess]:
    settings = {"auth": "on", "root_access_key_id": ROOT[0], "root_secret_access_key": ROOT[1], "clock": "system"}
    server = ServerProcess(tmp_path, settings)
    yield server
    server.stop()


def next_message(endpoint: Endpoint, kind: str) -> dict[str, Any]:
    """The next message of a kind that the endpoint gets; the server's clock is real."""
    while True:
        _, body = endpoint.wait()
        if json.loads(body)["Type"] == kind:
            found: dict[str, Any] = json.loads(body)
            return found


def test_the_links_of_notifications_need_no_signature(server: ServerProcess) -> None:
    endpoint = Endpoint()
    sns = boto3.client(
        "sns",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=ROOT[0],
        aws_secret_access_key=ROOT[1],
    )
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    follow(next_message(endpoint, "SubscriptionConfirmation")["SubscribeURL"])
    sns.publish(TopicArn=topic, Message="x")
    follow(next_message(endpoint, "Notification")["UnsubscribeURL"])
    assert sns.list_subscriptions()["Subscriptions"] == []
    follow(next_message(endpoint, "UnsubscribeConfirmation")["SubscribeURL"])
    assert len(sns.list_subscriptions()["Subscriptions"]) == 1
    with pytest.raises(urllib.error.HTTPError) as refused:
        follow(f"{server.endpoint}/?Action=ListTopics&Version=2010-03-31")
    assert refused.value.code == 403
    endpoint.close()
