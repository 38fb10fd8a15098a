"""Bulk operations: items of objects are put into a table that is there, and what could not be put is reported."""

import gzip
import json
from typing import Any

import pytest
from amazon.ion import simpleion

from tests.aws.dynamodb.conftest import index, make_table, refusal
from tests.aws.dynamodb.vectors import embedded, keys, vector_index
from tests.aws.dynamodb.whole_tables import contents

DAY = 86_400


class Bucket:
    """A bucket to read from and to report to, and a client that starts operations."""

    def __init__(self, aws: Any, client: Any) -> None:
        self.aws, self.client = aws, client
        self.s3 = aws.client("s3")
        self.name: str = aws.unique("bulk")
        self.s3.create_bucket(Bucket=self.name)

    def put(self, key: str, *records: dict[str, Any] | str) -> int:
        """Store an object of lines. Returns its size."""
        lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
        body = "\n".join(lines).encode()
        self.s3.put_object(Bucket=self.name, Key=key, Body=body)
        return len(body)

    def request(self, **options: Any) -> dict[str, Any]:
        source = {"S3Bucket": self.name, "S3KeyPrefix": "in/", "InputFormat": "DYNAMODB_JSON"}
        output = {"S3Bucket": self.name, "S3KeyPrefix": "out", "OutputType": ["ERROR", "CONDITION_CHECK_FAILURE"]}
        return {
            "TableName": "orders",
            "InputS3Configuration": {**source, **options.pop("source", {})},
            "OutputS3Configuration": {**output, **options.pop("output", {})},
            **options,
        }

    def run(self, **options: Any) -> dict[str, Any]:
        """Do an operation, and describe what became of it."""
        started = self.client.start_bulk_put_items(**self.request(**options))["BulkOperationDescription"]
        assert started["BulkOperationStatus"] == "IN_PROGRESS"
        self.aws.idle()
        return self.describe(started["BulkOperationArn"])

    def describe(self, arn: str) -> dict[str, Any]:
        described: dict[str, Any] = self.client.describe_bulk_operation(BulkOperationArn=arn)[
            "BulkOperationDescription"
        ]
        return described

    def report(self, folder: str) -> list[dict[str, Any]]:
        """The lines of the report's files in a folder."""
        listed = self.s3.list_objects_v2(Bucket=self.name, Prefix="out/").get("Contents", [])
        found = [one["Key"] for one in listed if f"/{folder}/" in one["Key"]]
        texts = [self.s3.get_object(Bucket=self.name, Key=key)["Body"].read() for key in found]
        return [json.loads(line) for text in texts for line in text.splitlines()]


@pytest.fixture
def bucket(aws: Any, dynamodb: Any) -> Bucket:
    return Bucket(aws, dynamodb)


def record(key: str, **members: Any) -> dict[str, Any]:
    return {"Item": {"pk": {"S": key}, "n": {"N": "1"}}, **members}


NEW = {"ConditionExpression": "attribute_not_exists(pk)"}


def test_items_are_put_into_a_table_that_is_there(dynamodb: Any, bucket: Bucket) -> None:
    make_table(
        dynamodb,
        "orders",
        attributes={"n": "N"},
        GlobalSecondaryIndexes=[index("by-n", "n", "", "KEYS_ONLY")],
        VectorIndexes=[vector_index()],
    )
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "kept"}})
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "a"}, "old": {"BOOL": True}})
    item = {"pk": {"S": "a"}, "n": {"N": "1"}, "embedding": embedded(1, 0)}
    size = bucket.put("in/1", {"Item": item}, *(record(f"k{at}") for at in range(250)))
    size += bucket.put("in/2", record("last"))
    bucket.put("elsewhere", record("not this one"))
    described = bucket.run(MaxWriteRequestUnits=2048, PerformanceTier="ACCELERATED", ClientToken="mine")
    assert described["BulkOperationStatus"] == "COMPLETED"
    assert (described["ProcessedItemCount"], described["FailedItemCount"]) == (252, 0)
    assert (described["ProcessedInputBytes"], described["TotalInputBytes"]) == (size, size)
    assert (described["MaxWriteRequestUnits"], described["PerformanceTier"]) == (2048, "ACCELERATED")
    assert described["ClientToken"] == "mine"
    assert described["EndTime"] >= described["StartTime"]
    table_id = dynamodb.describe_table(TableName="orders")["Table"]["TableId"]
    assert described["TableDetails"] == [{"TableName": "orders", "TableId": table_id}]
    found = contents(dynamodb, "orders")
    assert set(found) == {"kept", "a", "last", *(f"k{at}" for at in range(250))}
    assert found["a"] == item
    assert dynamodb.scan(TableName="orders", IndexName="by-n")["Count"] == 252
    assert keys(dynamodb, "orders", 1, 0) == ["a"]
    (usage,) = described["BulkOperationUsage"]
    assert (
        usage["BulkPutBytes"]
        == usage["Table"]["BulkPutBytes"] + usage["GlobalSecondaryIndexes"]["by-n"]["BulkPutBytes"]
    )
    assert usage["VectorIndexes"]["alike"]["BulkPutVectorBytes"] == 8 + len("pkan") + 2
    summary = bucket.s3.list_objects_v2(Bucket=bucket.name, Prefix="out/")["Contents"]
    assert [one["Key"].rpartition("/")[2] for one in summary] == ["manifest-summary.json"]


def test_conditions_decide_item_by_item(dynamodb: Any, bucket: Bucket) -> None:
    make_table(dynamodb, "orders")
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "a"}, "n": {"N": "7"}})
    over = {
        "ConditionExpression": "#n > :n",
        "ExpressionAttributeNames": {"#n": "n"},
        "ExpressionAttributeValues": {":n": {"N": "5"}},
    }
    bucket.put("in/1", record("a", **NEW), record("b", **NEW), record("c", **over))
    described = bucket.run()
    assert described["BulkOperationStatus"] == "COMPLETED"
    assert (described["ProcessedItemCount"], described["FailedItemCount"]) == (3, 0)
    assert set(contents(dynamodb, "orders")) == {"a", "b"}
    assert bucket.report("condition-check-failure") == [
        {
            "s3ObjectKey": "in/1",
            "itemIndex": 0,
            "Item": record("a")["Item"],
            "ExistingItem": {"pk": {"S": "a"}, "n": {"N": "7"}},
        },
        {"s3ObjectKey": "in/1", "itemIndex": 2, "Item": record("c")["Item"]},
    ]
    bucket.put("in/1", record("a", **over))
    bucket.run()
    assert contents(dynamodb, "orders")["a"]["n"] == {"N": "1"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "The record is no JSON"),
        ("[]", "The record has no Item"),
        (json.dumps({"Item": {"n": {"N": "1"}}}), "Missing the key pk in the item"),
        (json.dumps({"Item": {"pk": {"N": "1"}}}), "Type mismatch for key pk expected: S actual: N"),
        (json.dumps({"Item": {"pk": "plain"}}), "Invalid attribute value: plain"),
        (json.dumps(record("a", Condition="x")), "The record has unknown members: Condition"),
        (json.dumps(record("a", ConditionExpression="pk =")), "Invalid ConditionExpression: Syntax error"),
        (json.dumps(record("a", ConditionExpression=1)), "ConditionExpression of a record must be a text"),
        (json.dumps(record("a", ExpressionAttributeNames=[])), "must be names of attributes"),
        (
            json.dumps(record("a", ExpressionAttributeValues={":v": {"S": "x"}})),
            "ExpressionAttributeValues can only be specified when using expressions",
        ),
    ],
)
def test_records_that_cannot_be_put_are_reported(dynamodb: Any, bucket: Bucket, line: str, message: str) -> None:
    make_table(dynamodb, "orders")
    bucket.put("in/1", record("before"), line, record("after"))
    described = bucket.run()
    assert described["BulkOperationStatus"] == "COMPLETED_WITH_ERRORS"
    assert (described["ProcessedItemCount"], described["FailedItemCount"]) == (3, 1)
    assert set(contents(dynamodb, "orders")) == {"before", "after"}
    (entry,) = bucket.report("error")
    assert (entry["s3ObjectKey"], entry["itemIndex"]) == ("in/1", 1)
    assert message in entry["errorMessage"]


def test_only_what_was_asked_for_is_reported(dynamodb: Any, bucket: Bucket) -> None:
    make_table(dynamodb, "orders")
    bucket.put("in/1", "{", record("a"), record("a", **NEW))
    described = bucket.run(output={"OutputType": ["CONDITION_CHECK_FAILURE"]})
    assert described["BulkOperationStatus"] == "COMPLETED_WITH_ERRORS"
    assert (bucket.report("error"), len(bucket.report("condition-check-failure"))) == ([], 1)


def test_reports_may_have_several_files(dynamodb: Any, bucket: Bucket) -> None:
    make_table(dynamodb, "orders")
    text = {"S": "x" * 100_000}
    bucket.put("in/1", *({"Item": {"pk": {"S": "a"}, "text": text}, **(NEW if at else {})} for at in range(90)))
    bucket.run(output={"S3SseAlgorithm": "AES256"})
    assert [entry["itemIndex"] for entry in bucket.report("condition-check-failure")] == list(range(1, 90))
    listed = bucket.s3.list_objects_v2(Bucket=bucket.name, Prefix="out/")["Contents"]
    assert len(listed) > 2


@pytest.mark.parametrize("compression", ["GZIP", "NONE"])
def test_items_may_be_in_ion_and_compressed(dynamodb: Any, bucket: Bucket, compression: str) -> None:
    make_table(dynamodb, "orders")
    lines = [
        {"Item": {"pk": "a", "n": 1}},
        {"Item": {"pk": "a", "n": 2}, "ConditionExpression": "#n > :n", "ExpressionAttributeNames": {"#n": "n"}}
        | {"ExpressionAttributeValues": {":n": 5}},
        {"Item": {"n": 2}},
    ]
    text = "\n".join("$ion_1_0 " + simpleion.dumps(line, binary=False).removeprefix("$ion_1_0 ") for line in lines)
    body = gzip.compress(text.encode()) if compression == "GZIP" else text.encode()
    bucket.s3.put_object(Bucket=bucket.name, Key="in/1", Body=body)
    described = bucket.run(source={"InputFormat": "ION", "InputCompressionType": compression})
    assert (described["ProcessedItemCount"], described["FailedItemCount"]) == (3, 1)
    assert contents(dynamodb, "orders") == {"a": {"pk": {"S": "a"}, "n": {"N": "1"}}}
    assert [entry["itemIndex"] for entry in bucket.report("condition-check-failure")] == [1]


def test_objects_that_are_not_compressed_as_was_said_are_errors(dynamodb: Any, bucket: Bucket) -> None:
    make_table(dynamodb, "orders")
    bucket.put("in/1", record("a"))
    described = bucket.run(source={"InputCompressionType": "GZIP"})
    assert (described["BulkOperationStatus"], described["FailedItemCount"]) == ("COMPLETED_WITH_ERRORS", 1)
    assert "not compressed with GZIP" in bucket.report("error")[0]["errorMessage"]


@pytest.mark.parametrize("side", ["source", "output"])
def test_an_operation_fails_without_its_buckets(dynamodb: Any, bucket: Bucket, side: str) -> None:
    make_table(dynamodb, "orders")
    bucket.put("in/1", record("a"))
    described = bucket.run(**{side: {"S3Bucket": bucket.aws.unique("nowhere")}})
    assert (described["BulkOperationStatus"], described["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert "EndTime" in described
    assert set(contents(dynamodb, "orders")) == (set() if side == "source" else {"a"})


def test_a_token_stands_for_one_operation(aws: Any, dynamodb: Any, bucket: Bucket) -> None:
    make_table(dynamodb, "orders")
    first = bucket.run(ClientToken="mine")
    again = dynamodb.start_bulk_put_items(**bucket.request(ClientToken="mine"))["BulkOperationDescription"]
    assert again["BulkOperationArn"] == first["BulkOperationArn"]
    other = bucket.request(ClientToken="mine", MaxWriteRequestUnits=1024)
    assert refusal(dynamodb.start_bulk_put_items, **other)[0] == "IdempotentParameterMismatchException"
    aws.advance(8 * 3600 + 1)
    later = dynamodb.start_bulk_put_items(**bucket.request(ClientToken="mine"))["BulkOperationDescription"]
    assert later["BulkOperationArn"] != first["BulkOperationArn"]


def test_operations_are_listed_the_latest_first_for_ninety_days(aws: Any, dynamodb: Any, bucket: Bucket) -> None:
    started = []
    for at in range(12):
        make_table(dynamodb, f"t{at % 5}-{at}")
        started.append(bucket.run(TableName=f"t{at % 5}-{at}")["BulkOperationArn"])
        aws.advance(1)
    first = dynamodb.list_bulk_operations()
    assert [one["BulkOperationArn"] for one in first["BulkOperationsSummaryList"]] == started[:1:-1]
    assert first["BulkOperationsSummaryList"][0].keys() >= {"BulkOperationStatus", "StartTime", "EndTime"}
    rest = dynamodb.list_bulk_operations(NextToken=first["NextToken"], MaxResults=2)
    assert [one["BulkOperationArn"] for one in rest["BulkOperationsSummaryList"]] == [started[1], started[0]]
    assert "NextToken" not in rest
    assert refusal(dynamodb.list_bulk_operations, NextToken="0" * 16)[1] == "Invalid NextToken"
    assert refusal(dynamodb.list_bulk_operations, MaxResults=26)[0] == "ValidationException"
    aws.advance(91 * DAY)
    assert dynamodb.list_bulk_operations()["BulkOperationsSummaryList"] == []
    assert refusal(dynamodb.describe_bulk_operation, BulkOperationArn=started[0])[0] == "ResourceNotFoundException"


def test_an_operation_is_cancelled(aws: Any, dynamodb: Any, bucket: Bucket) -> None:
    make_table(dynamodb, "orders")
    for at in range(40):
        bucket.put(f"in/{at:02d}", *(record(f"k{at}-{n}") for n in range(100)))
    arn = dynamodb.start_bulk_put_items(**bucket.request())["BulkOperationDescription"]["BulkOperationArn"]
    reply = dynamodb.cancel_bulk_operation(BulkOperationArn=arn)
    assert (reply["BulkOperationArn"], reply["BulkOperationStatus"]) == (arn, "CANCELLING")
    aws.idle()
    described = bucket.describe(arn)
    assert (described["BulkOperationStatus"], described["FailureCode"]) == ("CANCELLED", "UserCancelled")
    assert len(contents(dynamodb, "orders")) == described["ProcessedItemCount"] < 4000
    message = f"The bulk operation is not in progress: {arn}"
    assert refusal(dynamodb.cancel_bulk_operation, BulkOperationArn=arn) == ("ValidationException", message)
    unknown = arn[:-8] + "00000000"
    assert refusal(dynamodb.cancel_bulk_operation, BulkOperationArn=unknown)[0] == "ResourceNotFoundException"


def test_a_table_that_is_deleted_ends_the_operation(aws: Any, dynamodb: Any, bucket: Bucket) -> None:
    make_table(dynamodb, "orders")
    for at in range(20):
        bucket.put(f"in/{at:02d}", *(record(f"k{at}-{n}") for n in range(100)))
    arn = dynamodb.start_bulk_put_items(**bucket.request())["BulkOperationDescription"]["BulkOperationArn"]
    dynamodb.delete_table(TableName="orders")
    aws.idle()
    described = bucket.describe(arn)
    assert (described["BulkOperationStatus"], described["FailureCode"]) == ("FAILED", "TableNotFound")


def test_tables_that_cannot_take_items_in_bulk_are_refused(aws: Any, dynamodb: Any, bucket: Bucket) -> None:
    assert refusal(dynamodb.start_bulk_put_items, **bucket.request())[0] == "ResourceNotFoundException"
    make_table(dynamodb, "orders", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    for at in range(20):
        bucket.put(f"in/{at:02d}", *(record(f"k{at}-{n}") for n in range(100)))
    replica = {"TableName": "orders", "ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}]}
    dynamodb.start_bulk_put_items(**bucket.request())
    code, message = refusal(dynamodb.update_table, **replica)
    assert (code, message.endswith("Table has a bulk operation in progress: orders")) == (
        "ResourceInUseException",
        True,
    )
    aws.idle()
    dynamodb.update_table(**replica)
    aws.idle()
    assert refusal(dynamodb.start_bulk_put_items, **bucket.request()) == (
        "ValidationException",
        "Bulk operations are not supported on global tables",
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"output": {"S3Bucket": None}}, "S3Bucket must be specified in OutputS3Configuration"),
        ({"output": {"OutputType": []}}, "OutputType must have at least one value"),
        ({"output": {"OutputType": ["ERROR", "ERROR"]}}, "OutputType contains duplicates"),
        ({"output": {"OutputType": ["EVERYTHING"]}}, "Member must satisfy enum value set"),
        ({"output": {"S3SseKmsKeyId": "k"}}, "S3SseKmsKeyId can only be specified when S3SseAlgorithm is KMS"),
        ({"output": {"S3SseAlgorithm": "KMS"}}, "S3SseKmsKeyId must be specified when S3SseAlgorithm is KMS"),
        ({"MaxWriteRequestUnits": 1023}, "Member must have value greater than or equal to 1024"),
        ({"source": {"InputFormat": "CSV"}}, "Member must satisfy enum value set"),
        ({"PerformanceTier": "FAST"}, "Member must satisfy enum value set"),
    ],
)
def test_requests_that_cannot_be_are_refused(dynamodb: Any, bucket: Bucket, options: Any, message: str) -> None:
    make_table(dynamodb, "orders")
    request = bucket.request(**options)
    request["OutputS3Configuration"] = {
        name: value for name, value in request["OutputS3Configuration"].items() if value is not None
    }
    code, found = refusal(dynamodb.start_bulk_put_items, **request)
    assert code == "ValidationException"
    assert message in found
