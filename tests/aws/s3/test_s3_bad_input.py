"""What is malformed gets AWS's error, never a failure of ours."""

import urllib.error
import urllib.request

import pytest

SUBRESOURCES = [
    *("acl", "accelerate", "cors", "encryption", "lifecycle", "logging", "notification", "object-lock"),
    *("ownershipControls", "policy", "publicAccessBlock", "requestPayment", "tagging", "versioning", "website"),
]


def send(aws, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"{aws.endpoint}{path}", body, named, method=method)
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.parametrize("body", [b"", b"<", b"<a/>", b"<a><b>1</b></a>", b"{}", b"\xff\x00", b"<a>" * 2000])
@pytest.mark.parametrize("name", SUBRESOURCES)
def test_settings_refuse_what_is_not_a_document(aws, bucket, name, body) -> None:
    status, reply = send(aws, "PUT", f"/{bucket}?{name}", body, content_type="application/xml")
    assert status in (200, 400), reply
    if status == 200:
        # An ACL may come in headers, a website or a log may be empty.
        assert name in ("acl", "logging", "notification", "website", "cors"), (name, body, reply)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "?delete"),
        ("POST", "/k?uploadId=x"),
        ("PUT", "/k?uploadId=x&partNumber=abc"),
        ("PUT", "/k?uploadId=x&partNumber=1"),
        ("GET", "?list-type=2&max-keys=abc"),
        ("GET", "?list-type=2&max-keys=99999999999999999999"),
        ("GET", "?uploads&max-uploads=-1"),
        ("GET", "?versions&version-id-marker=x"),
        ("GET", "/k?versionId="),
        ("GET", "/k?partNumber=0"),
        ("GET", "/k?attributes"),
        ("PUT", "/k?tagging"),
        ("PUT", "/k?retention"),
        ("PUT", "/k?legal-hold"),
        ("PATCH", "/k"),
        ("POST", "/k"),
    ],
)
def test_wrong_requests_are_the_senders_fault(aws, s3, bucket, method, path) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    status, reply = send(aws, method, f"/{bucket}{path}")
    assert 400 <= status < 500, reply
    assert b"<Code>" in reply


@pytest.mark.parametrize(
    "headers",
    [
        {"x_amz_checksum_crc32": "nonsense"},
        {"x_amz_checksum_crc32": "AAAAAA==", "x_amz_checksum_sha1": "x"},
        {"content_md5": "x"},
        {"x_amz_storage_class": "ICE"},
        {"x_amz_server_side_encryption": "rot13"},
        {"x_amz_acl": "everybody"},
        {"x_amz_tagging": "a=1&a=2"},
        {"x_amz_copy_source": "nonsense"},
        {"x_amz_object_lock_mode": "GOVERNANCE"},
        {"x_amz_server_side_encryption_customer_algorithm": "AES256"},
    ],
)
def test_wrong_headers_of_a_put_are_refused(aws, bucket, headers) -> None:
    status, reply = send(aws, "PUT", f"/{bucket}/k", b"x", content_type="text/plain", **headers)
    assert 400 <= status < 500, reply
    assert send(aws, "GET", f"/{bucket}/k")[0] == 404
