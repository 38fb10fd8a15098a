"""Datasets of map runs in S3, read from where an earlier reader got to."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from serein.kernel.call import Platform
from serein.kernel.compressed import MalformedData
from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope
from serein.services.stepfunctions.distributed.beginning import Progress
from serein.services.stepfunctions.distributed.formats import Item
from serein.services.stepfunctions.distributed.sources import Dataset, Position
from serein.services.stepfunctions.language import ItemReader, ReaderConfig

GET, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"


class NoSuchKey(AwsError):
    """The specified key does not exist."""

    status = 404


@dataclass
class Bucket:
    """What a dataset asks of the platform: GetObject, and ListObjectsV2 in pages of two."""

    objects: dict[str, bytes]
    requests: list[dict[str, Any]] = field(default_factory=list)

    async def call(self, service: str, operation: str, request: dict[str, Any], **_: Any) -> dict[str, Any]:
        self.requests.append(dict(request))
        if operation == "GetObject":
            if request["Key"] not in self.objects:
                raise NoSuchKey
            content = self.objects[request["Key"]]

            async def body() -> AsyncIterator[bytes]:
                yield content

            return {"Body": body(), "ETag": str(hash(content))}
        after = request.get("ContinuationToken") or request.get("StartAfter", "")
        keys = sorted(key for key in self.objects if key.startswith(request.get("Prefix", "")) and key > after)
        shown = [{"Key": key, "Size": len(self.objects[key]), "LastModified": 9.7, "ETag": "e"} for key in keys[:2]]
        return {"Contents": shown, "IsTruncated": len(keys) > 2, "NextContinuationToken": keys[1] if keys[1:] else ""}


def dataset(bucket: Bucket, arguments: dict[str, Any], resource: str = GET, **config: Any) -> Dataset:
    reader = ItemReader(resource=resource, config=ReaderConfig(**config))
    return Dataset(cast(Platform, bucket), Scope(), reader, {"Bucket": "b"} | arguments)


def read(found: Dataset, after: Position | None = None) -> list[tuple[Item, Position]]:
    async def gather() -> list[tuple[Item, Position]]:
        return [entry async for entry in found.read(after or Position())]

    return asyncio.run(gather())


def values(found: Dataset, after: Position | None = None) -> list[Any]:
    return [item.value for item, _ in read(found, after)]


def test_an_object_is_read_on_from_a_position() -> None:
    found = dataset(Bucket({"k": b"[1,2,3]"}), {"Key": "k"}, input_type="JSON")
    entries = read(found)
    assert [(item.value, item.source, position.done) for item, position in entries] == [
        (1, "S3://b/k", 1),
        (2, "S3://b/k", 2),
        (3, "S3://b/k", 3),
    ]
    assert values(found, entries[1][1]) == [3]
    assert values(found, entries[2][1]) == []


def test_an_object_that_changed_in_between_is_not_read_on() -> None:
    bucket = Bucket({"k": b"[1,2,3]"})
    found = dataset(bucket, {"Key": "k"}, input_type="JSON")
    position = read(found)[0][1]
    bucket.objects["k"] = b"[9,9,9]"
    with pytest.raises(MalformedData, match="changed"):
        read(found, position)


def test_a_version_and_an_owner_are_asked_for() -> None:
    bucket = Bucket({"k": b"[]"})
    read(dataset(bucket, {"Key": "k", "VersionId": "v", "ExpectedBucketOwner": "1"}, input_type="JSON"))
    assert bucket.requests == [{"Bucket": "b", "Key": "k", "VersionId": "v", "ExpectedBucketOwner": "1"}]


def test_a_listing_is_read_page_after_page_and_on_from_a_position() -> None:
    bucket = Bucket(dict.fromkeys(("p/a", "p/b", "p/c", "q"), b"x"))
    found = dataset(bucket, {"Prefix": "p/", "MaxKeys": 7}, LIST)
    entries = read(found)
    described = {"Etag": "e", "Key": "p/a", "LastModified": 9, "Size": 1, "StorageClass": "STANDARD"}
    assert entries[0] == (Item(described, None, "S3://b"), Position("p/a"))
    assert [item.value["Key"] for item, _ in entries] == ["p/a", "p/b", "p/c"]
    assert [value["Key"] for value in values(found, entries[1][1])] == ["p/c"]
    assert "MaxKeys" not in bucket.requests[0]


def test_listed_objects_are_read_on_even_when_one_is_gone() -> None:
    bucket = Bucket({"a": b"1\n2\n", "b": b"3\n4\n", "c": b"5\n"})
    found = dataset(bucket, {}, LIST, input_type="JSONL", transformation="LOAD_AND_FLATTEN")
    entries = read(found)
    assert [item.value for item, _ in entries] == [1, 2, 3, 4, 5]
    assert [item.source for item, _ in entries][1:3] == ["S3://b/a", "S3://b/b"]
    assert values(found, entries[2][1]) == [4, 5]
    del bucket.objects["b"]
    assert values(found, entries[2][1]) == [5]


def test_the_files_of_an_athena_manifest_are_read_on_in_their_order() -> None:
    bucket = Bucket({"m": b"s3://b/z\ns3://b/a\n", "z": b"1\n2\n", "a": b"3\n"})
    found = dataset(bucket, {"Key": "m"}, input_type="JSONL", manifest_type="ATHENA_DATA")
    entries = read(found)
    assert [item.value for item, _ in entries] == [1, 2, 3]
    assert values(found, entries[0][1]) == [2, 3]
    assert values(found, entries[1][1]) == [3]


def test_only_inventories_in_csv_are_read() -> None:
    manifest = {"fileFormat": "ORC", "fileSchema": "x", "files": []}
    for content, words in ((json.dumps(manifest).encode(), "ORC"), (b"[]", "not a manifest"), (b"x", "not a manifest")):
        with pytest.raises(MalformedData, match=words):
            read(dataset(Bucket({"m": content}), {"Key": "m"}, input_type="MANIFEST"))


def test_what_s3_says_is_the_cause() -> None:
    with pytest.raises(MalformedData) as caught:
        read(dataset(Bucket({}), {"Key": "k"}, input_type="JSON"))
    assert str(caught.value) == (
        "The specified key does not exist. (Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey)"
    )


@pytest.mark.parametrize("arguments", [{"Bucket": 7, "Key": "k"}, {"Key": ""}, {"Bucket": "", "Key": "k"}])
def test_a_reader_needs_a_bucket_and_a_key(arguments: dict[str, Any]) -> None:
    with pytest.raises(MalformedData, match="needs a"):
        read(dataset(Bucket({}), arguments, input_type="JSON"))


def test_progress_outlives_its_text() -> None:
    progress = Progress(Position("b/k", 3, "e"), 3, 2, is_complete=True)
    assert Progress.decode(progress.encode()) == progress
