"""The AWS CLI keeps a table of songs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., str]
pytestmark = pytest.mark.timeout(500)
KEYS = ("AttributeName=artist,KeyType=HASH", "AttributeName=song,KeyType=RANGE")
DEFINITIONS = ("AttributeName=artist,AttributeType=S", "AttributeName=song,AttributeType=S")


def dynamodb(aws_cli: Run, *arguments: str) -> Any:
    output = aws_cli("dynamodb", *arguments)
    return json.loads(output) if output.strip() else None


def make_songs(aws_cli: Run) -> None:
    create = ("create-table", "--table-name", "songs", "--billing-mode", "PAY_PER_REQUEST")
    dynamodb(aws_cli, *create, "--key-schema", *KEYS, "--attribute-definitions", *DEFINITIONS)
    dynamodb(aws_cli, "wait", "table-exists", "--table-name", "songs")


def test_the_cli_reads_and_writes_items(aws_cli: Run, tmp_path: Path) -> None:
    make_songs(aws_cli)
    requests = [
        {"PutRequest": {"Item": {"artist": {"S": "Eno"}, "song": {"S": f"s{number:02}"}, "n": {"N": str(number)}}}}
        for number in range(12)
    ]
    (tmp_path / "batch.json").write_text(json.dumps({"songs": requests}))
    written = dynamodb(aws_cli, "batch-write-item", "--request-items", "file://batch.json")
    assert written == {"UnprocessedItems": {}}
    item = '{"artist": {"S": "Can"}, "song": {"S": "Vitamin C"}, "live": {"BOOL": true}, "takes": {"L": [{"N": "3"}]}}'
    dynamodb(aws_cli, "put-item", "--table-name", "songs", "--item", item)
    key = ("--table-name", "songs", "--key", '{"artist": {"S": "Can"}, "song": {"S": "Vitamin C"}}')
    assert dynamodb(aws_cli, "get-item", *key, "--consistent-read")["Item"] == json.loads(item)
    updated = dynamodb(
        aws_cli,
        "update-item",
        *key,
        "--update-expression=SET plays = if_not_exists(plays, :zero) + :one",
        '--expression-attribute-values={":zero": {"N": "0"}, ":one": {"N": "1"}}',
        "--return-values=ALL_NEW",
    )
    assert updated["Attributes"]["plays"] == {"N": "1"}
    refusal = aws_cli(
        "dynamodb", "delete-item", *key, "--condition-expression", "attribute_not_exists(artist)", fails=True
    )
    assert "An error occurred (ConditionalCheckFailedException) when calling the DeleteItem operation" in refusal


def test_the_cli_pages_through_queries_and_scans(aws_cli: Run, aws: Any) -> None:
    make_songs(aws_cli)
    with aws.resource("dynamodb").Table("songs").batch_writer() as batch:
        for number in range(30):
            batch.put_item(Item={"artist": "Eno", "song": f"s{number:02}"})
    found = dynamodb(
        aws_cli,
        "query",
        "--table-name=songs",
        "--key-condition-expression=artist = :a AND begins_with(song, :s)",
        '--expression-attribute-values={":a": {"S": "Eno"}, ":s": {"S": "s1"}}',
        "--page-size=3",
    )
    assert [item["song"]["S"] for item in found["Items"]] == [f"s1{digit}" for digit in range(10)]
    first = dynamodb(aws_cli, "scan", "--table-name=songs", "--max-items=20", "--page-size=7")
    rest = dynamodb(aws_cli, "scan", "--table-name=songs", "--starting-token", first["NextToken"])
    assert [len(first["Items"]), len(rest["Items"])] == [20, 10]
    names = aws_cli("dynamodb", "scan", "--table-name=songs", "--query=Items[0].artist.S", "--output=text")
    assert names.strip() == "Eno"


def test_the_cli_runs_transactions_and_statements(aws_cli: Run, tmp_path: Path) -> None:
    make_songs(aws_cli)
    put = {"Put": {"TableName": "songs", "Item": {"artist": {"S": "A"}, "song": {"S": "1"}}}}
    check = {
        "ConditionCheck": {
            "TableName": "songs",
            "Key": {"artist": {"S": "A"}, "song": {"S": "2"}},
            "ConditionExpression": "attribute_not_exists(song)",
        }
    }
    (tmp_path / "both.json").write_text(json.dumps([put, check]))
    dynamodb(aws_cli, "transact-write-items", "--transact-items", "file://both.json")
    statement = "SELECT song FROM songs WHERE artist = 'A'"
    assert dynamodb(aws_cli, "execute-statement", "--statement", statement)["Items"] == [{"song": {"S": "1"}}]


def test_the_cli_changes_and_deletes_tables(aws_cli: Run) -> None:
    make_songs(aws_cli)
    described = dynamodb(aws_cli, "describe-table", "--table-name=songs")["Table"]
    assert described["TableStatus"] == "ACTIVE"
    dynamodb(aws_cli, "tag-resource", "--resource-arn", described["TableArn"], "--tags", "Key=a,Value=b")
    tags = dynamodb(aws_cli, "list-tags-of-resource", "--resource-arn", described["TableArn"])
    assert tags["Tags"] == [{"Key": "a", "Value": "b"}]
    specification = "Enabled=true,AttributeName=expires"
    dynamodb(aws_cli, "update-time-to-live", "--table-name=songs", "--time-to-live-specification", specification)
    stream = "StreamEnabled=true,StreamViewType=NEW_IMAGE"
    dynamodb(aws_cli, "update-table", "--table-name=songs", "--stream-specification", stream)
    streams = json.loads(aws_cli("dynamodbstreams", "list-streams", "--table-name=songs"))["Streams"]
    assert [stream["TableName"] for stream in streams] == ["songs"]
    dynamodb(aws_cli, "delete-table", "--table-name=songs")
    dynamodb(aws_cli, "wait", "table-not-exists", "--table-name=songs")
    assert dynamodb(aws_cli, "list-tables") == {"TableNames": []}
