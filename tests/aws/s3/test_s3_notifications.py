"""Event notifications to queues, topics and functions."""

import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def sqs(aws):
    return aws.client("sqs")


@pytest.fixture
def queue(aws, sqs) -> tuple[str, str]:
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def received(aws, sqs, url: str) -> list[dict]:
    """Everything in the queue, taken out."""
    aws.idle()
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def configure(s3, bucket: str, arn: str, events=("s3:ObjectCreated:*",), **rules: str) -> None:
    entry: dict = {"QueueArn": arn, "Events": list(events)}
    if rules:
        filters = [{"Name": name, "Value": value} for name, value in rules.items()]
        entry["Filter"] = {"Key": {"FilterRules": filters}}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [entry]})


def test_configuring_sends_a_test_event(aws, s3, sqs, bucket, queue) -> None:
    url, arn = queue
    configure(s3, bucket, arn)
    (event,) = received(aws, sqs, url)
    assert event.keys() == {"Service", "Event", "Time", "Bucket", "RequestId", "HostId"}
    assert (event["Service"], event["Event"], event["Bucket"]) == ("Amazon S3", "s3:TestEvent", bucket)


def test_the_record_of_a_created_object_is_that_of_aws(aws, s3, sqs, bucket, queue) -> None:
    url, arn = queue
    configure(s3, bucket, arn)
    received(aws, sqs, url)
    etag = s3.put_object(Bucket=bucket, Key="my folder/ü+1.txt", Body=b"12345")["ETag"].strip('"')
    ((record,),) = [event["Records"] for event in received(aws, sqs, url)]
    assert record["eventVersion"] == "2.1"
    assert record["eventSource"] == "aws:s3"
    assert record["awsRegion"] == "us-east-1"
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["s3"]["s3SchemaVersion"] == "1.0"
    assert record["s3"]["bucket"]["name"] == bucket
    assert record["s3"]["bucket"]["arn"] == f"arn:aws:s3:::{bucket}"
    changed = record["s3"]["object"]
    assert changed["key"] == "my+folder/%C3%BC%2B1.txt"
    assert (changed["size"], changed["eTag"]) == (5, etag)
    assert int(changed["sequencer"], 16) > 0
    assert record["eventTime"].endswith("Z")


def test_events_are_named_after_what_happened(aws, s3, sqs, bucket, queue) -> None:
    url, arn = queue
    configure(s3, bucket, arn, ("s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*"))
    received(aws, sqs, url)
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/a")
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="c")["UploadId"]
    etag = s3.upload_part(Bucket=bucket, Key="c", UploadId=upload_id, PartNumber=1, Body=b"x")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="c", UploadId=upload_id, MultipartUpload=parts)
    s3.put_object_tagging(Bucket=bucket, Key="a", Tagging={"TagSet": []})
    s3.delete_object(Bucket=bucket, Key="a")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.delete_object(Bucket=bucket, Key="b")
    names = sorted(event["Records"][0]["eventName"] for event in received(aws, sqs, url))
    assert names == [
        "ObjectCreated:CompleteMultipartUpload",
        "ObjectCreated:Copy",
        "ObjectCreated:Put",
        "ObjectRemoved:Delete",
        "ObjectRemoved:DeleteMarkerCreated",
        "ObjectTagging:Put",
    ]


def test_filters_choose_by_prefix_and_suffix(aws, s3, sqs, bucket, queue) -> None:
    url, arn = queue
    configure(s3, bucket, arn, prefix="in/", suffix=".json")
    received(aws, sqs, url)
    for key in ("in/a.json", "in/a.txt", "out/a.json", "in/b.json"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
    keys = {event["Records"][0]["s3"]["object"]["key"] for event in received(aws, sqs, url)}
    assert keys == {"in/a.json", "in/b.json"}


def test_the_configuration_comes_back_with_ids(s3, bucket, queue) -> None:
    _, arn = queue
    configure(s3, bucket, arn, prefix="in/")
    (entry,) = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
    assert entry["QueueArn"] == arn
    assert entry["Id"]
    assert entry["Filter"]["Key"]["FilterRules"] == [{"Name": "Prefix", "Value": "in/"}]
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket=bucket)


def test_overlapping_rules_are_refused(s3, bucket, queue) -> None:
    _, arn = queue
    entries = [
        {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]},
        {"QueueArn": arn, "Events": ["s3:ObjectCreated:Put"]},
    ]
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"QueueConfigurations": entries}
        )
    assert caught.value.response["Error"]["Message"] == (
        "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are "
        "overlapping for the same event type."
    )


def test_missing_destinations_and_unknown_events_are_refused(aws, s3, bucket) -> None:
    missing = f"arn:aws:sqs:us-east-1:{aws.account}:nowhere"
    with pytest.raises(ClientError) as caught:
        configure(s3, bucket, missing)
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidArgument"
    assert error["Message"] == "Unable to validate the following destination configurations"
    assert error["ArgumentValue1"] == "The destination queue does not exist"
    with pytest.raises(ClientError) as caught:
        configure(s3, bucket, missing, ("s3:Nonsense",))
    assert caught.value.response["Error"]["Code"] in ("InvalidArgument", "MalformedXML")


def test_a_topic_is_told(aws, s3, sqs, bucket, queue) -> None:
    url, arn = queue
    sns = aws.client("sns")
    topic = sns.create_topic(Name="events")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={"TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectCreated:Put"]}]},
    )
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    events = received(aws, sqs, url)
    assert [event.get("Event") for event in events if "Event" in event] == ["s3:TestEvent"]
    assert [event["Records"][0]["s3"]["object"]["key"] for event in events if "Records" in event] == ["k"]


def test_a_function_is_told(aws, s3, bucket) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(
            "app.py",
            "import boto3, os\n"
            "def handler(event, context):\n"
            "    record = event['Records'][0]\n"
            "    s3 = boto3.client('s3')\n"
            "    name, key = record['s3']['bucket']['name'], record['s3']['object']['key']\n"
            "    body = s3.get_object(Bucket=name, Key=key)['Body'].read()\n"
            "    s3.put_object(Bucket=name, Key='out/' + key, Body=body.upper())\n",
        )
    function = aws.client("lambda").create_function(
        FunctionName="on-object",
        Runtime="python3.11",
        Role=f"arn:aws:iam::{aws.account}:role/any",
        Handler="app.handler",
        Timeout=30,
        Code={"ZipFile": packed.getvalue()},
    )
    entry = {
        "LambdaFunctionArn": function["FunctionArn"],
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": "in.txt"}]}},
    }
    entry["Filter"]["Key"]["FilterRules"].append({"Name": "prefix", "Value": "in"})
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [entry]}
    )
    s3.put_object(Bucket=bucket, Key="in.txt", Body=b"hello")
    aws.idle()
    assert s3.get_object(Bucket=bucket, Key="out/in.txt")["Body"].read() == b"HELLO"
