"""Exports: a table, or what changed in it, as files in a bucket in AWS's layout."""

import gzip
import hashlib
import json
import re
from base64 import b64encode
from decimal import Decimal
from typing import Any

import pytest
from amazon.ion import simpleion

from aws.dynamodb.conftest import make_table, refusal
from aws.dynamodb.whole_tables import contents, enable_recovery, fill, moment, whole_second

HOUR = 3600
DAY = 24 * HOUR


class Exported:
    """A finished export and its files."""

    def __init__(self, aws: Any, described: dict[str, Any]) -> None:
        self.described = described
        s3 = aws.client("s3")
        bucket = described["S3Bucket"]
        listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        self.files = {one["Key"]: s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in listed}
        self.folder = described["ExportManifest"].removesuffix("manifest-summary.json")
        self.summary = json.loads(self.files[described["ExportManifest"]])
        manifest = self.files[self.summary["manifestFilesS3Key"]].decode()
        self.entries = [json.loads(line) for line in manifest.splitlines()]

    @property
    def lines(self) -> list[bytes]:
        contents = [gzip.decompress(self.files[entry["dataFileS3Key"]]) for entry in self.entries]
        return [line for content in contents for line in content.splitlines()]


@pytest.fixture
def bucket(aws: Any) -> str:
    name: str = aws.unique("exports")
    aws.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def orders(aws: Any, dynamodb: Any) -> str:
    """The ARN of a table with recovery."""
    arn = make_table(dynamodb, "orders")
    enable_recovery(dynamodb, "orders")
    return arn


def export(aws: Any, client: Any, table_arn: str, bucket: str, **options: Any) -> Exported:
    started = client.export_table_to_point_in_time(TableArn=table_arn, S3Bucket=bucket, **options)["ExportDescription"]
    assert started["ExportStatus"] == "IN_PROGRESS"
    aws.idle()
    described = client.describe_export(ExportArn=started["ExportArn"])["ExportDescription"]
    assert described["ExportStatus"] == "COMPLETED", described
    return Exported(aws, described)


def md5(content: bytes) -> str:
    return b64encode(hashlib.md5(content).digest()).decode()


def test_a_full_export_has_the_layout_of_aws(aws: Any, dynamodb: Any, orders: str, bucket: str) -> None:
    fill(dynamodb, "orders", 30)
    before = contents(dynamodb, "orders")
    made = export(aws, dynamodb, orders, bucket, S3Prefix="backups/daily")
    described = made.described
    assert re.fullmatch(re.escape(orders) + r"/export/0\d{13}-[0-9a-f]{8}", described["ExportArn"])
    export_id = described["ExportArn"].rpartition("/")[2]
    assert made.folder == f"backups/daily/AWSDynamoDB/{export_id}/"
    names = {key.removeprefix(made.folder) for key in made.files}
    (data,) = (name for name in names if name.startswith("data/"))
    assert names == {
        "_started",
        "manifest-files.json",
        "manifest-files.md5",
        "manifest-summary.json",
        "manifest-summary.md5",
        data,
    }
    assert re.fullmatch(r"data/[a-z2-7]{26}\.json\.gz", data)
    for name in ("manifest-files", "manifest-summary"):
        content = made.files[f"{made.folder}{name}.json"]
        assert made.files[f"{made.folder}{name}.md5"].decode() == md5(content)
    (entry,) = made.entries
    content = made.files[entry["dataFileS3Key"]]
    etag = aws.client("s3").head_object(Bucket=bucket, Key=entry["dataFileS3Key"])["ETag"].strip('"')
    assert entry == {
        "itemCount": 30,
        "md5Checksum": md5(content),
        "etag": etag,
        "dataFileS3Key": f"{made.folder}{data}",
    }
    assert {json.loads(line)["Item"]["pk"]["S"]: json.loads(line)["Item"] for line in made.lines} == before
    assert made.summary == {
        "version": "2020-06-30",
        "exportArn": described["ExportArn"],
        "startTime": made.summary["startTime"],
        "endTime": made.summary["endTime"],
        "tableArn": orders,
        "tableId": described["TableId"],
        "exportTime": made.summary["exportTime"],
        "s3Bucket": bucket,
        "s3Prefix": "backups/daily",
        "s3SseAlgorithm": "AES256",
        "s3SseKmsKeyId": None,
        "manifestFilesS3Key": f"{made.folder}manifest-files.json",
        "billedSizeBytes": described["BilledSizeBytes"],
        "itemCount": 30,
        "outputFormat": "DYNAMODB_JSON",
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made.summary["exportTime"])
    assert described["ItemCount"] == 30
    assert described["BilledSizeBytes"] == dynamodb.describe_table(TableName="orders")["Table"]["TableSizeBytes"]
    assert described["ExportType"] == "FULL_EXPORT"
    assert described["ExportFormat"] == "DYNAMODB_JSON"
    assert described["TableArn"] == orders
    assert described["ExportTime"] == described["StartTime"]


def test_an_export_is_of_the_second_that_is_asked_for(aws: Any, dynamodb: Any, orders: str, bucket: str) -> None:
    second = whole_second(aws)
    for number in range(5):
        dynamodb.put_item(TableName="orders", Item={"pk": {"S": "a"}, "n": {"N": str(number)}})
        dynamodb.put_item(TableName="orders", Item={"pk": {"S": f"item-{number}"}})
        aws.advance(1)
    made = export(aws, dynamodb, orders, bucket, ExportTime=moment(second + 2))
    items = [json.loads(line)["Item"] for line in made.lines]
    assert {item["pk"]["S"] for item in items} == {"a", "item-0", "item-1", "item-2"}
    assert {"pk": {"S": "a"}, "n": {"N": "2"}} in items
    assert made.described["ExportTime"].timestamp() == second + 2


def test_what_is_written_after_the_request_is_not_exported(aws: Any, dynamodb: Any, orders: str, bucket: str) -> None:
    fill(dynamodb, "orders", 200, size_bytes=5_000)
    started = dynamodb.export_table_to_point_in_time(TableArn=orders, S3Bucket=bucket)["ExportDescription"]
    # The clock stands still: only the order of events tells these writes from those before.
    fill(dynamodb, "orders", 10, prefix="late")
    for at in range(0, 200, 7):
        dynamodb.delete_item(TableName="orders", Key={"pk": {"S": f"item-{at}"}})
    wanted = {"PointInTimeRecoveryEnabled": False}
    dynamodb.update_continuous_backups(TableName="orders", PointInTimeRecoverySpecification=wanted)
    dynamodb.delete_table(TableName="orders")
    aws.idle()
    made = Exported(aws, dynamodb.describe_export(ExportArn=started["ExportArn"])["ExportDescription"])
    keys = {json.loads(line)["Item"]["pk"]["S"] for line in made.lines}
    assert keys == {f"item-{at}" for at in range(200)}


def test_an_empty_table_is_exported_as_an_empty_file(aws: Any, dynamodb: Any, orders: str, bucket: str) -> None:
    made = export(aws, dynamodb, orders, bucket)
    assert [entry["itemCount"] for entry in made.entries] == [0]
    assert made.lines == []
    assert made.described["ItemCount"] == made.described["BilledSizeBytes"] == 0
    assert made.folder.startswith("AWSDynamoDB/")


def test_a_large_table_is_exported_as_several_files(aws: Any, dynamodb: Any, orders: str, bucket: str) -> None:
    fill(dynamodb, "orders", 500, size_bytes=20_000)
    made = export(aws, dynamodb, orders, bucket)
    assert len(made.entries) > 1
    assert sum(entry["itemCount"] for entry in made.entries) == 500
    assert len({json.loads(line)["Item"]["pk"]["S"] for line in made.lines}) == 500


def test_an_export_in_ion(aws: Any, dynamodb: Any, orders: str, bucket: str) -> None:
    item = {
        "pk": {"S": "a"},
        "plain": {"S": 'with "quotes", a \\ and \n and ü 𝄞'},
        "it's odd": {"S": ""},
        "null": {"NULL": True},
        "true": {"BOOL": False},
        "number": {"N": "-12.5"},
        "whole": {"N": "600"},
        "binary": {"B": b"\x00\xff"},
        "strings": {"SS": ["x", "y"]},
        "numbers": {"NS": ["1", "2.5"]},
        "binaries": {"BS": [b"1", b"2"]},
        "list": {"L": [{"N": "1"}, {"M": {"deep": {"L": []}}}]},
        "$dollar": {"M": {}},
    }
    dynamodb.put_item(TableName="orders", Item=item)
    made = export(aws, dynamodb, orders, bucket, ExportFormat="ION")
    assert made.entries[0]["dataFileS3Key"].endswith(".ion.gz")
    (line,) = made.lines
    assert line.startswith(b"$ion_1_0 {Item:{")
    found = simpleion.loads(line.decode())["Item"]
    assert found["plain"] == item["plain"]["S"]
    assert found["it's odd"] == ""
    assert found["null"].ion_type.name == "NULL"
    assert found["true"] == False  # noqa: E712  it is an Ion value
    assert found["number"] == Decimal("-12.5")
    assert found["whole"].ion_type.name == "DECIMAL"
    assert found["binary"] == b"\x00\xff"
    for name, kind in (("strings", "SS"), ("numbers", "NS"), ("binaries", "BS")):
        assert [annotation.text for annotation in found[name].ion_annotations] == [f"$dynamodb_{kind}"]
    assert list(found["strings"]) == ["x", "y"]
    assert found["list"][1]["deep"] == []
    assert found["$dollar"] == {}
    assert made.summary["outputFormat"] == "ION"


def test_an_incremental_export_has_what_changed(aws: Any, dynamodb: Any, orders: str, bucket: str) -> None:
    for name in ("updated", "deleted", "untouched", "often"):
        dynamodb.put_item(TableName="orders", Item={"pk": {"S": name}, "n": {"N": "0"}})
    aws.advance(60)
    since = whole_second(aws)
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "updated"}, "n": {"N": "1"}})
    dynamodb.delete_item(TableName="orders", Key={"pk": {"S": "deleted"}})
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "inserted"}, "n": {"N": "1"}})
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "fleeting"}})
    for number in range(4):
        aws.advance(10)
        dynamodb.put_item(TableName="orders", Item={"pk": {"S": "often"}, "n": {"N": str(number + 1)}})
    dynamodb.delete_item(TableName="orders", Key={"pk": {"S": "fleeting"}})
    until = since + HOUR
    aws.advance(until - aws.clock.now())
    # What is written from here on doesn't belong to it.
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "updated"}, "n": {"N": "2"}})
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "inserted"}, "n": {"N": "2"}})
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "late"}})
    aws.advance(60)
    times = {"ExportFromTime": moment(since), "ExportToTime": moment(until)}
    options = {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": times}
    made = export(aws, dynamodb, orders, bucket, S3Prefix="changes", **options)

    def micros(second: int) -> dict[str, Any]:
        return {"WriteTimestampMicros": {"N": str(second * 1_000_000)}}

    def image(name: str, number: int) -> dict[str, Any]:
        return {"pk": {"S": name}, "n": {"N": str(number)}}

    found = {json.loads(line)["Keys"]["pk"]["S"]: json.loads(line) for line in made.lines}
    for name, record in found.items():
        assert record.pop("Keys") == {"pk": {"S": name}}
    assert found == {
        "updated": {"Metadata": micros(since), "OldImage": image("updated", 0), "NewImage": image("updated", 1)},
        "deleted": {"Metadata": micros(since), "OldImage": image("deleted", 0)},
        "inserted": {"Metadata": micros(since), "NewImage": image("inserted", 1)},
        "often": {"Metadata": micros(since + 40), "OldImage": image("often", 0), "NewImage": image("often", 4)},
    }
    assert made.entries[0]["dataFileS3Key"].startswith("changes/AWSDynamoDB/data/")
    assert made.summary["exportType"] == "INCREMENTAL_EXPORT"
    assert made.summary["outputView"] == "NEW_AND_OLD_IMAGES"
    assert made.summary["version"] == "2023-08-01"
    assert {"exportFromTime", "exportToTime"} < made.summary.keys()
    assert "exportTime" not in made.summary
    shown = made.described["IncrementalExportSpecification"]
    assert shown["ExportFromTime"].timestamp() == since
    assert shown["ExportViewType"] == "NEW_AND_OLD_IMAGES"
    assert made.described["ItemCount"] == 4

    options["IncrementalExportSpecification"] = {**times, "ExportViewType": "NEW_IMAGE"}
    made = export(aws, dynamodb, orders, bucket, **options)
    found = {json.loads(line)["Keys"]["pk"]["S"]: json.loads(line) for line in made.lines}
    assert found.keys() == {"updated", "deleted", "inserted", "often"}
    assert all("OldImage" not in record for record in found.values())
    assert found["often"]["NewImage"] == image("often", 4)

    made = export(aws, dynamodb, orders, bucket, ExportFormat="ION", **options)
    records = [simpleion.loads(line.decode())["Record"] for line in made.lines]
    often = next(record for record in records if record["Keys"]["pk"] == "often")
    assert often["Metadata"]["WriteTimestampMicros"] == (since + 40) * 1_000_000
    assert often["NewImage"]["n"] == 4


def test_a_filtered_export(aws: Any, dynamodb: Any, bucket: str) -> None:
    arn = make_table(dynamodb, "events", range_key="sk:N")
    enable_recovery(dynamodb, "events")
    for name in ("a", "b"):
        for number in range(6):
            item = {"pk": {"S": name}, "sk": {"N": str(number)}, "even": {"BOOL": number % 2 == 0}, "x": {"B": b"1"}}
            dynamodb.put_item(TableName="events", Item=item)
    wanted = {
        "KeyConditionExpression": "pk = :a AND sk > :one",
        "FilterExpression": "even = :yes AND x = :binary",
        "ProjectionExpression": "pk, #sort",
        "ExpressionAttributeNames": {"#sort": "sk"},
        "ExpressionAttributeValues": {
            ":a": {"S": "a"},
            ":one": {"N": "1"},
            ":yes": {"BOOL": True},
            ":binary": {"B": b"1"},
        },
    }
    made = export(aws, dynamodb, arn, bucket, FilterSpecification=wanted)
    assert [json.loads(line)["Item"] for line in made.lines] == [
        {"pk": {"S": "a"}, "sk": {"N": "2"}},
        {"pk": {"S": "a"}, "sk": {"N": "4"}},
    ]
    assert made.described["FilterSpecification"] == wanted
    assert made.described["ItemCount"] == 2


def test_encryption_and_owner_are_told_to_s3(aws: Any, dynamodb: Any, orders: str, bucket: str) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    made = export(
        aws,
        dynamodb,
        orders,
        bucket,
        S3SseAlgorithm="KMS",
        S3SseKmsKeyId=key,
        S3BucketOwner=aws.account,
    )
    stored = aws.client("s3").head_object(Bucket=bucket, Key=made.entries[0]["dataFileS3Key"])
    assert stored["ServerSideEncryption"] == "aws:kms"
    assert stored["SSEKMSKeyId"] == key
    assert made.summary["s3SseKmsKeyId"] == key
    assert made.described["S3BucketOwner"] == aws.account


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"S3Bucket": "no-such-bucket-anywhere"}, "S3NoSuchBucket"), ({"S3BucketOwner": "1" * 12}, "S3AccessDenied")],
)
def test_an_export_that_s3_refuses_fails(
    aws: Any, dynamodb: Any, orders: str, bucket: str, changes: dict[str, Any], code: str
) -> None:
    request = {"TableArn": orders, "S3Bucket": bucket, **changes}
    started = dynamodb.export_table_to_point_in_time(**request)["ExportDescription"]
    aws.idle()
    described = dynamodb.describe_export(ExportArn=started["ExportArn"])["ExportDescription"]
    assert described["ExportStatus"] == "FAILED"
    assert described["FailureCode"] == code
    assert "(Service: Amazon S3; Status Code: 40" in described["FailureMessage"]
    assert "EndTime" in described
    assert "ExportManifest" not in described


def test_exports_of_one_token_are_one(aws: Any, dynamodb: Any, orders: str, bucket: str) -> None:
    request = {"TableArn": orders, "S3Bucket": bucket, "ClientToken": "token-1"}
    first = dynamodb.export_table_to_point_in_time(**request)["ExportDescription"]
    aws.idle()
    second = dynamodb.export_table_to_point_in_time(**request)["ExportDescription"]
    assert second["ExportArn"] == first["ExportArn"]
    assert second["ExportStatus"] == "COMPLETED"
    code, _ = refusal(dynamodb.export_table_to_point_in_time, **request, S3Prefix="other")
    assert code == "ExportConflictException"
    aws.advance(8 * HOUR + 1)
    third = dynamodb.export_table_to_point_in_time(**request)["ExportDescription"]
    assert third["ExportArn"] != first["ExportArn"]


def test_exports_are_listed_for_ninety_days(aws: Any, dynamodb: Any, orders: str, bucket: str) -> None:
    arns = []
    for _ in range(3):
        arns.append(export(aws, dynamodb, orders, bucket).described["ExportArn"])
        aws.advance(1)
    other = make_table(dynamodb, "another")
    enable_recovery(dynamodb, "another")
    arns.append(export(aws, dynamodb, other, bucket).described["ExportArn"])
    listed = dynamodb.list_exports(TableArn=orders)["ExportSummaries"]
    assert [one["ExportArn"] for one in listed] == arns[2::-1]
    assert listed[0] == {"ExportArn": arns[2], "ExportStatus": "COMPLETED", "ExportType": "FULL_EXPORT"}
    assert len(dynamodb.list_exports()["ExportSummaries"]) == 4
    page = dynamodb.list_exports(MaxResults=3)
    rest = dynamodb.list_exports(MaxResults=3, NextToken=page["NextToken"])
    assert "NextToken" not in rest
    found = [one["ExportArn"] for one in (*page["ExportSummaries"], *rest["ExportSummaries"])]
    assert found == sorted(arns, reverse=True)
    aws.advance(91 * DAY)
    assert dynamodb.list_exports()["ExportSummaries"] == []
    assert refusal(dynamodb.describe_export, ExportArn=arns[0]) == (
        "ExportNotFoundException",
        f"Export not found: {arns[0]}",
    )
    assert refusal(dynamodb.list_exports, NextToken="not hexadecimal")[0] == "ValidationException"


INCREMENTAL = {"ExportType": "INCREMENTAL_EXPORT"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"TableArn": "arn:aws:dynamodb:us-east-1:{account}:table/missing"}, "TableNotFoundException"),
        ({"TableArn": "orders"}, "ValidationException"),
        ({"TableArn": "arn:aws:dynamodb:us-east-1:{account}:table/plain"}, "PointInTimeRecoveryUnavailableException"),
        ({"ExportTime": 1}, "InvalidExportTimeException"),
        ({"ExportTime": 9_999_999_999}, "InvalidExportTimeException"),
        ({"ExportFormat": "CSV"}, "ValidationException"),
        ({"S3BucketOwner": "me"}, "ValidationException"),
        ({"S3SseAlgorithm": "AES256", "S3SseKmsKeyId": "key"}, "ValidationException"),
        ({"ClientToken": "dollar$"}, "ValidationException"),
        (INCREMENTAL, "ValidationException"),
        ({**INCREMENTAL, "IncrementalExportSpecification": {}}, "ValidationException"),
        ({"IncrementalExportSpecification": {"ExportFromTime": 1}}, "ValidationException"),
        (
            {**INCREMENTAL, "IncrementalExportSpecification": {"ExportFromTime": 1_000, "ExportToTime": 2_000}},
            "InvalidExportTimeException",
        ),
        (
            {**INCREMENTAL, "IncrementalExportSpecification": {"ExportFromTime": 1_000, "ExportToTime": 1_899}},
            "ValidationException",
        ),
        (
            {**INCREMENTAL, "IncrementalExportSpecification": {"ExportFromTime": 1_000, "ExportToTime": 90_000}},
            "ValidationException",
        ),
        ({"FilterSpecification": {"FilterExpression": "a ="}}, "ValidationException"),
        (
            {
                "FilterSpecification": {
                    "KeyConditionExpression": "other = :a",
                    "ExpressionAttributeValues": {":a": {"S": "a"}},
                }
            },
            "ValidationException",
        ),
    ],
)
def test_what_an_export_refuses(
    aws: Any, dynamodb: Any, orders: str, bucket: str, changes: dict[str, Any], code: str
) -> None:
    make_table(dynamodb, "plain")
    request = {"TableArn": orders, "S3Bucket": bucket, **changes}
    request["TableArn"] = request["TableArn"].format(account=aws.account)
    assert refusal(dynamodb.export_table_to_point_in_time, **request)[0] == code


def test_the_messages_of_refused_exports(aws: Any, dynamodb: Any, bucket: str) -> None:
    arn = make_table(dynamodb, "orders")
    missing = arn.replace("orders", "missing")
    start = dynamodb.export_table_to_point_in_time
    assert refusal(start, TableArn=missing, S3Bucket=bucket) == (
        "TableNotFoundException",
        f"Table not found: {missing}",
    )
    assert refusal(start, TableArn=arn, S3Bucket=bucket) == (
        "PointInTimeRecoveryUnavailableException",
        "Point in time recovery is not enabled for table 'orders'",
    )
