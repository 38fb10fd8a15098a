"""HTTP endpoints that are subscribed to topics."""

import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from botocore.exceptions import ClientError


class Endpoint:
    """An HTTP server that remembers what it is sent, and answers with the statuses it is told, 200 after those."""

    def __init__(self):
        seen, statuses = self.seen, self.statuses = [], []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                seen.append((self.headers, body))
                self.send_response(statuses.pop(0) if statuses else 200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/news"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def endpoint():
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()


@pytest.fixture
def sns(aws):
    return aws.client("sns")


@pytest.fixture
def topic(sns):
    return sns.create_topic(Name="news")["TopicArn"]


def confirmed(aws, sns, topic, endpoint, **attributes):
    """Subscribe the endpoint, confirm with the token that it is sent, and forget that message."""
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url, Attributes=attributes)
    aws.idle()
    token = json.loads(endpoint.seen.pop()[1])["Token"]
    return sns.confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"]


def test_an_endpoint_is_asked_and_gets_nothing_before_it_confirms(aws, sns, topic, endpoint):
    reply = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    assert reply["SubscriptionArn"] == "pending confirmation"
    sns.publish(TopicArn=topic, Message="too early")
    aws.idle()
    ((headers, body),) = endpoint.seen
    message = json.loads(body)
    assert message["Type"] == headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert message["TopicArn"] == headers["x-amz-sns-topic-arn"] == topic
    assert headers["x-amz-sns-message-id"] == message["MessageId"]
    assert message["Token"] in message["SubscribeURL"]


def test_following_the_subscribe_url_confirms(aws, sns, topic, endpoint):
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    aws.idle()
    with urllib.request.urlopen(json.loads(endpoint.seen.pop()[1])["SubscribeURL"]) as reply:
        assert b"<SubscriptionArn>" in reply.read()
    sent = sns.publish(TopicArn=topic, Message="hello")
    aws.idle()
    ((headers, body),) = endpoint.seen
    notification = json.loads(body)
    assert (notification["Type"], notification["Message"]) == ("Notification", "hello")
    assert notification["MessageId"] == sent["MessageId"]
    assert headers["content-type"] == "text/plain; charset=UTF-8"


def test_a_second_subscribe_asks_again(aws, sns, topic, endpoint):
    for _ in range(2):
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
        aws.idle()
    assert len(endpoint.seen) == 2


def test_raw_delivery_sends_the_text_alone(aws, sns, topic, endpoint):
    arn = confirmed(aws, sns, topic, endpoint, RawMessageDelivery="true")
    sns.publish(TopicArn=topic, Message="hello")
    aws.idle()
    ((headers, body),) = endpoint.seen
    assert body == "hello"
    assert (headers["x-amz-sns-rawdelivery"], headers["x-amz-sns-subscription-arn"]) == ("true", arn)


def test_a_delivery_policy_says_the_retries_and_the_content_type(aws, sns, topic, endpoint):
    policy = {
        "healthyRetryPolicy": {"numRetries": 2, "numNoDelayRetries": 2},
        "requestPolicy": {"headerContentType": "application/json"},
    }
    confirmed(aws, sns, topic, endpoint, DeliveryPolicy=json.dumps(policy))
    endpoint.statuses += [500, 429]
    sns.publish(TopicArn=topic, Message="hello")
    aws.idle()
    assert [headers["content-type"] for headers, _ in endpoint.seen] == ["application/json"] * 3


@pytest.mark.parametrize(("statuses", "attempts"), [([404], 1), ([500, 500], 2)])
def test_a_message_that_is_given_up_goes_to_the_dead_letter_queue(aws, sns, topic, endpoint, statuses, attempts):
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"healthyRetryPolicy": {"numRetries": 1, "numNoDelayRetries": 1}}
    redrive = json.dumps({"deadLetterTargetArn": arn})
    confirmed(aws, sns, topic, endpoint, DeliveryPolicy=json.dumps(policy), RedrivePolicy=redrive)
    endpoint.statuses += statuses
    sns.publish(TopicArn=topic, Message="hello")
    aws.idle()
    assert len(endpoint.seen) == attempts
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["Message"] == "hello"


@pytest.mark.parametrize(
    "healthy",
    [
        {"numRetries": 101},
        {"minDelayTarget": 0},
        {"minDelayTarget": 30, "maxDelayTarget": 20},
        {"backoffFunction": "quadratic"},
        {"numRetries": 1, "numNoDelayRetries": 2},
        {"numRetries": 3, "minDelayTarget": 3600, "maxDelayTarget": 3600},
        {"numRetries": "3"},
        {"unknown": 1},
    ],
)
def test_a_delivery_policy_out_of_bounds_is_refused(sns, topic, healthy):
    policy = json.dumps({"http": {"defaultHealthyRetryPolicy": healthy}})
    with pytest.raises(ClientError) as caught:
        sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=policy)
    assert caught.value.response["Error"]["Code"] == "InvalidParameter"


@pytest.mark.parametrize(
    ("protocol", "endpoint"), [("http", "http://127.0.0.1/news"), ("email", "a@example.com"), ("sms", "+4912345678")]
)
def test_fifo_topics_refuse_endpoints_that_keep_no_order(sns, protocol, endpoint):
    topic = sns.create_topic(Name="news.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    with pytest.raises(ClientError) as caught:
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    assert caught.value.response["Error"]["Code"] == "InvalidParameter"
