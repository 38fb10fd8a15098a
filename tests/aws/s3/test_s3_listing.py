"""Listings: order, prefixes, delimiters and pages."""

import os

import pytest
from botocore.exceptions import ClientError

KEYS = ["a", "a/1", "a/2", "a/b/3", "a0", "b", "dir/x", "dir/y", "z é", "ü"]


@pytest.fixture
def filled(s3, bucket) -> str:
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    return bucket


def keys_of(reply) -> list[str]:
    return [item["Key"] for item in reply.get("Contents", [])]


def prefixes_of(reply) -> list[str]:
    return [item["Prefix"] for item in reply.get("CommonPrefixes", [])]


def test_keys_are_listed_in_the_order_of_their_bytes(s3, bucket) -> None:
    keys = ["Z", "a", "\u00e9", "\uffff", "\U0001f600", "~", "a b", "a+b", "a%2Fb", "a\nb"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    assert keys_of(s3.list_objects_v2(Bucket=bucket)) == sorted(keys, key=str.encode)
    assert keys_of(s3.list_objects(Bucket=bucket)) == sorted(keys, key=str.encode)


def test_a_prefix_and_a_delimiter_make_folders(s3, filled) -> None:
    top = s3.list_objects_v2(Bucket=filled, Delimiter="/")
    assert keys_of(top) == ["a", "a0", "b", "z é", "ü"]
    assert prefixes_of(top) == ["a/", "dir/"]
    assert top["KeyCount"] == 7
    inside = s3.list_objects_v2(Bucket=filled, Delimiter="/", Prefix="a/")
    assert (keys_of(inside), prefixes_of(inside)) == (["a/1", "a/2"], ["a/b/"])
    assert keys_of(s3.list_objects_v2(Bucket=filled, Prefix="dir")) == ["dir/x", "dir/y"]
    assert s3.list_objects_v2(Bucket=filled, Prefix="none")["KeyCount"] == 0


@pytest.mark.parametrize("operation", ["list_objects_v2", "list_objects"])
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pages_hold_everything_once(s3, filled, operation, size) -> None:
    for delimiter in ("", "/"):
        whole = s3.list_objects_v2(Bucket=filled, Delimiter=delimiter)
        pages = s3.get_paginator(operation).paginate(
            Bucket=filled, Delimiter=delimiter, PaginationConfig={"PageSize": size}
        )
        keys: list[str] = []
        prefixes: list[str] = []
        for page in pages:
            assert len(keys_of(page)) + len(prefixes_of(page)) <= size
            keys += keys_of(page)
            prefixes += prefixes_of(page)
        assert (keys, prefixes) == (keys_of(whole), prefixes_of(whole))


def test_a_listing_starts_after(s3, filled) -> None:
    assert keys_of(s3.list_objects_v2(Bucket=filled, StartAfter="b"))[0] == "dir/x"
    assert keys_of(s3.list_objects_v2(Bucket=filled, StartAfter="bb"))[0] == "dir/x"
    reply = s3.list_objects_v2(Bucket=filled, Delimiter="/", StartAfter="a/1")
    assert prefixes_of(reply) == ["dir/"]


def test_owners_are_fetched_when_asked_for(s3, filled) -> None:
    assert "Owner" not in s3.list_objects_v2(Bucket=filled)["Contents"][0]
    assert s3.list_objects_v2(Bucket=filled, FetchOwner=True)["Contents"][0]["Owner"]["ID"]
    assert s3.list_objects(Bucket=filled)["Contents"][0]["Owner"]["ID"]


def test_wrong_arguments_are_refused(s3, bucket) -> None:
    for arguments in ({"MaxKeys": -1}, {"ContinuationToken": "?"}):
        with pytest.raises(ClientError) as caught:
            s3.list_objects_v2(Bucket=bucket, **arguments)
        assert caught.value.response["Error"]["Code"] == "InvalidArgument"
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=0)["IsTruncated"] is False


def test_many_folders_are_listed_by_seeking(s3, bucket) -> None:
    for folder in range(5):
        for number in range(130):
            s3.put_object(Bucket=bucket, Key=f"f{folder}/{number:03}", Body=b"")
    reply = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert prefixes_of(reply) == [f"f{folder}/" for folder in range(5)]
    assert len(keys_of(s3.list_objects_v2(Bucket=bucket, Prefix="f3/"))) == 130


def test_versions_are_kept_and_markers_hide(s3, bucket) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"0")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    second = s3.put_object(Bucket=bucket, Key="k", Body=os.urandom(50_000))["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["DeleteMarker"] is True
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="k")
    assert s3.get_object(Bucket=bucket, Key="k", VersionId=first)["Body"].read() == b"1"
    assert s3.get_object(Bucket=bucket, Key="k", VersionId="null")["Body"].read() == b"0"
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=bucket, Key="k", VersionId=marker["VersionId"])
    assert caught.value.response["Error"]["Code"] == "MethodNotAllowed"
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=bucket, Key="k", VersionId="unknown")
    assert caught.value.response["Error"]["Code"] == "NoSuchVersion"
    listed = s3.list_object_versions(Bucket=bucket)
    assert [item["VersionId"] for item in listed["Versions"]] == [second, first, "null"]
    assert [item["IsLatest"] for item in listed["Versions"]] == [False, False, False]
    assert listed["DeleteMarkers"][0]["IsLatest"] is True
    s3.delete_object(Bucket=bucket, Key="k", VersionId=marker["VersionId"])
    assert s3.head_object(Bucket=bucket, Key="k")["VersionId"] == second
    s3.delete_object(Bucket=bucket, Key="k", VersionId=second)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"
    with pytest.raises(ClientError) as caught:
        s3.delete_bucket(Bucket=bucket)
    assert caught.value.response["Error"]["Code"] == "BucketNotEmpty"


def test_suspended_versioning_writes_the_null_version(s3, bucket) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"2")["VersionId"] == "null"
    s3.put_object(Bucket=bucket, Key="k", Body=b"3")
    versions = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert [item["VersionId"] for item in versions] == ["null", first]
    s3.delete_object(Bucket=bucket, Key="k")
    listed = s3.list_object_versions(Bucket=bucket)
    assert [item["VersionId"] for item in listed["DeleteMarkers"]] == ["null"]
    assert [item["VersionId"] for item in listed["Versions"]] == [first]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_pages_of_versions_hold_everything_once(s3, bucket, size) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "b/c", "b/d", "e"):
        for number in range(3):
            s3.put_object(Bucket=bucket, Key=key, Body=str(number))
    s3.delete_object(Bucket=bucket, Key="e")
    paginator = s3.get_paginator("list_object_versions")
    seen: list[tuple[str, str]] = []
    for page in paginator.paginate(Bucket=bucket, PaginationConfig={"PageSize": size}):
        found = page.get("Versions", []) + page.get("DeleteMarkers", [])
        assert len(found) <= size
        seen += [(item["Key"], item["VersionId"]) for item in found]
    assert len(seen) == len(set(seen)) == 13
    folders: list[str] = []
    for page in paginator.paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": size}):
        folders += prefixes_of(page)
    assert folders == ["b/"]
