"""Archives of FIFO topics and replays, delivery status, metrics, and data protection policies."""

import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

PAST = "2001-01-01T00:00:00.000Z"


@pytest.fixture
def sns(aws):
    return aws.client("sns")


@pytest.fixture
def queue(aws):
    def make(name):
        sqs = aws.client("sqs")
        attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

        def read():
            aws.idle()
            found = []
            while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                found += [json.loads(message["Body"]) for message in messages]
                for message in messages:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return found

        return f"arn:aws:sqs:{aws.region}:{aws.account}:{name}", read

    return make


@pytest.fixture
def archived(sns):
    attributes = {"FifoTopic": "true", "ArchivePolicy": json.dumps({"MessageRetentionPeriod": "30"})}
    topic = sns.create_topic(Name="orders.fifo", Attributes=attributes)["TopicArn"]
    for number in range(3):
        sns.publish(TopicArn=topic, Message=str(number), MessageGroupId="g", MessageDeduplicationId=str(number))
    return topic


def test_a_new_subscriber_gets_what_was_published_before(sns, queue, archived):
    arn, read = queue("late.fifo")
    policy = json.dumps({"PointType": "Timestamp", "StartingPoint": PAST})
    subscription = sns.subscribe(TopicArn=archived, Protocol="sqs", Endpoint=arn, Attributes={"ReplayPolicy": policy})[
        "SubscriptionArn"
    ]
    sns.publish(TopicArn=archived, Message="3", MessageGroupId="g", MessageDeduplicationId="3")
    messages = read()
    assert [message["Message"] for message in messages] == ["0", "1", "2", "3"]
    assert [message.get("Replayed") for message in messages[:3]] == [True] * 3
    attributes = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert attributes["ReplayStatus"] == "Completed"


def test_a_subscriber_can_have_everything_again(sns, queue, archived):
    arn, read = queue("again.fifo")
    subscription = sns.subscribe(TopicArn=archived, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    sns.publish(TopicArn=archived, Message="3", MessageGroupId="g", MessageDeduplicationId="3")
    assert [message["Message"] for message in read()] == ["3"]
    policy = json.dumps({"PointType": "Timestamp", "StartingPoint": PAST, "EndingPoint": "2999-01-01T00:00:00Z"})
    sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="ReplayPolicy", AttributeValue=policy)
    assert [message["Message"] for message in read()] == ["0", "1", "2", "3"]


def test_a_topic_with_an_archive_tells_its_beginning_and_stays(sns, archived):
    attributes = sns.get_topic_attributes(TopicArn=archived)["Attributes"]
    assert datetime.fromisoformat(attributes["BeginningArchiveTime"]) <= datetime(9999, 1, 1, tzinfo=UTC)
    with pytest.raises(ClientError, match="InvalidState"):
        sns.delete_topic(TopicArn=archived)
    sns.set_topic_attributes(TopicArn=archived, AttributeName="ArchivePolicy", AttributeValue="")
    sns.delete_topic(TopicArn=archived)


@pytest.mark.parametrize("days", ["0", "366", "many"])
def test_an_archive_of_no_such_length_is_refused(sns, days):
    attributes = {"FifoTopic": "true", "ArchivePolicy": json.dumps({"MessageRetentionPeriod": days})}
    with pytest.raises(ClientError, match="InvalidParameter"):
        sns.create_topic(Name="orders.fifo", Attributes=attributes)


@pytest.mark.parametrize(
    "policy",
    [
        {"PointType": "Number", "StartingPoint": PAST},
        {"PointType": "Timestamp"},
        {"PointType": "Timestamp", "StartingPoint": "noon"},
        {"PointType": "Timestamp", "StartingPoint": PAST, "EndingPoint": PAST},
    ],
)
def test_a_replay_of_no_time_is_refused(sns, queue, archived, policy):
    arn, _ = queue("late.fifo")
    with pytest.raises(ClientError, match="InvalidParameter"):
        sns.subscribe(TopicArn=archived, Protocol="sqs", Endpoint=arn, Attributes={"ReplayPolicy": json.dumps(policy)})


def test_deliveries_are_logged_for_topics_that_want_it(aws, sns, queue):
    arn, read = queue("seen")
    role = f"arn:aws:iam::{aws.account}:role/feedback"
    attributes = {
        "SQSSuccessFeedbackRoleArn": role,
        "SQSSuccessFeedbackSampleRate": "100",
        "SQSFailureFeedbackRoleArn": role,
    }
    topic = sns.create_topic(Name="logged", Attributes=attributes)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{arn}-missing")
    message_id = sns.publish(TopicArn=topic, Message="hello")["MessageId"]
    read()
    for group, status in ((f"sns/{aws.region}/{aws.account}/logged", "SUCCESS"), ("/Failure", "FAILURE")):
        name = group if status == "SUCCESS" else f"sns/{aws.region}/{aws.account}/logged/Failure"
        (event,) = aws.client("logs").filter_log_events(logGroupName=name)["events"]
        line = json.loads(event["message"])
        assert (line["status"], line["notification"]["messageId"]) == (status, message_id)


def test_topics_have_metrics(aws, sns, queue):
    arn, read = queue("seen")
    dead, _ = queue("dead")
    topic = sns.create_topic(Name="measured")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"{arn}-missing",
        Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})},
    )
    other, _ = queue("other")
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=other, Attributes={"FilterPolicy": json.dumps({"never": ["x"]})}
    )
    sns.publish(TopicArn=topic, Message="hello")
    read()
    aws.advance(120)
    metrics = {metric["MetricName"] for metric in aws.client("cloudwatch").list_metrics(Namespace="AWS/SNS")["Metrics"]}
    assert metrics == {
        "NumberOfMessagesPublished",
        "PublishSize",
        "NumberOfNotificationsDelivered",
        "NumberOfNotificationsFailed",
        "NumberOfNotificationsFilteredOut",
        "NumberOfNotificationsRedrivenToDlq",
    }


def test_a_data_protection_policy_is_kept(sns):
    policy = json.dumps({"Name": "p", "Version": "2021-06-01", "Statement": []})
    topic = sns.create_topic(Name="private", DataProtectionPolicy=policy)["TopicArn"]
    assert sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"] == policy
    assert "DataProtectionPolicy" not in sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy="")
    assert sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"] == ""
    with pytest.raises(ClientError, match="InvalidParameter"):
        sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy="{")
