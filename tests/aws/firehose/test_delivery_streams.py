"""Delivery streams: making, describing, changing, tagging and deleting them."""

from typing import Any

import pytest
from botocore.config import Config

from aws.firehose.conftest import ROLE, Firehose, processing, refusal

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234"
SOURCE = "arn:aws:kinesis:us-east-1:123456789012:stream/none"
LAMBDA = ("Lambda", {"LambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:f"})
QUERY = ("MetadataExtraction", {"MetadataExtractionQuery": "{k: .k}", "JsonParsingEngine": "JQ-1.6"})
PARTITIONED = {
    "DynamicPartitioningConfiguration": {"Enabled": True},
    "Prefix": "!{partitionKeyFromQuery:k}/",
    "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
    "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
    "ProcessingConfiguration": processing(QUERY),
}


def test_a_delivery_stream_is_described_with_defaults(firehose: Firehose) -> None:
    arn = firehose.make(Prefix="in/")
    assert arn == f"arn:aws:firehose:us-east-1:{firehose.aws.account}:deliverystream/s"
    shown = firehose.described()
    assert (shown["DeliveryStreamStatus"], shown["DeliveryStreamType"]) == ("ACTIVE", "DirectPut")
    assert (shown["VersionId"], shown["HasMoreDestinations"]) == ("1", False)
    assert shown["DeliveryStreamEncryptionConfiguration"] == {"Status": "DISABLED"}
    (destination,) = shown["Destinations"]
    assert destination["DestinationId"] == "destinationId-000000000001"
    assert destination["ExtendedS3DestinationDescription"] == {
        **firehose.configuration(Prefix="in/"),
        "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300},
        "CompressionFormat": "UNCOMPRESSED",
        "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"},
        "CloudWatchLoggingOptions": {"Enabled": False},
        "ProcessingConfiguration": {"Enabled": False, "Processors": []},
        "S3BackupMode": "Disabled",
    }
    assert destination["S3DestinationDescription"]["Prefix"] == "in/"
    after = firehose.client.describe_delivery_stream(
        DeliveryStreamName="s", Limit=1, ExclusiveStartDestinationId="destinationId-000000000001"
    )
    assert after["DeliveryStreamDescription"]["Destinations"] == []


def test_delivery_streams_are_listed_in_pages_and_by_type(firehose: Firehose) -> None:
    for name in ("b", "a", "c"):
        firehose.make(name)
    ask = firehose.client.list_delivery_streams
    assert ask(Limit=2)["DeliveryStreamNames"] == ["a", "b"] and ask(Limit=2)["HasMoreDeliveryStreams"]
    rest = ask(ExclusiveStartDeliveryStreamName="b", DeliveryStreamType="DirectPut")
    assert (rest["DeliveryStreamNames"], rest["HasMoreDeliveryStreams"]) == (["c"], False)
    assert ask(DeliveryStreamType="KinesisStreamAsSource")["DeliveryStreamNames"] == []


def test_what_is_not_there_and_what_is_there_already_is_told(firehose: Firehose) -> None:
    client, account = firehose.client, firehose.aws.account
    gone = ("ResourceNotFoundException", f"Firehose none not found under account {account}.")
    for ask in (client.describe_delivery_stream, client.delete_delivery_stream, client.list_tags_for_delivery_stream):
        assert refusal(ask, DeliveryStreamName="none") == gone
    assert refusal(client.put_record, DeliveryStreamName="none", Record={"Data": b"x"}) == gone
    assert refusal(client.start_delivery_stream_encryption, DeliveryStreamName="none") == gone
    assert refusal(client.stop_delivery_stream_encryption, DeliveryStreamName="none") == gone
    assert refusal(client.untag_delivery_stream, DeliveryStreamName="none", TagKeys=["k"]) == gone
    assert refusal(client.tag_delivery_stream, DeliveryStreamName="none", Tags=[{"Key": "k"}]) == gone
    firehose.make()
    assert refusal(firehose.make) == ("ResourceInUseException", f"Firehose s under accountId {account} already exists")


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({}, "InvalidArgumentException", "Exactly one destination configuration"),
    ({"DeliveryStreamName": "a b"}, "ValidationException", "1 validation error detected"),
    ({"DeliveryStreamType": "Queue"}, "ValidationException", "enum value set"),
    ({"DeliveryStreamType": "MSKAsSource"}, "NotImplemented", "Amazon MSK clusters"),
    ({"DeliveryStreamType": "DatabaseAsSource"}, "NotImplemented", "databases"),
    ({"DeliveryStreamType": "KinesisStreamAsSource"}, "InvalidArgumentException", "KinesisStreamSourceConfig is requ"),
    (
        {"KinesisStreamSourceConfiguration": {"KinesisStreamARN": SOURCE, "RoleARN": ROLE}},
        "InvalidArgumentException",
        "only applicable for KinesisStreamAsSource",
    ),
    (
        {
            "DeliveryStreamType": "KinesisStreamAsSource",
            "KinesisStreamSourceConfiguration": {"KinesisStreamARN": SOURCE, "RoleARN": ROLE},
        },
        "InvalidArgumentException",
        "not found",
    ),
    (
        {
            "SplunkDestinationConfiguration": {
                "HECEndpoint": "https://splunk.example.com",
                "HECEndpointType": "Raw",
                "S3Configuration": {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::b"},
            }
        },
        "NotImplemented",
        "Splunk",
    ),
]


@pytest.mark.parametrize(("members", "code", "words"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_delivery_stream_is_refused(firehose: Firehose, members: dict[str, Any], code: str, words: str) -> None:
    client = firehose.aws.client("firehose", config=Config(parameter_validation=False))
    told = refusal(client.create_delivery_stream, **{"DeliveryStreamName": "s", **members})
    assert told[0] == code and words in told[1], told


DESTINATIONS: list[tuple[dict[str, Any], str, str]] = [
    ({"CompressionFormat": "Snappy"}, "NotImplemented", "the compression Snappy"),
    (
        {"BufferingHints": {"SizeInMBs": 129, "IntervalInSeconds": 1}},
        "ValidationException",
        "less than or equal to 128",
    ),
    ({"BufferingHints": {"SizeInMBs": 5}}, "InvalidArgumentException", "Both SizeInMBs and IntervalInSeconds"),
    ({"CustomTimeZone": "Europe/Nowhere"}, "InvalidArgumentException", "CustomTimeZone"),
    ({"Prefix": "!{timestamp:yyyy}/"}, "InvalidArgumentException", "ErrorOutputPrefix cannot be null or empty"),
    (
        {"Prefix": "!{timestamp:yyyy}/", "ErrorOutputPrefix": "e/!{timestamp:yyyy}"},
        "InvalidArgumentException",
        "at least one instance of",
    ),
    ({"Prefix": "!{moon:full}/", "ErrorOutputPrefix": "e/"}, "InvalidArgumentException", "'moon' is not supported"),
    ({"Prefix": "!{timestamp:q}/", "ErrorOutputPrefix": "e/"}, "InvalidArgumentException", "'q' is not supported"),
    ({"Prefix": "!{firehose:error-output-type}", "ErrorOutputPrefix": "e/"}, "InvalidArgumentException", "cannot"),
    ({"Prefix": "!{partitionKeyFromQuery:k}", "ErrorOutputPrefix": "e/"}, "InvalidArgumentException", "unless dynamic"),
    (
        {"CloudWatchLoggingOptions": {"Enabled": True}},
        "InvalidArgumentException",
        "LogGroupName and LogStreamName are required",
    ),
    ({"S3BackupMode": "Enabled"}, "InvalidArgumentException", "S3BackupConfiguration is required"),
    ({"DataFormatConversionConfiguration": {"Enabled": True}}, "NotImplemented", "Parquet or ORC"),
    ({"ProcessingConfiguration": processing(LAMBDA, LAMBDA)}, "InvalidArgumentException", "one processor of each"),
    ({"ProcessingConfiguration": processing(("Lambda", {}))}, "InvalidArgumentException", "LambdaArn is required"),
    (
        {"ProcessingConfiguration": processing(("Lambda", {**LAMBDA[1], "BufferSizeInMBs": "9"}))},
        "InvalidArgumentException",
        "between 0.2 and 3",
    ),
    (
        {"ProcessingConfiguration": processing(("Lambda", {**LAMBDA[1], "Delimiter": "x"}))},
        "InvalidArgumentException",
        "Delimiter is not supported",
    ),
    ({"ProcessingConfiguration": processing(QUERY)}, "InvalidArgumentException", "only supported with dynamic part"),
    (
        {**PARTITIONED, "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60}},
        "InvalidArgumentException",
        "at least 64",
    ),
    ({**PARTITIONED, "Prefix": "x/"}, "InvalidArgumentException", "at least one partition key"),
    ({**PARTITIONED, "ProcessingConfiguration": processing()}, "InvalidArgumentException", "MetadataExtraction proc"),
    (
        {**PARTITIONED, "Prefix": "!{partitionKeyFromLambda:k}/"},
        "InvalidArgumentException",
        "Lambda processor should be present",
    ),
    (
        {
            **PARTITIONED,
            "ProcessingConfiguration": processing(("MetadataExtraction", {"MetadataExtractionQuery": "{"})),
        },
        "InvalidArgumentException",
        "MetadataExtractionQuery is not valid",
    ),
]


@pytest.mark.parametrize(("members", "code", "words"), DESTINATIONS, ids=lambda value: str(value)[:60])
def test_a_destination_is_refused(firehose: Firehose, members: dict[str, Any], code: str, words: str) -> None:
    told = refusal(firehose.make, **members)
    assert told[0] == code and words in told[1], told


def test_an_update_keeps_what_it_does_not_name(firehose: Firehose) -> None:
    firehose.make(Prefix="a/", CompressionFormat="GZIP")
    update = {
        "DeliveryStreamName": "s",
        "CurrentDeliveryStreamVersionId": "1",
        "DestinationId": "destinationId-000000000001",
    }
    firehose.client.update_destination(**update, ExtendedS3DestinationUpdate={"Prefix": "b/"})
    shown = firehose.described()
    destination = shown["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert (shown["VersionId"], destination["Prefix"], destination["CompressionFormat"]) == ("2", "b/", "GZIP")
    assert shown["LastUpdateTimestamp"] >= shown["CreateTimestamp"]
    code, message = refusal(firehose.client.update_destination, **update, ExtendedS3DestinationUpdate={})
    assert code == "ConcurrentModificationException"
    assert message == (
        "Cannot update firehose: s since the current version id: 2 and specified version id: 1 do not match"
    )
    update["CurrentDeliveryStreamVersionId"] = "2"
    for wrong, words in (
        ({"DestinationId": "destinationId-2"}, "Destination Id destinationId-2 not found"),
        ({}, "Exactly one destination update"),
        ({"ExtendedS3DestinationUpdate": PARTITIONED}, "only supported for new delivery streams"),
    ):
        code, message = refusal(firehose.client.update_destination, **update | wrong)
        assert code == "InvalidArgumentException" and words in message


def test_an_update_to_another_kind_needs_a_whole_destination(firehose: Firehose) -> None:
    firehose.make()
    update = {
        "DeliveryStreamName": "s",
        "CurrentDeliveryStreamVersionId": "1",
        "DestinationId": "destinationId-000000000001",
    }
    endpoint: dict[str, Any] = {"EndpointConfiguration": {"Url": "https://example.com", "AccessKey": "k"}}
    told = refusal(firehose.client.update_destination, **update, HttpEndpointDestinationUpdate=endpoint)
    assert told == ("InvalidArgumentException", "S3Configuration is required.")
    endpoint["S3Update"] = firehose.configuration()
    firehose.client.update_destination(**update, HttpEndpointDestinationUpdate=endpoint)
    shown = firehose.described()["Destinations"][0]["HttpEndpointDestinationDescription"]
    assert shown["EndpointConfiguration"] == {"Url": "https://example.com"}
    assert (shown["S3BackupMode"], shown["RetryOptions"]) == ("FailedDataOnly", {"DurationInSeconds": 300})


def test_tags_are_added_listed_and_removed(firehose: Firehose) -> None:
    firehose.make()
    client, named = firehose.client, {"DeliveryStreamName": "s"}
    client.tag_delivery_stream(**named, Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}])
    page = client.list_tags_for_delivery_stream(**named, Limit=1)
    assert (page["Tags"], page["HasMoreTags"]) == ([{"Key": "a", "Value": "1"}], True)
    rest = client.list_tags_for_delivery_stream(**named, ExclusiveStartTagKey="a")
    assert (rest["Tags"], rest["HasMoreTags"]) == ([{"Key": "b", "Value": "2"}], False)
    client.untag_delivery_stream(**named, TagKeys=["b", "none"])
    assert [tag["Key"] for tag in client.list_tags_for_delivery_stream(**named)["Tags"]] == ["a"]
    many = [{"Key": str(number), "Value": ""} for number in range(50)]
    assert refusal(client.tag_delivery_stream, **named, Tags=many)[0] == "LimitExceededException"
    twice = [{"Key": "x", "Value": "1"}, {"Key": "x", "Value": "2"}]
    assert refusal(client.tag_delivery_stream, **named, Tags=twice)[0] == "InvalidArgumentException"


def test_encryption_is_shown(firehose: Firehose) -> None:
    firehose.make()
    client, named = firehose.client, {"DeliveryStreamName": "s"}
    key = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": KEY}
    client.start_delivery_stream_encryption(**named, DeliveryStreamEncryptionConfigurationInput=key)
    assert firehose.described()["DeliveryStreamEncryptionConfiguration"] == {"Status": "ENABLED", **key}
    assert client.put_record(**named, Record={"Data": b"x"})["Encrypted"] is True
    client.stop_delivery_stream_encryption(**named)
    assert firehose.described()["DeliveryStreamEncryptionConfiguration"] == {"Status": "DISABLED"}
    wrong = {"KeyType": "CUSTOMER_MANAGED_CMK"}
    told = refusal(client.start_delivery_stream_encryption, **named, DeliveryStreamEncryptionConfigurationInput=wrong)
    assert told[0] == "InvalidArgumentException"


def test_a_deleted_delivery_stream_is_gone_with_its_records(firehose: Firehose) -> None:
    firehose.make()
    firehose.put(b"lost")
    firehose.client.delete_delivery_stream(DeliveryStreamName="s", AllowForceDelete=True)
    firehose.make()
    firehose.aws.advance(400)
    assert firehose.objects() == {}
