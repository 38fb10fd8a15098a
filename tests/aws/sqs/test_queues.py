"""Queues: names, attributes, lists, tags, permissions."""

import json

import pytest
from botocore.exceptions import ClientError

from serein.testing import Serein, ServerProcess


def error_of(caught):
    return caught.value.response["Error"]


@pytest.fixture
def sqs(aws):
    return aws.client("sqs")


def test_a_queue_url_ends_with_account_and_name(aws, sqs):
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    assert url == f"{aws.endpoint}/{aws.account}/orders"
    assert sqs.get_queue_url(QueueName="orders")["QueueUrl"] == url


def test_a_new_queue_has_the_defaults_of_aws(aws, sqs):
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes.pop("CreatedTimestamp") == attributes.pop("LastModifiedTimestamp")
    assert attributes == {
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "DelaySeconds": "0",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "QueueArn": f"arn:aws:sqs:us-east-1:{aws.account}:orders",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "VisibilityTimeout": "30",
    }


def test_get_queue_attributes_without_names_answers_none(sqs):
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url)


def test_create_queue_again_needs_the_same_attributes(sqs):
    attributes = {"DelaySeconds": "1", "VisibilityTimeout": "20"}
    url = sqs.create_queue(QueueName="orders", Attributes=attributes)["QueueUrl"]
    assert sqs.create_queue(QueueName="orders")["QueueUrl"] == url
    assert sqs.create_queue(QueueName="orders", Attributes={"DelaySeconds": "1"})["QueueUrl"] == url
    with pytest.raises(ClientError) as caught:
        sqs.create_queue(QueueName="orders", Attributes={"DelaySeconds": "2"})
    assert error_of(caught)["Code"] == "QueueAlreadyExists"
    assert error_of(caught)["Message"] == (
        "A queue already exists with the same name and a different value for attribute DelaySeconds"
    )


@pytest.mark.parametrize("name", ["", "with space", "a" * 81, "slash/", "orders.fifo"])
def test_a_queue_name_is_checked(sqs, name):
    with pytest.raises(ClientError) as caught:
        sqs.create_queue(QueueName=name)
    assert error_of(caught)["Code"] == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("attributes", "code", "message"),
    [
        ({"DelaySeconds": "901"}, "InvalidAttributeValue", "Invalid value for the parameter DelaySeconds."),
        ({"VisibilityTimeout": "x"}, "InvalidAttributeValue", "Invalid value for the parameter VisibilityTimeout."),
        ({"Nonsense": "1"}, "InvalidAttributeName", "Unknown Attribute Nonsense."),
        ({"FifoQueue": "false"}, "InvalidAttributeName", "Unknown Attribute FifoQueue."),
        (
            {"DeduplicationScope": "queue"},
            "InvalidAttributeName",
            "You can specify the DeduplicationScope only when FifoQueue is set to true.",
        ),
        ({"Policy": "{"}, "InvalidAttributeValue", "Invalid value for the parameter Policy."),
        (
            {"KmsMasterKeyId": "alias/x", "SqsManagedSseEnabled": "true"},
            "InvalidAttributeName",
            "You can use one type of server-side encryption (SSE) at one time. "
            "You can either enable KMS SSE or SQS SSE.",
        ),
    ],
)
def test_an_attribute_is_checked(sqs, attributes, code, message):
    with pytest.raises(ClientError) as caught:
        sqs.create_queue(QueueName="orders", Attributes=attributes)
    assert (error_of(caught)["Code"], error_of(caught)["Message"]) == (code, message)


def test_set_queue_attributes_changes_and_removes(sqs):
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "3"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy, "DelaySeconds": "5"})
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy", "DelaySeconds"])["Attributes"]
    assert json.loads(found["RedrivePolicy"]) == {"deadLetterTargetArn": arn, "maxReceiveCount": 3}
    assert found["DelaySeconds"] == "5"
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("nonsense", "Redrive policy is not a valid JSON map."),
        ('{"maxReceiveCount":3}', "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."),
        (
            '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead"}',
            "Redrive policy does not contain mandatory attribute: maxReceiveCount.",
        ),
        (
            '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":0}',
            "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.",
        ),
        (
            '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:none","maxReceiveCount":1}',
            "Dead letter target does not exist.",
        ),
    ],
)
def test_a_redrive_policy_is_checked(sqs, policy, reason):
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    with pytest.raises(ClientError) as caught:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    assert error_of(caught)["Code"] == "InvalidParameterValue"
    assert error_of(caught)["Message"] == f"Value {policy} for parameter RedrivePolicy is invalid. Reason: {reason}"


def test_a_redrive_allow_policy_keeps_other_queues_out(sqs):
    url = sqs.create_queue(
        QueueName="dead", Attributes={"RedriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"})}
    )["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    with pytest.raises(ClientError) as caught:
        sqs.create_queue(
            QueueName="orders",
            Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})},
        )
    assert error_of(caught)["Code"] == "InvalidParameterValue"


def test_list_queues_pages_by_prefix(aws, sqs):
    for name in ("b-1", "a-2", "a-1", "a-3"):
        sqs.create_queue(QueueName=name)
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix="a-", PaginationConfig={"PageSize": 2})
    urls = [page["QueueUrls"] for page in pages]
    assert [[url.rsplit("/", 1)[1] for url in page] for page in urls] == [["a-1", "a-2"], ["a-3"]]
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="z")


def test_a_queue_that_is_not_there_is_an_error_with_the_code_of_old(sqs):
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as caught:
        sqs.get_queue_url(QueueName="none")
    assert error_of(caught)["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert error_of(caught)["Message"] == "The specified queue does not exist."


def test_a_queue_is_addressed_by_the_end_of_its_url_whatever_the_host(aws, sqs):
    sqs.create_queue(QueueName="orders")
    foreign = f"https://sqs.us-east-1.amazonaws.com/{aws.account}/orders"
    assert sqs.send_message(QueueUrl=foreign, MessageBody="x")["MessageId"]
    assert sqs.send_message(QueueUrl="orders", MessageBody="x")["MessageId"]


def test_a_deleted_queue_loses_its_messages_and_its_name_is_free_again(sqs):
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.delete_queue(QueueUrl=url)
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    assert sqs.create_queue(QueueName="orders", Attributes={"DelaySeconds": "3"})["QueueUrl"] == url
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_accounts_and_regions_keep_apart(aws, sqs):
    sqs.create_queue(QueueName="orders")
    assert "QueueUrls" not in aws.client("sqs", region_name="eu-west-1").list_queues()


def test_tags_are_added_removed_and_listed(sqs):
    url = sqs.create_queue(QueueName="orders", tags={"a": "1"})["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"b": "2", "c": ""})
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "1", "b": "2", "c": ""}
    sqs.untag_queue(QueueUrl=url, TagKeys=["a", "b", "c", "none"])
    assert "Tags" not in sqs.list_queue_tags(QueueUrl=url)


def test_permissions_are_statements_of_the_policy(aws, sqs):
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.add_permission(QueueUrl=url, Label="peers", AWSAccountIds=[aws.account], Actions=["ReceiveMessage"])
    policy = json.loads(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"])
    arn = f"arn:aws:sqs:us-east-1:{aws.account}:orders"
    assert policy == {
        "Version": "2008-10-17",
        "Id": f"{arn}/SQSDefaultPolicy",
        "Statement": [
            {
                "Sid": "peers",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{aws.account}:root"},
                "Action": "SQS:ReceiveMessage",
                "Resource": arn,
            }
        ],
    }
    with pytest.raises(ClientError) as caught:
        sqs.add_permission(QueueUrl=url, Label="peers", AWSAccountIds=[aws.account], Actions=["ReceiveMessage"])
    assert error_of(caught)["Message"] == "Value peers for parameter Label is invalid. Reason: Already exists."
    sqs.remove_permission(QueueUrl=url, Label="peers")
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
    with pytest.raises(ClientError) as caught:
        sqs.remove_permission(QueueUrl=url, Label="peers")
    assert error_of(caught)["Message"] == "Value peers for parameter Label is invalid. Reason: can't find label."


def test_a_deleted_queues_name_is_free_after_a_minute_where_life_is_realistic(tmp_path):
    server = ServerProcess(tmp_path, {"lifecycle": "realistic", "clock": "virtual"})
    session = Serein(server.endpoint)
    sqs = session.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.create_queue(QueueName="jobs")["QueueUrl"])
    with pytest.raises(ClientError) as caught:
        sqs.create_queue(QueueName="jobs")
    assert caught.value.response["Error"]["Code"] == "AWS.SimpleQueueService.QueueDeletedRecently"
    assert caught.value.response["Error"]["Message"] == (
        "You must wait 60 seconds after deleting a queue before you can create another with the same name."
    )
    sqs.create_queue(QueueName="others")
    session.clock.advance(61)
    sqs.create_queue(QueueName="jobs")
    server.stop()


def test_what_a_purge_leaves_behind_is_deleted_later_and_its_handles_still_mean_something(aws, sqs):
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    for _ in range(60):
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": "x"} for n in range(10)])
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.purge_queue(QueueUrl=url)
    sqs.send_message(QueueUrl=url, MessageBody="after")
    aws.idle()
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    with pytest.raises(ClientError) as caught:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValue"
    counted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    assert counted == {"ApproximateNumberOfMessages": "1"}
    assert [each["Body"] for each in sqs.receive_message(QueueUrl=url)["Messages"]] == ["after"]
