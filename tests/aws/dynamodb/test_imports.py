"""Imports: new tables from objects in CSV, DynamoDB JSON and Ion, compressed or not, with what is wrong in the log."""

import csv
import gzip
import io
import json
import re
from typing import Any

import pytest
import zstandard
from amazon.ion import simpleion

from aws.dynamodb.conftest import index, make_table, refusal
from aws.dynamodb.whole_tables import contents, enable_recovery, fill

DAY = 86_400
ITEM = {
    "pk": {"S": "all"},
    "text": {"S": 'ü, "quoted" and 𝄞'},
    "empty": {"S": ""},
    "number": {"N": "-1.5"},
    "binary": {"B": b"\x00\x01\xff"},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "strings": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2"]},
    "binaries": {"BS": [b"1", b"2"]},
    "list": {"L": [{"S": "x"}, {"M": {"deep": {"N": "1"}}}]},
    "it's": {"M": {}},
}


class Source:
    """A bucket to import from."""

    def __init__(self, aws: Any) -> None:
        self.aws = aws
        self.s3 = aws.client("s3")
        self.bucket: str = aws.unique("imports")
        self.s3.create_bucket(Bucket=self.bucket)

    def put(self, key: str, content: bytes | str) -> None:
        body = content.encode() if isinstance(content, str) else content
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def request(self, kind: str, prefix: str = "", **options: Any) -> dict[str, Any]:
        place = {"S3Bucket": self.bucket, **({"S3KeyPrefix": prefix} if prefix else {})}
        table = {
            "TableName": "imported",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            **options.pop("table", {}),
        }
        return {"S3BucketSource": place, "InputFormat": kind, "TableCreationParameters": table, **options}

    def load(self, kind: str, prefix: str = "", **options: Any) -> dict[str, Any]:
        """Import, and describe what became of it."""
        client = self.aws.client("dynamodb")
        started = client.import_table(**self.request(kind, prefix, **options))["ImportTableDescription"]
        assert started["ImportStatus"] == "IN_PROGRESS"
        self.aws.idle()
        described: dict[str, Any] = client.describe_import(ImportArn=started["ImportArn"])["ImportTableDescription"]
        return described

    def errors(self, described: dict[str, Any]) -> list[dict[str, Any]]:
        """What was logged, in order of the records."""
        stream = described["ImportArn"].rpartition("/")[2] + "/error"
        events = self.aws.client("logs").get_log_events(
            logGroupName="/aws-dynamodb/imports", logStreamName=stream, startFromHead=True
        )["events"]
        found = [json.loads(event["message"]) for event in events]
        assert all(one["importArn"] == described["ImportArn"] for one in found)
        return found


@pytest.fixture
def source(aws: Any) -> Source:
    return Source(aws)


def json_lines(*items: dict[str, Any]) -> str:
    return "".join(json.dumps({"Item": item}) + "\n" for item in items)


def numbered(count: int, start: int = 0) -> str:
    return json_lines(*({"pk": {"S": f"item-{at}"}, "n": {"N": str(at)}} for at in range(start, start + count)))


def test_an_import_of_dynamodb_json(aws: Any, dynamodb: Any, source: Source) -> None:
    source.put("data/1.json", numbered(300))
    source.put("data/2.json", numbered(200, start=300).rstrip("\n").replace("\n", "\r\n"))
    source.put("other.json", "not to be read")
    described = source.load("DYNAMODB_JSON", "data/")
    arn = f"arn:aws:dynamodb:{aws.region}:{aws.account}:table/imported"
    assert re.fullmatch(re.escape(arn) + r"/import/0\d{13}-[0-9a-f]{8}", described["ImportArn"])
    assert described["ImportStatus"] == "COMPLETED"
    assert described["TableArn"] == arn
    assert described["ProcessedItemCount"] == described["ImportedItemCount"] == 500
    assert described["ErrorCount"] == 0
    assert described["ProcessedSizeBytes"] == len(numbered(500))
    assert described["InputFormat"] == "DYNAMODB_JSON"
    assert described["InputCompressionType"] == "NONE"
    assert described["S3BucketSource"] == {
        "S3BucketOwner": aws.account,
        "S3Bucket": source.bucket,
        "S3KeyPrefix": "data/",
    }
    assert described["CloudWatchLogGroupArn"].endswith(":log-group:/aws-dynamodb/imports:*")
    assert described["TableCreationParameters"]["TableName"] == "imported"
    assert {"StartTime", "EndTime", "ClientToken"} <= described.keys()
    table = dynamodb.describe_table(TableName="imported")["Table"]
    assert table["TableStatus"] == "ACTIVE"
    assert table["TableId"] == described["TableId"]
    assert table["ItemCount"] == 500
    found = contents(dynamodb, "imported")
    assert found["item-499"] == {"pk": {"S": "item-499"}, "n": {"N": "499"}}


@pytest.mark.parametrize("kind", ["DYNAMODB_JSON", "ION"])
def test_every_type_survives_an_export_and_an_import(aws: Any, dynamodb: Any, source: Source, kind: str) -> None:
    arn = make_table(dynamodb, "orders")
    enable_recovery(dynamodb, "orders")
    dynamodb.put_item(TableName="orders", Item=ITEM)
    fill(dynamodb, "orders", 40)
    dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=source.bucket, ExportFormat=kind)
    aws.idle()
    (data,) = (
        one["Key"] for one in source.s3.list_objects_v2(Bucket=source.bucket)["Contents"] if "/data/" in one["Key"]
    )
    described = source.load(kind, data, InputCompressionType="GZIP")
    assert described["ImportStatus"] == "COMPLETED", described
    assert contents(dynamodb, "imported") == contents(dynamodb, "orders")


@pytest.mark.parametrize("compression", ["NONE", "GZIP", "ZSTD"])
def test_objects_may_be_compressed(aws: Any, dynamodb: Any, source: Source, compression: str) -> None:
    pack = {"NONE": bytes, "GZIP": gzip.compress, "ZSTD": zstandard.compress}[compression]
    # Both formats allow several pieces one after the other.
    source.put("data", pack(numbered(1000).encode()) + pack(numbered(1000, start=1000).encode()))
    described = source.load("DYNAMODB_JSON", InputCompressionType=compression)
    assert described["ImportStatus"] == "COMPLETED", described
    assert described["InputCompressionType"] == compression
    assert described["ImportedItemCount"] == 2000
    assert described["ProcessedSizeBytes"] == len(numbered(2000))


@pytest.mark.parametrize("compression", ["GZIP", "ZSTD"])
@pytest.mark.parametrize("damage", ["other", "cut"])
def test_an_object_that_is_compressed_otherwise_is_one_error(
    aws: Any, dynamodb: Any, source: Source, compression: str, damage: str
) -> None:
    pack = gzip.compress if compression == "GZIP" else zstandard.compress
    source.put("1", numbered(5) if damage == "other" else pack(numbered(5).encode())[:-6])
    source.put("2", pack(numbered(5, start=10).encode()))
    described = source.load("DYNAMODB_JSON", InputCompressionType=compression)
    assert described["ImportStatus"] == "FAILED"
    assert described["FailureCode"] == "ItemValidationError"
    assert described["ErrorCount"] == 1
    (error,) = source.errors(described)
    assert error["itemS3Pointer"]["key"] == "1"
    assert "item-12" in contents(dynamodb, "imported")


def test_an_import_of_csv(aws: Any, dynamodb: Any, source: Source) -> None:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["pk", "sk", "blob", "name", "n"])
    rows.writerow(["a", "1", "AAE=", 'a "quoted", long\nname', "10"])
    rows.writerow(["b", "-2.50", "/w==", "", "20"])
    source.put("rows.csv", "\ufeff" + text.getvalue())
    table = {
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
            {"AttributeName": "blob", "AttributeType": "B"},
        ],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "GlobalSecondaryIndexes": [index("by-blob", "blob")],
    }
    described = source.load("CSV", table=table)
    assert described["ImportStatus"] == "COMPLETED", source.errors(described)
    assert contents(dynamodb, "imported") == {
        "a": {
            "pk": {"S": "a"},
            "sk": {"N": "1"},
            "blob": {"B": b"\x00\x01"},
            "name": {"S": 'a "quoted", long\nname'},
            "n": {"S": "10"},
        },
        "b": {"pk": {"S": "b"}, "sk": {"N": "-2.5"}, "blob": {"B": b"\xff"}, "name": {"S": ""}, "n": {"S": "20"}},
    }
    found = dynamodb.query(
        TableName="imported",
        IndexName="by-blob",
        KeyConditionExpression="#blob = :blob",
        ExpressionAttributeNames={"#blob": "blob"},
        ExpressionAttributeValues={":blob": {"B": b"\xff"}},
    )
    assert [item["pk"] for item in found["Items"]] == [{"S": "b"}]


@pytest.mark.parametrize("delimiter", [",", ";", ":", "|", "\t", " "])
def test_csv_with_a_header_and_a_delimiter_of_ones_own(aws: Any, dynamodb: Any, source: Source, delimiter: str) -> None:
    source.put("1.csv", delimiter.join(("a", "x")) + "\n" + delimiter.join(("b", "y")))
    source.put("2.csv", delimiter.join(("c", "z")) + "\n")
    options = {"Csv": {"Delimiter": delimiter, "HeaderList": ["pk", "value"]}}
    described = source.load("CSV", InputFormatOptions=options)
    assert described["InputFormatOptions"] == options
    assert described["ImportedItemCount"] == 3
    found = contents(dynamodb, "imported")
    assert {key: item["value"]["S"] for key, item in found.items()} == {"a": "x", "b": "y", "c": "z"}


def test_records_that_are_no_items_are_counted_and_logged(aws: Any, dynamodb: Any, source: Source) -> None:
    wrong = {
        "not json": "no JSON",
        '{"item": {}}': "has no Item",
        '{"Item": {"other": {"S": "a"}}}': (
            "One or more parameter values were invalid: Missing the key pk in the item"
        ),
        '{"Item": {"pk": {"N": "1"}}}': (
            "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N"
        ),
        '{"Item": {"pk": {"S": 1}}}': "Invalid attribute value",
        '{"Item": {"pk": {"S": "a"}, "b": {"B": "not base64!"}}}': "base64",
        '{"Item": {"pk": {"S": "a"}, "n": {"N": "x"}}}': ("The parameter cannot be converted to a numeric value: x"),
        '{"Item": {"pk": {"S": "a"}, "s": {"SS": []}}}': "An string set  may not be empty",
        '{"Item": {"pk": {"S": "a"}, "t": {"S": "' + "x" * 410_000 + '"}}}': "Item size",
        "[" * 100_000: "",
    }
    good = [json_lines({"pk": {"S": f"good-{at}"}}).strip() for at in range(len(wrong))]
    lines = [line for pair in zip(good, wrong, strict=True) for line in pair]
    source.put("mixed.json", "\n\n".join(lines))
    described = source.load("DYNAMODB_JSON")
    assert described["ImportStatus"] == "FAILED"
    assert described["FailureCode"] == "ItemValidationError"
    assert described["FailureMessage"] == (
        "Some of the items failed validation checks and were not imported. "
        "Please check CloudWatch error logs for more details."
    )
    assert described["ProcessedItemCount"] == 2 * len(wrong)
    assert described["ImportedItemCount"] == described["ErrorCount"] == len(wrong)
    errors = source.errors(described)
    for number, (error, message) in enumerate(zip(errors, wrong.values(), strict=True)):
        assert error["itemS3Pointer"] == {"bucket": source.bucket, "key": "mixed.json", "itemIndex": 2 * number + 1}
        assert message in error["errorMessages"][0]
    assert contents(dynamodb, "imported").keys() == {f"good-{at}" for at in range(len(wrong))}
    assert dynamodb.describe_table(TableName="imported")["Table"]["TableStatus"] == "ACTIVE"


def test_wrong_rows_and_wrong_ion(aws: Any, dynamodb: Any, source: Source) -> None:
    source.put("rows.csv", 'pk,n\na,1\nb\nc,3,4\n"d,5\n')
    described = source.load("CSV", "rows.csv")
    assert described["ErrorCount"] == 3
    assert contents(dynamodb, "imported").keys() == {"a"}
    records = [
        '$ion_1_0 {Item:{pk:"a"}}',
        '{Item:{pk:"b",n:1.5,when:2020-01-01T}}',
        '{Item:{pk:"c",set:$dynamodb_NS::[1,"x"]}}',
        "{Item:[]}",
        "{Item:",
        simpleion.dumps({"Item": {"pk": "d", "whole": 3}}, binary=False),
    ]
    source.put("records.ion", "\n".join(records))
    described = source.load("ION", "records.ion", table={"TableName": "other"})
    assert described["ErrorCount"] == 4
    assert contents(dynamodb, "other") == {
        "a": {"pk": {"S": "a"}},
        "d": {"pk": {"S": "d"}, "whole": {"N": "3"}},
    }
    assert "timestamp" in source.errors(described)[0]["errorMessages"][0]


def test_an_item_that_comes_twice_is_in_its_indexes_once(aws: Any, dynamodb: Any, source: Source) -> None:
    first = {"pk": {"S": "a"}, "group": {"S": "old"}}
    source.put("items", json_lines(first, {"pk": {"S": "a"}, "group": {"S": "new"}}))
    definitions = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "group")]
    table = {"AttributeDefinitions": definitions, "GlobalSecondaryIndexes": [index("by-group", "group")]}
    described = source.load("DYNAMODB_JSON", table=table)
    assert described["ProcessedItemCount"] == 2
    assert described["ErrorCount"] == 0
    found = dynamodb.scan(TableName="imported", IndexName="by-group")["Items"]
    assert [item["group"]["S"] for item in found] == ["new"]


def test_settings_of_an_imported_table(aws: Any, dynamodb: Any, source: Source) -> None:
    source.put("items", numbered(1))
    table = {
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4},
        "SSESpecification": {"Enabled": True, "SSEType": "KMS"},
    }
    source.load("DYNAMODB_JSON", table=table)
    described = dynamodb.describe_table(TableName="imported")["Table"]
    assert described["ProvisionedThroughput"]["WriteCapacityUnits"] == 4
    assert described["SSEDescription"]["Status"] == "ENABLED"


def test_a_table_is_being_created_until_its_import_is_done(aws: Any, dynamodb: Any, source: Source) -> None:
    source.put("items", numbered(20_000))
    started = dynamodb.import_table(**source.request("DYNAMODB_JSON"))["ImportTableDescription"]
    assert dynamodb.describe_table(TableName="imported")["Table"]["TableStatus"] == "CREATING"
    described = dynamodb.describe_import(ImportArn=started["ImportArn"])["ImportTableDescription"]
    assert described["ImportStatus"] == "IN_PROGRESS"
    assert refusal(dynamodb.scan, TableName="imported")[0] == "ResourceNotFoundException"
    assert refusal(dynamodb.import_table, **source.request("DYNAMODB_JSON")) == (
        "ResourceInUseException",
        "Table already exists: imported",
    )
    aws.idle()
    assert len(contents(dynamodb, "imported")) == 20_000


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"S3Bucket": "no-such-bucket-anywhere"}, "S3NoSuchBucket"), ({"S3BucketOwner": "1" * 12}, "S3AccessDenied")],
)
def test_an_import_that_s3_refuses_leaves_no_table(
    aws: Any, dynamodb: Any, source: Source, changes: dict[str, Any], code: str
) -> None:
    request = source.request("DYNAMODB_JSON")
    request["S3BucketSource"] |= changes
    started = dynamodb.import_table(**request)["ImportTableDescription"]
    aws.idle()
    described = dynamodb.describe_import(ImportArn=started["ImportArn"])["ImportTableDescription"]
    assert described["ImportStatus"] == "FAILED"
    assert described["FailureCode"] == code
    assert "(Service: Amazon S3; Status Code: 40" in described["FailureMessage"]
    assert described["ProcessedItemCount"] == described["ErrorCount"] == 0
    assert refusal(dynamodb.describe_table, TableName="imported")[0] == "ResourceNotFoundException"


def test_imports_of_one_token_are_one(aws: Any, dynamodb: Any, source: Source) -> None:
    source.put("items", numbered(3))
    request = source.request("DYNAMODB_JSON", ClientToken="token-1")
    first = dynamodb.import_table(**request)["ImportTableDescription"]
    aws.idle()
    second = dynamodb.import_table(**request)["ImportTableDescription"]
    assert second["ImportArn"] == first["ImportArn"]
    assert second["ImportStatus"] == "COMPLETED"
    other = source.request("DYNAMODB_JSON", "other", ClientToken="token-1")
    assert refusal(dynamodb.import_table, **other)[0] == "ImportConflictException"
    aws.advance(8 * 3600 + 1)
    assert refusal(dynamodb.import_table, **request)[0] == "ResourceInUseException"


def test_imports_are_listed_for_ninety_days(aws: Any, dynamodb: Any, source: Source) -> None:
    source.put("items", numbered(1))
    arns = [source.load("DYNAMODB_JSON", table={"TableName": f"table-{number}"})["ImportArn"] for number in range(3)]
    listed = dynamodb.list_imports()["ImportSummaryList"]
    assert [one["ImportArn"] for one in listed] == arns[::-1]
    assert listed[0]["ImportStatus"] == "COMPLETED"
    assert listed[0]["S3BucketSource"]["S3Bucket"] == source.bucket
    assert listed[0]["InputFormat"] == "DYNAMODB_JSON"
    assert {"StartTime", "EndTime", "CloudWatchLogGroupArn", "TableArn"} <= listed[0].keys()
    table_arn = dynamodb.describe_table(TableName="table-1")["Table"]["TableArn"]
    assert [one["ImportArn"] for one in dynamodb.list_imports(TableArn=table_arn)["ImportSummaryList"]] == [arns[1]]
    page = dynamodb.list_imports(PageSize=2)
    assert re.fullmatch("([0-9a-f]{16}){7,}", page["NextToken"])
    rest = dynamodb.list_imports(PageSize=2, NextToken=page["NextToken"])
    assert [one["ImportArn"] for one in rest["ImportSummaryList"]] == [arns[0]]
    assert "NextToken" not in rest
    aws.advance(91 * DAY)
    assert dynamodb.list_imports()["ImportSummaryList"] == []
    assert refusal(dynamodb.describe_import, ImportArn=arns[0]) == (
        "ImportNotFoundException",
        f"Import not found: {arns[0]}",
    )
    assert len(contents(dynamodb, "table-0")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"InputFormat": "XML"},
        {"InputCompressionType": "BZIP"},
        {"InputFormatOptions": {"Csv": {"Delimiter": ","}}},
        {"InputFormat": "CSV", "InputFormatOptions": {"Csv": {"Delimiter": "#"}}},
        {"InputFormat": "CSV", "InputFormatOptions": {"Csv": {"HeaderList": ["pk", "pk"]}}},
        {"ClientToken": "dollar$"},
        {"TableCreationParameters": {"TableName": "imported"}},
    ],
)
def test_what_an_import_refuses(aws: Any, dynamodb: Any, source: Source, changes: dict[str, Any]) -> None:
    code, _ = refusal(dynamodb.import_table, **{**source.request("DYNAMODB_JSON"), **changes})
    assert code == "ValidationException"
    assert dynamodb.list_tables()["TableNames"] == []
