"""HTTP endpoints that are subscribed to topics."""

import itertools
import json
import queue
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from botocore.exceptions import ClientError


class Endpoint:
    """An HTTP server that remembers what it is sent, and answers with the statuses it is told, 200 after those."""

    def __init__(self):
        seen, statuses = self.seen, self.statuses = [], []
        self.arrivals = arrivals = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                seen.append((self.headers, body))
                arrivals.put((self.headers, body))
                self.send_response(statuses.pop(0) if statuses else 200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/news"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self):
        """The next thing that it is sent, each once."""
        return self.arrivals.get(timeout=60)

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


def test_a_throttle_policy_spreads_messages_over_seconds(aws, sns, topic, endpoint):
    policy = json.dumps({"throttlePolicy": {"maxReceivesPerSecond": 2}})
    confirmed(aws, sns, topic, endpoint, DeliveryPolicy=policy)
    for number in range(5):
        sns.publish(TopicArn=topic, Message=str(number))
    aws.idle()
    seen = [len(endpoint.seen)]
    for _ in range(3):
        aws.advance(1)
        seen.append(len(endpoint.seen))
    assert seen[0] == 2
    assert seen[-1] == 5
    assert all(later - earlier <= 2 for earlier, later in itertools.pairwise(seen))


@pytest.mark.parametrize("rate", [0, -1, "2", True, 1.5])
def test_a_throttle_policy_out_of_bounds_is_refused(sns, topic, rate):
    for kind, policy in (
        ("topic", {"http": {"defaultThrottlePolicy": {"maxReceivesPerSecond": rate}}}),
        ("subscription", {"throttlePolicy": {"maxReceivesPerSecond": rate}}),
    ):
        text = json.dumps(policy)
        with pytest.raises(ClientError) as caught:
            if kind == "topic":
                sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=text)
            else:
                url = "http://127.0.0.1:9/x"
                sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url, Attributes={"DeliveryPolicy": text})
        assert caught.value.response["Error"]["Code"] == "InvalidParameter"


def follow(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read().decode()


def test_an_endpoint_that_unsubscribes_by_its_link_is_told_and_can_come_back(aws, sns, topic, endpoint):
    arn = confirmed(aws, sns, topic, endpoint)
    sns.publish(TopicArn=topic, Message="x")
    aws.idle()
    assert "UnsubscribeResponse" in follow(json.loads(endpoint.seen.pop()[1])["UnsubscribeURL"])
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    aws.idle()
    headers, body = endpoint.seen.pop()
    told = json.loads(body)
    assert headers["x-amz-sns-message-type"] == told["Type"] == "UnsubscribeConfirmation"
    assert headers["x-amz-sns-subscription-arn"] == arn
    assert headers["accept-encoding"] == "gzip,deflate"
    assert told["Message"] == (
        f"You have chosen to deactivate subscription {arn}.\n"
        "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
    )
    assert told["Signature"] and told["SigningCertURL"]
    for _ in range(2):
        assert arn in follow(told["SubscribeURL"])
    (only,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert only["SubscriptionArn"] == arn
    sns.publish(TopicArn=topic, Message="y")
    aws.idle()
    assert json.loads(endpoint.seen.pop()[1])["Message"] == "y"


def test_the_owner_unsubscribes_in_silence(aws, sns, topic, endpoint):
    sns.unsubscribe(SubscriptionArn=confirmed(aws, sns, topic, endpoint))
    aws.idle()
    assert endpoint.seen == []


@pytest.mark.parametrize("length", [192, 200, 288])
def test_a_token_of_another_place_is_no_token(sns, topic, length):
    with pytest.raises(ClientError) as refused:
        sns.confirm_subscription(TopicArn=topic, Token=("51b2ff3edb475b7d9" * 20)[:length])
    assert refused.value.response["Error"]["Message"] == "Invalid parameter: Token"


def test_a_subscription_may_want_signatures_to_end(aws, sns, topic, endpoint):
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    aws.idle()
    token = json.loads(endpoint.seen.pop()[1])["Token"]
    arn = sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")["SubscriptionArn"]
    assert not [name for name in attributes_of(sns, arn) if name.startswith("_")]
    with pytest.raises(urllib.error.HTTPError) as refused:
        follow(f"{aws.endpoint}/?Action=Unsubscribe&SubscriptionArn={arn}")
    assert refused.value.code == 403
    assert "AuthorizationError" in refused.value.read().decode()
    sns.unsubscribe(SubscriptionArn=arn)
    assert sns.list_subscriptions()["Subscriptions"] == []


def attributes_of(sns, arn):
    return sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]


def test_a_subscription_knows_whether_its_confirmation_was_signed(aws, sns, topic, endpoint):
    assert attributes_of(sns, confirmed(aws, sns, topic, endpoint))["ConfirmationWasAuthenticated"] == "true"
    other = f"{endpoint.url}/other"
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=other)
    aws.idle()
    follow(json.loads(endpoint.seen.pop()[1])["SubscribeURL"])
    (arn,) = [
        each["SubscriptionArn"] for each in sns.list_subscriptions()["Subscriptions"] if each["Endpoint"] == other
    ]
    assert attributes_of(sns, arn)["ConfirmationWasAuthenticated"] == "false"


def test_a_token_confirms_whatever_topic_of_its_region_is_named(aws, sns, topic, endpoint):
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    aws.idle()
    token = json.loads(endpoint.seen.pop()[1])["Token"]
    for arn, code in (("not-an-arn", "Topic"), (topic.replace("us-east-1", "eu-central-1"), "Topic")):
        with pytest.raises(urllib.error.HTTPError) as refused:
            follow(f"{aws.endpoint}/?Action=ConfirmSubscription&TopicArn={arn}&Token={token}")
        assert f"Invalid parameter: {code}" in refused.value.read().decode()
    assert topic in follow(f"{aws.endpoint}/?Action=ConfirmSubscription&TopicArn={topic}-other&Token={token}")


def test_a_subscription_of_a_deleted_topic_does_not_come_back(aws, sns, topic, endpoint):
    arn = confirmed(aws, sns, topic, endpoint)
    follow(f"{aws.endpoint}/?Action=Unsubscribe&SubscriptionArn={arn}")
    aws.idle()
    told = json.loads(endpoint.seen.pop()[1])
    sns.delete_topic(TopicArn=topic)
    with pytest.raises(urllib.error.HTTPError) as refused:
        follow(told["SubscribeURL"])
    assert "Invalid parameter: Token" in refused.value.read().decode()
