"""Multipart uploads."""

import base64
import hashlib
import os
import zlib

import pytest
from botocore.exceptions import ClientError

MIB = 1024 * 1024


def code_of(caught) -> str:
    return caught.value.response["Error"]["Code"]


def upload(s3, bucket: str, contents: list[bytes], **options) -> tuple[str, list[dict]]:
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="k", **options)["UploadId"]
    parts = []
    for number, content in enumerate(contents, 1):
        reply = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=number, Body=content)
        parts.append({"PartNumber": number, "ETag": reply["ETag"]})
    return upload_id, parts


def complete(s3, bucket: str, upload_id: str, parts: list[dict], **options):
    return s3.complete_multipart_upload(
        Bucket=bucket, Key="k", UploadId=upload_id, MultipartUpload={"Parts": parts}, **options
    )


def test_parts_become_one_object(s3, bucket) -> None:
    contents = [os.urandom(5 * MIB), os.urandom(5 * MIB + 7), b"tail"]
    upload_id, parts = upload(s3, bucket, contents, Metadata={"m": "1"}, ContentType="text/x", Tagging="a=b")
    listed = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload_id)
    assert [part["Size"] for part in listed["Parts"]] == [len(content) for content in contents]
    assert [item["UploadId"] for item in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload_id]
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    reply = complete(s3, bucket, upload_id, parts)
    md5s = b"".join(hashlib.md5(content).digest() for content in contents)
    assert reply["ETag"] == f'"{hashlib.md5(md5s).hexdigest()}-3"'
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == b"".join(contents)
    assert (got["Metadata"], got["ContentType"], got["TagCount"]) == ({"m": "1"}, "text/x", 1)
    second = s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert second["Body"].read() == contents[1]
    assert second["PartsCount"] == 3
    across = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={5 * MIB - 3}-{5 * MIB + 2}")
    assert across["Body"].read() == contents[0][-3:] + contents[1][:3]
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    with pytest.raises(ClientError) as caught:
        complete(s3, bucket, upload_id, parts)
    assert code_of(caught) == "NoSuchUpload"
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=bucket, Key="k", PartNumber=4)
    assert code_of(caught) == "InvalidPartNumber"


def test_wrong_parts_are_refused(s3, bucket) -> None:
    upload_id, parts = upload(s3, bucket, [b"small", b"tail"])
    for wrong, code in (
        (parts, "EntityTooSmall"),
        (parts[::-1], "InvalidPartOrder"),
        ([{"PartNumber": 1, "ETag": '"0123"'}], "InvalidPart"),
        ([{"PartNumber": 9, "ETag": parts[0]["ETag"]}], "InvalidPart"),
        ([], "MalformedXML"),
    ):
        with pytest.raises(ClientError) as caught:
            complete(s3, bucket, upload_id, wrong)
        assert code_of(caught) == code
    complete(s3, bucket, upload_id, parts[1:])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"tail"
    with pytest.raises(ClientError) as caught:
        s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=1, Body=b"")
    assert code_of(caught) == "NoSuchUpload"


def test_part_numbers_have_limits(s3, bucket) -> None:
    upload_id, _ = upload(s3, bucket, [])
    for number in (0, 10_001):
        with pytest.raises(ClientError) as caught:
            s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=number, Body=b"")
        assert code_of(caught) == "InvalidArgument"


def test_an_aborted_upload_is_gone(s3, bucket) -> None:
    upload_id, _ = upload(s3, bucket, [b"x"])
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload_id)
    with pytest.raises(ClientError) as caught:
        s3.list_parts(Bucket=bucket, Key="k", UploadId=upload_id)
    assert code_of(caught) == "NoSuchUpload"
    s3.delete_bucket(Bucket=bucket)


def test_a_part_can_be_uploaded_again(s3, bucket) -> None:
    upload_id, _ = upload(s3, bucket, [b"first try"])
    etag = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=1, Body=b"second try")["ETag"]
    complete(s3, bucket, upload_id, [{"PartNumber": 1, "ETag": etag}])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"second try"


def test_parts_are_copied_from_objects(s3, bucket) -> None:
    source = os.urandom(6 * MIB)
    s3.put_object(Bucket=bucket, Key="source", Body=source)
    upload_id, _ = upload(s3, bucket, [])
    etags = []
    for number, span in ((1, f"bytes=0-{5 * MIB - 1}"), (2, f"bytes={5 * MIB}-{6 * MIB - 1}")):
        reply = s3.upload_part_copy(
            Bucket=bucket,
            Key="k",
            UploadId=upload_id,
            PartNumber=number,
            CopySource=f"{bucket}/source",
            CopySourceRange=span,
        )
        etags.append({"PartNumber": number, "ETag": reply["CopyPartResult"]["ETag"]})
    complete(s3, bucket, upload_id, etags)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == source
    copied = s3.copy_object(Bucket=bucket, Key="whole", CopySource=f"{bucket}/k")
    assert copied["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(source).hexdigest()}"'
    assert s3.get_object(Bucket=bucket, Key="whole")["Body"].read() == source


@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
def test_checksums_of_parts_make_one_of_the_whole(s3, bucket, kind) -> None:
    contents = [os.urandom(5 * MIB), os.urandom(100)]
    upload_id, parts = upload(s3, bucket, contents, ChecksumAlgorithm="CRC32", ChecksumType=kind)
    reply = complete(s3, bucket, upload_id, parts)
    digests = [zlib.crc32(content).to_bytes(4) for content in contents]
    expected = {
        "COMPOSITE": base64.b64encode(zlib.crc32(b"".join(digests)).to_bytes(4)).decode() + "-2",
        "FULL_OBJECT": base64.b64encode(zlib.crc32(b"".join(contents)).to_bytes(4)).decode(),
    }[kind]
    assert (reply["ChecksumCRC32"], reply["ChecksumType"]) == (expected, kind)
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectParts", "Checksum"])
    assert attributes["ObjectParts"]["TotalPartsCount"] == 2
    assert attributes["Checksum"]["ChecksumCRC32"] == expected


def test_uploads_are_listed_in_pages(s3, bucket) -> None:
    made = []
    for key in ("a", "a", "b/x", "b/y", "c"):
        made.append((key, s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]))
    pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
    assert [(item["Key"], item["UploadId"]) for page in pages for item in page["Uploads"]] == made
    folded = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [item["Prefix"] for item in folded["CommonPrefixes"]] == ["b/"]
    assert [item["Key"] for item in folded["Uploads"]] == ["a", "a", "c"]
