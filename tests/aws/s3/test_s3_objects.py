"""Objects: put, get, head, copy, delete."""

import base64
import hashlib
import io
import os
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError


def code_of(caught) -> str:
    return caught.value.response["Error"]["Code"]


def test_put_object_keeps_bytes_headers_and_metadata(s3, bucket) -> None:
    put = s3.put_object(
        Bucket=bucket,
        Key="docs/é ü+?.txt",
        Body=b"hello",
        ContentType="text/plain",
        CacheControl="max-age=60",
        ContentDisposition='attachment; filename="x"',
        ContentLanguage="de",
        ContentEncoding="gzip",
        Metadata={"Owner": "me", "two": "2"},
    )
    assert put["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
    assert put["ServerSideEncryption"] == "AES256"
    got = s3.get_object(Bucket=bucket, Key="docs/é ü+?.txt")
    assert got["Body"].read() == b"hello"
    assert got["ContentType"] == "text/plain"
    assert got["CacheControl"] == "max-age=60"
    assert got["ContentDisposition"] == 'attachment; filename="x"'
    assert got["ContentLanguage"] == "de"
    assert got["ContentEncoding"] == "gzip"
    assert got["Metadata"] == {"owner": "me", "two": "2"}
    assert got["ContentLength"] == 5
    assert got["AcceptRanges"] == "bytes"
    assert got["ETag"] == put["ETag"]
    assert "VersionId" not in got


def test_the_default_content_type_is_that_of_aws(s3, bucket) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert s3.head_object(Bucket=bucket, Key="k")["ContentType"] == "binary/octet-stream"


@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 16 * 1024 + 1, 3_000_000])
def test_bytes_come_back_whatever_their_number(s3, bucket, size) -> None:
    content = os.urandom(size)
    s3.put_object(Bucket=bucket, Key="k", Body=content)
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["ContentLength"] == size
    assert got["Body"].read() == content
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == size


def test_a_put_replaces_and_the_last_one_wins(s3, bucket, aws) -> None:
    for content in (os.urandom(50_000), b"small", os.urandom(60_000)):
        s3.put_object(Bucket=bucket, Key="k", Body=content)
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == content
    aws.idle()
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == content


@pytest.mark.parametrize("size", [1000, 100_000])
@pytest.mark.parametrize(
    ("header", "start", "end"),
    [("bytes=0-4", 0, 5), ("bytes=10-", 10, None), ("bytes=-7", -7, None), ("bytes=990-99999999", 990, None)],
)
def test_a_range_is_answered_in_part(s3, bucket, size, header, start, end) -> None:
    content = os.urandom(size)
    s3.put_object(Bucket=bucket, Key="k", Body=content)
    got = s3.get_object(Bucket=bucket, Key="k", Range=header)
    assert got["Body"].read() == content[start:end]
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    first = range(size)[start]
    last = first + len(content[start:end]) - 1
    assert got["ContentRange"] == f"bytes {first}-{last}/{size}"


def test_a_range_behind_the_end_is_refused(s3, bucket) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"12345")
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=bucket, Key="k", Range="bytes=5-9")
    assert code_of(caught) == "InvalidRange"
    assert caught.value.response["Error"]["Message"] == "The requested range is not satisfiable"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 416


def test_a_missing_key_is_no_such_key(s3, bucket) -> None:
    with pytest.raises(s3.exceptions.NoSuchKey) as caught:
        s3.get_object(Bucket=bucket, Key="nope")
    assert caught.value.response["Error"]["Message"] == "The specified key does not exist."
    assert caught.value.response["Error"]["Key"] == "nope"
    with pytest.raises(ClientError) as caught:
        s3.head_object(Bucket=bucket, Key="nope")
    assert code_of(caught) == "404"


def test_a_missing_bucket_is_no_such_bucket(s3, aws) -> None:
    name = aws.unique("missing")
    for act in (
        lambda: s3.get_object(Bucket=name, Key="k"),
        lambda: s3.put_object(Bucket=name, Key="k", Body=b"x"),
        lambda: s3.put_object(Bucket=name, Key="k", Body=os.urandom(100_000)),
        lambda: s3.list_objects_v2(Bucket=name),
        lambda: s3.delete_object(Bucket=name, Key="k"),
    ):
        with pytest.raises(s3.exceptions.NoSuchBucket) as caught:
            act()
        assert caught.value.response["Error"]["Message"] == "The specified bucket does not exist"
        assert caught.value.response["Error"]["BucketName"] == name


def test_conditions_on_reads(s3, bucket) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    assert s3.get_object(Bucket=bucket, Key="k", IfMatch=etag)["Body"].read() == b"x"
    assert s3.get_object(Bucket=bucket, Key="k", IfNoneMatch='"other"')["Body"].read() == b"x"
    for condition, status in (
        ({"IfNoneMatch": etag}, 304),
        ({"IfModifiedSince": modified}, 304),
        ({"IfMatch": '"other"'}, 412),
        ({"IfUnmodifiedSince": modified - timedelta(seconds=10)}, 412),
    ):
        with pytest.raises(ClientError) as caught:
            s3.get_object(Bucket=bucket, Key="k", **condition)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status, condition
    # If-Match that holds beats If-Unmodified-Since.
    s3.get_object(Bucket=bucket, Key="k", IfMatch=etag, IfUnmodifiedSince=modified - timedelta(days=1))


def test_conditions_on_writes(s3, bucket) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")
    assert code_of(caught) == "PreconditionFailed"
    assert caught.value.response["Error"]["Condition"] == "If-None-Match"
    s3.put_object(Bucket=bucket, Key="k", Body=b"3", IfMatch=etag)
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="k", Body=b"4", IfMatch=etag)
    assert code_of(caught) == "PreconditionFailed"
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="new", Body=b"4", IfMatch=etag)
    assert code_of(caught) == "NoSuchKey"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"3"


def test_response_headers_can_be_overridden(s3, bucket) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentType="text/plain")
    overrides = {"ResponseContentType": "text/csv", "ResponseContentDisposition": "inline"}
    got = s3.get_object(Bucket=bucket, Key="k", ResponseExpires=datetime(2030, 1, 1, tzinfo=UTC), **overrides)
    assert got["ContentType"] == "text/csv"
    assert got["ContentDisposition"] == "inline"


@pytest.mark.parametrize("size", [5, 200_000])
@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_are_verified_and_kept(s3, bucket, algorithm, size) -> None:
    content = os.urandom(size)
    put = s3.put_object(Bucket=bucket, Key="k", Body=content, ChecksumAlgorithm=algorithm)
    digest = {
        "CRC32": zlib.crc32(content).to_bytes(4),
        "SHA1": hashlib.sha1(content).digest(),
        "SHA256": hashlib.sha256(content).digest(),
    }[algorithm]
    expected = base64.b64encode(digest).decode()
    assert put[f"Checksum{algorithm}"] == expected
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"] == expected
    assert head["ChecksumType"] == "FULL_OBJECT"
    assert f"Checksum{algorithm}" not in s3.head_object(Bucket=bucket, Key="k")
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="k", Body=b"other", **{f"Checksum{algorithm}": expected})
    assert code_of(caught) == "BadDigest"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == content


def test_content_md5_is_verified(s3, bucket) -> None:
    right = base64.b64encode(hashlib.md5(b"abc").digest()).decode()
    s3.put_object(Bucket=bucket, Key="k", Body=b"abc", ContentMD5=right)
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="k", Body=b"abd", ContentMD5=right)
    assert code_of(caught) == "BadDigest"
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="k", Body=b"abd", ContentMD5="nonsense")
    assert code_of(caught) == "InvalidDigest"


def test_a_stream_of_unknown_seekability_is_uploaded(s3, bucket) -> None:
    content = os.urandom(300_000)
    s3.put_object(Bucket=bucket, Key="k", Body=io.BytesIO(content))
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == content


def test_a_deleted_object_is_gone_and_deleting_again_is_no_error(s3, bucket) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=os.urandom(50_000))
    assert s3.delete_object(Bucket=bucket, Key="k")["ResponseMetadata"]["HTTPStatusCode"] == 204
    s3.delete_object(Bucket=bucket, Key="k")
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="k")


def test_delete_objects_tells_what_it_did(s3, bucket) -> None:
    for key in "abc":
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    reply = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}, {"Key": "missing"}]})
    assert [item["Key"] for item in reply["Deleted"]] == ["a", "b", "missing"]
    assert "Errors" not in reply
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "c"}], "Quiet": True})
    assert "Deleted" not in quiet
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    with pytest.raises(ClientError) as caught:
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": str(i)} for i in range(1001)]})
    assert code_of(caught) == "MalformedXML"


@pytest.mark.parametrize("size", [10, 100_000])
def test_copy_object_copies_bytes_and_metadata(s3, bucket, aws, size) -> None:
    content = os.urandom(size)
    s3.put_object(
        Bucket=bucket,
        Key="a b/ü",
        Body=content,
        Metadata={"m": "1"},
        ContentType="text/x",
        Tagging="t=1",
        CacheControl="no",
    )
    other = aws.unique("other")
    s3.create_bucket(Bucket=other)
    reply = s3.copy_object(Bucket=other, Key="copy", CopySource={"Bucket": bucket, "Key": "a b/ü"})
    assert reply["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(content).hexdigest()}"'
    got = s3.get_object(Bucket=other, Key="copy")
    assert got["Body"].read() == content
    assert (got["Metadata"], got["ContentType"], got["CacheControl"]) == ({"m": "1"}, "text/x", "no")
    assert s3.get_object_tagging(Bucket=other, Key="copy")["TagSet"] == [{"Key": "t", "Value": "1"}]
    s3.copy_object(
        Bucket=other,
        Key="copy2",
        CopySource=f"{other}/copy",
        MetadataDirective="REPLACE",
        Metadata={"n": "2"},
        TaggingDirective="REPLACE",
        Tagging="u=2",
    )
    got = s3.get_object(Bucket=other, Key="copy2")
    assert (got["Metadata"], got["ContentType"]) == ({"n": "2"}, "binary/octet-stream")
    assert s3.get_object_tagging(Bucket=other, Key="copy2")["TagSet"] == [{"Key": "u", "Value": "2"}]


def test_copying_an_object_to_itself_needs_a_change(s3, bucket) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with pytest.raises(ClientError) as caught:
        s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/k")
    assert code_of(caught) == "InvalidRequest"
    assert "illegal because it is trying to copy an object to itself" in caught.value.response["Error"]["Message"]
    s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/k", MetadataDirective="REPLACE", Metadata={"a": "b"})
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"a": "b"}


def test_a_copy_has_conditions_on_its_source(s3, bucket) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k", CopySourceIfMatch=etag)
    with pytest.raises(ClientError) as caught:
        s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k", CopySourceIfNoneMatch=etag)
    assert code_of(caught) == "PreconditionFailed"


def test_object_tags(s3, bucket) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=1&b=two%20words")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [
        {"Key": "a", "Value": "1"},
        {"Key": "b", "Value": "two words"},
    ]
    assert s3.get_object(Bucket=bucket, Key="k")["TagCount"] == 2
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "c", "Value": ""}]})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "c", "Value": ""}]
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    with pytest.raises(ClientError) as caught:
        s3.put_object_tagging(
            Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": str(i), "Value": ""} for i in range(11)]}
        )
    assert caught.value.response["Error"]["Message"] == "Object tags cannot be greater than 10"


def test_get_object_attributes(s3, bucket) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ChecksumAlgorithm="SHA256")
    reply = s3.get_object_attributes(
        Bucket=bucket, Key="k", ObjectAttributes=["ETag", "Checksum", "ObjectSize", "StorageClass"]
    )
    assert reply["ETag"] == hashlib.md5(b"hello").hexdigest()
    assert reply["ObjectSize"] == 5
    assert reply["StorageClass"] == "STANDARD"
    assert reply["Checksum"]["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(b"hello").digest()).decode()


def test_an_unknown_storage_class_and_a_long_key_are_refused(s3, bucket) -> None:
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="k", Body=b"", StorageClass="COLD")
    assert code_of(caught) == "InvalidStorageClass"
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="k" * 1025, Body=b"")
    assert code_of(caught) == "KeyTooLongError"
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="k", Body=b"", Metadata={"big": "x" * 2100})
    assert code_of(caught) == "MetadataTooLarge"


def test_a_presigned_url_reads_and_writes(s3, bucket) -> None:
    import urllib.request

    put = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "p", "ContentType": "text/plain"})
    request = urllib.request.Request(put, b"by url", method="PUT", headers={"Content-Type": "text/plain"})
    with urllib.request.urlopen(request) as reply:
        assert reply.status == 200
    get = s3.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "p", "ResponseContentType": "text/x"}
    )
    with urllib.request.urlopen(get) as reply:
        assert reply.read() == b"by url"
        assert reply.headers["content-type"] == "text/x"
        assert reply.headers["etag"] == f'"{hashlib.md5(b"by url").hexdigest()}"'


def test_the_download_manager_reads_large_objects_in_ranges(s3, bucket, tmp_path) -> None:
    content = os.urandom(20 * 1024 * 1024)
    s3.upload_fileobj(io.BytesIO(content), bucket, "large", ExtraArgs={"Metadata": {"a": "b"}})
    s3.download_file(bucket, "large", str(tmp_path / "large"))
    assert (tmp_path / "large").read_bytes() == content
    head = s3.head_object(Bucket=bucket, Key="large")
    assert head["ETag"].endswith('-3"')
    assert head["Metadata"] == {"a": "b"}
