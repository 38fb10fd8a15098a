"""Topics and subscriptions."""

import json

import pytest
from botocore.exceptions import ClientError


def error_of(caught):
    return caught.value.response["Error"]


@pytest.fixture
def sns(aws):
    return aws.client("sns")


@pytest.fixture
def topic(sns):
    return sns.create_topic(Name="news")["TopicArn"]


@pytest.fixture
def queue_arn(aws):
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def test_a_new_topic_has_the_attributes_of_aws(aws, sns, topic):
    assert topic == f"arn:aws:sns:us-east-1:{aws.account}:news"
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    policy = json.loads(attributes.pop("Policy"))
    assert policy["Statement"][0]["Condition"] == {"StringEquals": {"AWS:SourceOwner": aws.account}}
    effective = json.loads(attributes.pop("EffectiveDeliveryPolicy"))
    assert effective["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 3
    assert attributes == {
        "TopicArn": topic,
        "Owner": aws.account,
        "DisplayName": "",
        "SubscriptionsConfirmed": "0",
        "SubscriptionsPending": "0",
        "SubscriptionsDeleted": "0",
    }


def test_create_topic_again_needs_the_same_attributes_and_tags(sns):
    tags = [{"Key": "a", "Value": "1"}]
    arn = sns.create_topic(Name="news", Attributes={"DisplayName": "x"}, Tags=tags)["TopicArn"]
    assert sns.create_topic(Name="news")["TopicArn"] == arn
    assert sns.create_topic(Name="news", Attributes={"DisplayName": "x"}, Tags=tags)["TopicArn"] == arn
    with pytest.raises(ClientError) as caught:
        sns.create_topic(Name="news", Attributes={"DisplayName": "y"})
    assert error_of(caught)["Message"] == (
        "Invalid parameter: Attributes Reason: Topic already exists with different attributes"
    )
    with pytest.raises(ClientError) as caught:
        sns.create_topic(Name="news", Tags=[{"Key": "b", "Value": "2"}])
    assert error_of(caught)["Message"] == "Invalid parameter: Tags Reason: Topic already exists with different tags"


@pytest.mark.parametrize("name", ["", "with space", "x" * 257, "news.fifo"])
def test_a_topic_name_is_checked(sns, name):
    with pytest.raises(ClientError) as caught:
        sns.create_topic(Name=name)
    assert (error_of(caught)["Code"], error_of(caught)["Message"]) == (
        "InvalidParameter",
        "Invalid parameter: Topic Name",
    )


def test_a_topic_that_is_not_there_is_not_found(sns, topic):
    for call in (sns.get_topic_attributes, sns.list_subscriptions_by_topic):
        with pytest.raises(sns.exceptions.NotFoundException) as caught:
            call(TopicArn=topic + "-none")
        assert error_of(caught)["Message"] == "Topic does not exist"
    with pytest.raises(ClientError) as caught:
        sns.get_topic_attributes(TopicArn="news")
    assert error_of(caught)["Message"] == (
        "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"
    )
    with pytest.raises(ClientError) as caught:
        sns.publish(TopicArn=topic.replace("us-east-1", "eu-west-1"), Message="x")
    assert error_of(caught)["Message"] == "Invalid parameter: TopicArn"


def test_delete_topic_is_idempotent_and_takes_subscriptions_along(sns, topic, queue_arn):
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    sns.delete_topic(TopicArn=topic)
    sns.delete_topic(TopicArn=topic)
    assert sns.list_topics()["Topics"] == []
    assert sns.list_subscriptions()["Subscriptions"] == []


def test_topics_are_listed_a_hundred_at_a_time(sns):
    for number in range(101):
        sns.create_topic(Name=f"t-{number:03}")
    pages = list(sns.get_paginator("list_topics").paginate())
    assert [len(page["Topics"]) for page in pages] == [100, 1]


def test_set_topic_attributes_keeps_and_refuses(sns, topic):
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="News")
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "News"
    for name in ("Nonsense", "FifoTopic"):
        with pytest.raises(ClientError) as caught:
            sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue="false")
        assert error_of(caught)["Message"] == "Invalid parameter: AttributeName"


def test_tags_of_a_topic(sns, topic):
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    sns.untag_resource(ResourceArn=topic, TagKeys=["a", "none"])
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "b", "Value": "2"}]
    with pytest.raises(ClientError) as caught:
        sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}])
    assert error_of(caught)["Message"] == "Invalid parameter: Duplicated keys are not allowed."


def test_permissions_are_statements_of_the_policy(aws, sns, topic):
    sns.add_permission(TopicArn=topic, Label="peers", AWSAccountId=[aws.account], ActionName=["Publish", "Subscribe"])
    policy = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    assert policy["Statement"][1] == {
        "Sid": "peers",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{aws.account}:root"},
        "Action": ["SNS:Publish", "SNS:Subscribe"],
        "Resource": topic,
    }
    with pytest.raises(ClientError) as caught:
        sns.add_permission(TopicArn=topic, Label="peers", AWSAccountId=[aws.account], ActionName=["Publish"])
    assert error_of(caught)["Message"] == "Invalid parameter: Statement already exists"
    sns.remove_permission(TopicArn=topic, Label="peers")
    assert len(json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])["Statement"]) == 1


def test_a_subscription_is_made_described_listed_and_ended(aws, sns, topic, queue_arn):
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)["SubscriptionArn"]
    assert arn.startswith(topic + ":")
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes == {
        "ConfirmationWasAuthenticated": "true",
        "Endpoint": queue_arn,
        "Owner": aws.account,
        "PendingConfirmation": "false",
        "Protocol": "sqs",
        "RawMessageDelivery": "false",
        "SubscriptionArn": arn,
        "SubscriptionPrincipal": attributes["SubscriptionPrincipal"],
        "TopicArn": topic,
    }
    listed = [
        {
            "SubscriptionArn": arn,
            "Owner": aws.account,
            "Protocol": "sqs",
            "Endpoint": queue_arn,
            "TopicArn": topic,
        }
    ]
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == listed
    assert sns.list_subscriptions()["Subscriptions"] == listed
    sns.unsubscribe(SubscriptionArn=arn)
    sns.unsubscribe(SubscriptionArn=arn)
    with pytest.raises(sns.exceptions.NotFoundException) as caught:
        sns.get_subscription_attributes(SubscriptionArn=arn)
    assert error_of(caught)["Message"] == "Subscription does not exist"
    counts = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (counts["SubscriptionsConfirmed"], counts["SubscriptionsDeleted"]) == ("0", "1")


def test_subscribe_again_answers_the_same_subscription(sns, topic, queue_arn):
    given = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue_arn}
    arn = sns.subscribe(**given, Attributes={"RawMessageDelivery": "true"})["SubscriptionArn"]
    assert sns.subscribe(**given)["SubscriptionArn"] == arn
    assert sns.subscribe(**given, Attributes={"RawMessageDelivery": "true"})["SubscriptionArn"] == arn
    with pytest.raises(ClientError) as caught:
        sns.subscribe(**given, Attributes={"RawMessageDelivery": "false"})
    assert error_of(caught)["Message"] == (
        "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"Protocol": "test-protocol", "Endpoint": "x"},
            "Invalid parameter: Amazon SNS does not support this protocol string: test-protocol",
        ),
        ({"Protocol": "sqs", "Endpoint": "http://x/1/q"}, "Invalid parameter: SQS endpoint ARN"),
        ({"Protocol": "sms", "Endpoint": "NAA+15551234567"}, "Invalid SMS endpoint: NAA+15551234567"),
        (
            {"Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:000000000000:q.fifo"},
            "Invalid parameter: Invalid parameter: Endpoint Reason: "
            "FIFO SQS Queues can not be subscribed to standard SNS topics",
        ),
        (
            {
                "Protocol": "sqs",
                "Endpoint": "arn:aws:sqs:us-east-1:000000000000:q",
                "Attributes": {"RawMessageDelivery": "wrongvalue"},
            },
            "Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [wrongvalue]. "
            "Must be true or false.",
        ),
    ],
)
def test_subscribe_checks_protocol_endpoint_and_attributes(sns, topic, options, message):
    with pytest.raises(ClientError) as caught:
        sns.subscribe(TopicArn=topic, **options)
    assert (error_of(caught)["Code"], error_of(caught)["Message"]) == ("InvalidParameter", message)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("fake", "x", "Invalid parameter: AttributeName"),
        (
            "RawMessageDelivery",
            "",
            "Invalid parameter: RawMessageDelivery: Invalid value []. Must be true or false.",
        ),
        (
            "RedrivePolicy",
            '{"deadLetterTargetArn": "fake"}',
            "Invalid parameter: RedrivePolicy: deadLetterTargetArn is an invalid arn",
        ),
        (
            "FilterPolicy",
            '{"a": {"b": ["c"]}}',
            "Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy",
        ),
    ],
)
def test_set_subscription_attributes_checks_the_value(sns, topic, queue_arn, name, value, message):
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)["SubscriptionArn"]
    with pytest.raises(ClientError) as caught:
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)
    assert error_of(caught)["Message"] == message


def test_an_email_subscription_stays_pending(sns, topic):
    answer = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")["SubscriptionArn"]
    assert answer == "pending confirmation"
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsPending"] == "1"


def test_a_wrong_token_confirms_nothing(sns, topic):
    with pytest.raises(ClientError) as caught:
        sns.confirm_subscription(TopicArn=topic, Token="randomtoken")
    assert error_of(caught)["Message"] == "Invalid token"
    with pytest.raises(ClientError) as caught:
        sns.confirm_subscription(TopicArn=topic, Token="51b2ff3edb475b7d91550e0ab6edf0c1de2a34e6ebaf6")
    assert error_of(caught)["Message"] == "Invalid parameter: Token"


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        ("randomstring", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
        ("arn:aws:sns:us-east-1:random", "SubscriptionArn Reason: An ARN must have at least 6 elements, not 5"),
        ("arn:aws:sns:us-east-1:111111111111:random", "SubscriptionId"),
    ],
)
def test_unsubscribe_checks_the_arn(sns, arn, message):
    with pytest.raises(ClientError) as caught:
        sns.unsubscribe(SubscriptionArn=arn)
    assert error_of(caught)["Message"] == f"Invalid parameter: {message}"
