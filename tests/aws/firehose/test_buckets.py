"""What reaches buckets: when, under which keys, in which form."""

import gzip
import io
import json
import re
import zipfile
from typing import Any

from aws.firehose.conftest import ROLE, Firehose, processing, refusal

HOUR = "%Y/%m/%d/%H/"
NAME = r"s-1-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
SOON = {"BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0}}
PARTITIONED: dict[str, Any] = {
    "DynamicPartitioningConfiguration": {"Enabled": True},
    "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
    "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 0},
}


def query(text: str) -> tuple[str, dict[str, str]]:
    return "MetadataExtraction", {"MetadataExtractionQuery": text, "JsonParsingEngine": "JQ-1.6"}


def test_records_wait_for_the_end_of_the_interval(firehose: Firehose) -> None:
    firehose.make(BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 60})
    firehose.put(b"one", b"two")
    reply = firehose.client.put_record(DeliveryStreamName="s", Record={"Data": b"three"})
    assert reply["RecordId"] and reply["Encrypted"] is False
    firehose.aws.advance(59)
    assert firehose.objects() == {}
    firehose.aws.advance(1)
    ((key, content),) = firehose.objects().items()
    assert content == b"onetwothree"
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\d\d/" + NAME, key), key


def test_a_full_buffer_does_not_wait(firehose: Firehose) -> None:
    firehose.make(BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 900}, Prefix="p/")
    firehose.put(b"a" * 600_000)
    assert firehose.objects() == {}
    firehose.put(b"b" * 600_000)
    ((key, content),) = firehose.objects().items()
    assert key.startswith("p/2") and content == b"a" * 600_000 + b"b" * 600_000
    firehose.put(b"c")
    firehose.aws.advance(900)
    assert sorted(map(len, firehose.objects().values())) == [1, 1_200_000]


def test_batches_have_limits(firehose: Firehose) -> None:
    firehose.make()
    put = firehose.client.put_record_batch
    told = refusal(put, DeliveryStreamName="s", Records=[{"Data": b"x" * 1_000_000}] * 5)
    assert told == ("InvalidArgumentException", "Records size exceeds 4 MB limit")
    told = refusal(put, DeliveryStreamName="s", Records=[{"Data": b"x"}] * 501)
    assert told[0] == "ValidationException" and "less than or equal to 500" in told[1]
    told = refusal(firehose.client.put_record, DeliveryStreamName="s", Record={"Data": b"x" * 1_024_001})
    assert told[0] == "ValidationException" and "less than or equal to 1024000" in told[1]
    reply = put(DeliveryStreamName="s", Records=[{"Data": b"x"}] * 500)
    assert reply["FailedPutCount"] == 0 and len({each["RecordId"] for each in reply["RequestResponses"]}) == 500


def test_objects_are_compressed(firehose: Firehose) -> None:
    firehose.make("g", **SOON, CompressionFormat="GZIP", Prefix="gzip/")
    firehose.make("z", **SOON, CompressionFormat="ZIP", Prefix="zip/")
    firehose.make("x", **SOON, CompressionFormat="GZIP", Prefix="own/", FileExtension=".json.gz")
    for name in "gzx":
        firehose.put(b"hello", name=name)
    ((key, content),) = firehose.objects("gzip/").items()
    assert key.endswith(".gz") and gzip.decompress(content) == b"hello"
    ((key, content),) = firehose.objects("zip/").items()
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert key.endswith(".zip") and [archive.read(entry) for entry in archive.namelist()] == [b"hello"]
    assert next(iter(firehose.objects("own/"))).endswith(".json.gz")


def test_prefixes_are_filled_in_with_the_time_of_the_oldest_record(firehose: Firehose) -> None:
    firehose.make(
        Prefix="t/!{timestamp:'year='yyyy/MM-dd}/!{firehose:random-string}/",
        ErrorOutputPrefix="e/!{firehose:error-output-type}/",
        BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 900},
        CustomTimeZone="Asia/Tokyo",
    )
    firehose.put(b"x")
    firehose.aws.advance(900)
    (key,) = firehose.objects()
    assert re.match(r"t/year=20\d\d/\d\d-\d\d/[0-9a-f]{11}/s-1-", key), key


def test_objects_say_which_key_encrypts_them(firehose: Firehose) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1234"
    firehose.make(**SOON, EncryptionConfiguration={"KMSEncryptionConfig": {"AWSKMSKeyARN": key}})
    firehose.put(b"x")
    (name,) = firehose.objects()
    head = firehose.aws.client("s3").head_object(Bucket=firehose.bucket, Key=name)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


def test_source_records_are_backed_up(firehose: Firehose) -> None:
    backup = firehose.configuration(Prefix="source/", BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 60})
    delimiter = processing(("AppendDelimiterToRecord", {"Delimiter": "\\n"}))
    firehose.make(
        **SOON,
        Prefix="data/",
        S3BackupMode="Enabled",
        S3BackupConfiguration=backup,
        ProcessingConfiguration=delimiter,
    )
    firehose.put(b"1", b"2")
    assert list(firehose.objects().values()) == [b"1\n2\n"]
    firehose.aws.advance(60)
    assert list(firehose.objects("source/").values()) == [b"12"]


def test_records_go_into_the_partitions_that_a_query_finds(firehose: Firehose) -> None:
    firehose.make(
        **PARTITIONED,
        Prefix="c=!{partitionKeyFromQuery:customer}/y=!{partitionKeyFromQuery:year}/",
        ProcessingConfiguration=processing(
            query('{customer: .who.id, year: (.at | strftime("%Y"))}'), ("AppendDelimiterToRecord", {})
        ),
    )
    records = [{"who": {"id": who}, "at": 1_700_000_000} for who in (7, 8, 7)]
    firehose.put(*[json.dumps(record).encode() for record in records], b'{"who": {}, "at": 0}', b"no json")
    found = {key.rpartition("/")[0]: content for key, content in firehose.objects("c=").items()}
    assert {key: content.count(b"\n") for key, content in found.items()} == {"c=7/y=2023": 2, "c=8/y=2023": 1}
    (errors,) = firehose.objects("errors/processing-failed/").values()
    lines = [json.loads(line) for line in errors.splitlines()]
    assert {line["errorCode"] for line in lines} == {"DynamicPartitioning.MetadataExtractionFailed"}
    assert lines[0]["errorMessage"] == "partitionKeys values must not be null or empty"
    assert lines[1]["rawData"] == "bm8ganNvbg=="


def test_records_are_split_before_they_get_partitions(firehose: Firehose) -> None:
    splitting = ("RecordDeAggregation", {"SubRecordType": "JSON"})
    firehose.make(
        **PARTITIONED,
        Prefix="!{partitionKeyFromQuery:k}/",
        ProcessingConfiguration=processing(splitting, query("{k: .k}"), ("AppendDelimiterToRecord", {})),
    )
    firehose.put(b'{"k": 1}{"k": 2}\n{"k": 1}', b'{"k": 3} rest')
    found = {key.partition("/")[0]: content for key, content in firehose.objects().items()}
    assert (found["1"], found["2"]) == (b'{"k": 1}\n{"k": 1}\n', b'{"k": 2}\n')
    assert b"DeAggregation.InvalidJson" in found["errors"]


def test_records_are_split_at_delimiters(firehose: Firehose) -> None:
    splitting = ("RecordDeAggregation", {"SubRecordType": "DELIMITED", "Delimiter": "Iw=="})
    firehose.make(
        **PARTITIONED,
        Prefix="!{partitionKeyFromQuery:k}/",
        ProcessingConfiguration=processing(splitting, query("{k: .}")),
    )
    firehose.put(b"1#2#1")
    found = {key.partition("/")[0]: content for key, content in firehose.objects().items()}
    assert found == {"1": b"11", "2": b"2"}


def test_records_of_more_than_five_hundred_partitions_fail(firehose: Firehose) -> None:
    hints = {"SizeInMBs": 64, "IntervalInSeconds": 900}
    firehose.make(
        **PARTITIONED | {"BufferingHints": hints},
        Prefix="p/!{partitionKeyFromQuery:k}/",
        ProcessingConfiguration=processing(query("{k: .}")),
    )
    firehose.put(*[b"%d" % number for number in range(1, 500)])
    firehose.put(b"1", b"900", b"901", b"902")
    firehose.aws.advance(900)
    (errors,) = firehose.objects("errors/").values()
    lines = [json.loads(line) for line in errors.splitlines()]
    assert [line["errorCode"] for line in lines] == ["DynamicPartitioning.ActivePartitionLimitExceeded"] * 2
    s3 = firehose.aws.client("s3")
    assert s3.list_objects_v2(Bucket=firehose.bucket, Prefix="p/")["KeyCount"] == 500


def test_log_records_are_unpacked(firehose: Firehose) -> None:
    firehose.make(
        **SOON,
        Prefix="logs/",
        ProcessingConfiguration=processing(
            ("Decompression", {"CompressionFormat": "GZIP"}),
            ("CloudWatchLogProcessing", {"DataMessageExtraction": "true"}),
        ),
    )
    document = {"messageType": "DATA_MESSAGE", "logEvents": [{"message": "a"}, {"message": "b"}]}
    firehose.put(gzip.compress(json.dumps(document).encode()), b"not gzip")
    found = firehose.objects("logs/")
    good = [content for key, content in found.items() if "processing-failed" not in key]
    bad = [content for key, content in found.items() if key.startswith("logs/processing-failed/2")]
    assert good == [b"a\nb\n"] and b"DecompressionFailed" in bad[0]


def test_a_bucket_that_is_not_there_is_tried_again_and_told(firehose: Firehose) -> None:
    aws, bucket = firehose.aws, firehose.aws.unique("late")
    configuration = {
        "RoleARN": ROLE,
        "BucketARN": f"arn:aws:s3:::{bucket}",
        **SOON,
        "CloudWatchLoggingOptions": {"Enabled": True, "LogGroupName": "errors", "LogStreamName": "s3"},
    }
    firehose.client.create_delivery_stream(DeliveryStreamName="s", S3DestinationConfiguration=configuration)
    firehose.put(b"patient")
    aws.idle()
    aws.advance(10)
    events = aws.client("logs").get_log_events(logGroupName="errors", logStreamName="s3")["events"]
    line = json.loads(events[0]["message"])
    assert (line["errorCode"], line["deliveryStreamVersionId"]) == ("S3.NoSuchBucket", 1)
    assert line["destination"] == f"arn:aws:s3:::{bucket}"
    aws.client("s3").create_bucket(Bucket=bucket)
    aws.advance(600)
    assert list(firehose.objects(bucket=bucket).values()) == [b"patient"]


def test_metrics_are_counted(firehose: Firehose) -> None:
    firehose.make(**SOON)
    firehose.put(b"12345", b"678")
    firehose.objects()
    firehose.aws.advance(120)
    cloudwatch = firehose.aws.client("cloudwatch")
    names = {each["MetricName"] for each in cloudwatch.list_metrics(Namespace="AWS/Firehose")["Metrics"]}
    assert {"IncomingBytes", "IncomingRecords", "DeliveryToS3.Success", "PutRecordBatch.Records"} <= names
