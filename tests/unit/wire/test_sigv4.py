"""Signatures, checked against those that botocore makes."""

import hashlib
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.compat import get_current_datetime
from botocore.credentials import Credentials

from serein.kernel.http import ByteStream, HttpRequest, Keys
from serein.wire.signing import signature_headers
from serein.wire.sigv4 import SignatureError, find_credential, verify

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def now() -> float:
    """botocore signs with the time at which it is asked."""
    return float(get_current_datetime().timestamp())


def signed(
    signer: type[Any] = SigV4Auth,
    service: str = "dynamodb",
    method: str = "POST",
    url: str = "http://localhost:4566/",
    body: bytes = b"{}",
    headers: dict[str, str] | None = None,
    token: str | None = None,
) -> HttpRequest:
    """A request as botocore signs it."""
    request = AWSRequest(method, url, headers or {}, body)
    signer(Credentials(KEY, SECRET, token), service, "us-east-1").add_auth(request)
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    sent = {name.lower(): value for name, value in prepared.headers.items()}
    sent.setdefault("host", parts.netloc)
    return HttpRequest(method, parts.path, parts.query, sent, ByteStream.of(body), "localhost")


def check(http: HttpRequest, body: bytes | None = b"{}", secret: str | None = SECRET, at: float | None = None) -> None:
    verify(http, body, find_credential(http), secret, "", now() if at is None else at)


def test_a_credential_is_read_from_the_header() -> None:
    credential = find_credential(signed())
    assert credential is not None
    assert (credential.access_key, credential.region, credential.service) == (KEY, "us-east-1", "dynamodb")


def test_a_request_without_a_signature_has_no_credential() -> None:
    assert find_credential(HttpRequest("GET", "/", "", {}, ByteStream.of(b""), "localhost")) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:4566/",
        "http://localhost:4566/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af/invocations",
        "http://localhost:4566/a//b/./c/../d/?b=2&a=1&a=0&c=x%20y%2Bz",
        "http://localhost:4566/tags/caf%C3%A9?tagKeys=a%2Fb",
    ],
)
def test_what_botocore_signs_is_accepted(url: str) -> None:
    check(signed(url=url))


@pytest.mark.parametrize("path", ["/bucket/a%20b%2B%25", "/bucket//a/../b/./c", "/bucket/caf%C3%A9", "/bucket/a=b&c"])
def test_s3_signs_the_path_as_it_was_sent(path: str) -> None:
    http = signed(S3SigV4Auth, "s3", "PUT", f"http://localhost:4566{path}?x-id=PutObject", b"hello")
    check(http, b"hello")


def test_a_session_token_must_be_the_one_that_was_issued() -> None:
    http = signed(token="issued")
    verify(http, b"{}", find_credential(http), SECRET, "issued", now())
    with pytest.raises(SignatureError) as failure:
        verify(http, b"{}", find_credential(http), SECRET, "another", now())
    assert failure.value.code == "UnrecognizedClientException"


def test_a_changed_body_does_not_match() -> None:
    with pytest.raises(SignatureError) as failure:
        check(signed(), b'{"a":1}')
    assert failure.value.code == "InvalidSignatureException"


def test_a_changed_header_does_not_match_on_s3_and_says_what_was_signed() -> None:
    http = signed(S3SigV4Auth, "s3", "PUT", "http://localhost:4566/b/k", b"x", {"x-amz-acl": "private"})
    http.headers["x-amz-acl"] = "public-read"  # type: ignore[index]
    with pytest.raises(SignatureError) as failure:
        check(http, b"x")
    assert failure.value.code == "SignatureDoesNotMatch"
    assert failure.value.status == 403
    assert "x-amz-acl:public-read" in failure.value.fields["CanonicalRequest"]


def test_a_body_that_differs_from_its_stated_hash_is_refused_by_s3() -> None:
    http = signed(S3SigV4Auth, "s3", "PUT", "http://localhost:4566/b/k", b"x")
    assert http.headers["x-amz-content-sha256"] == hashlib.sha256(b"x").hexdigest()
    with pytest.raises(SignatureError) as failure:
        check(http, b"y")
    assert failure.value.code == "XAmzContentSHA256Mismatch"


@pytest.mark.parametrize(
    ("service", "code", "status"), [("s3", "InvalidAccessKeyId", 403), ("sqs", "UnrecognizedClientException", 400)]
)
def test_an_unknown_access_key_is_named_by_the_service(service: str, code: str, status: int) -> None:
    with pytest.raises(SignatureError) as failure:
        check(signed(service=service), secret=None)
    assert (failure.value.code, failure.value.status) == (code, status)


def test_an_old_request_has_expired() -> None:
    with pytest.raises(SignatureError, match=r"Signature expired: .* is now earlier than .* - 15 min"):
        check(signed(), at=now() + 3600)
    with pytest.raises(SignatureError) as failure:
        check(signed(S3SigV4Auth, "s3"), at=now() + 3600)
    assert failure.value.code == "RequestTimeTooSkewed"


def test_a_presigned_url_is_accepted_until_it_expires() -> None:
    http = signed(
        lambda *arguments: S3SigV4QueryAuth(*arguments, expires=60), "s3", "GET", "http://localhost:4566/b/a%20b", b""
    )
    assert "authorization" not in http.headers
    check(http, b"", at=now() + 30)
    with pytest.raises(SignatureError, match="Request has expired") as failure:
        check(http, b"", at=now() + 90)
    assert (failure.value.code, failure.value.status) == ("AccessDenied", 403)


def test_a_presigned_url_of_another_service_covers_the_empty_body() -> None:
    http = signed(
        lambda *arguments: SigV4QueryAuth(*arguments, expires=60),
        "sts",
        "GET",
        "http://localhost:4566/?Action=GetCallerIdentity&Version=2011-06-15",
        b"",
    )
    check(http, b"")


def test_a_presigned_url_may_not_live_longer_than_a_week() -> None:
    http = signed(lambda *arguments: S3SigV4QueryAuth(*arguments, expires=700_000), "s3", "GET", body=b"")
    with pytest.raises(SignatureError, match="less than a week"):
        check(http, b"")


@pytest.mark.parametrize("query", ["AWSAccessKeyId=AKIA&Signature=abc&Expires=1"])
def test_the_old_signature_version_is_refused_clearly(query: str) -> None:
    http = HttpRequest("GET", "/b/k", query, {"host": "localhost"}, ByteStream.of(b""), "localhost")
    with pytest.raises(SignatureError, match="Please use AWS4-HMAC-SHA256"):
        check(http, b"")


def test_no_signature_at_all_is_missing_authentication() -> None:
    http = HttpRequest("GET", "/", "", {"host": "localhost"}, ByteStream.of(b""), "localhost")
    with pytest.raises(SignatureError) as failure:
        check(http, b"")
    assert failure.value.code == "MissingAuthenticationToken"


@pytest.mark.parametrize(
    "header",
    [
        "AWS4-",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a/b",
        f"AWS4-HMAC-SHA256 Credential={KEY}/20240101/us-east-1/sqs/aws4_request",
        f"AWS4-HMAC-SHA256 Credential={KEY}/20240101/us-east-1/sqs/other, SignedHeaders=host, Signature=ab",
        f"AWS4-HMAC-SHA256 Credential={KEY}/20240101/us-east-1/sqs/aws4_request, SignedHeaders=date, Signature=ab",
        f"AWS4-HMAC-SHA256 Credential={KEY}/20240101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=é",
    ],
)
def test_an_incomplete_authorization_header_is_refused(header: str) -> None:
    http = HttpRequest("POST", "/", "", {"authorization": header, "host": "localhost"}, ByteStream.of(b""), "localhost")
    with pytest.raises(SignatureError) as failure:
        check(http, b"")
    assert failure.value.code == "IncompleteSignatureException"
    assert failure.value.status == 400


@pytest.mark.parametrize("token", ["", "a-token"])
def test_what_is_signed_here_is_accepted(token: str) -> None:
    http = HttpRequest("POST", "/prod/a%20b", "x=1&a=%2F", {}, ByteStream.of(b"{}"), "api.example.com")
    headers = dict(signature_headers(http, b"{}", Keys(KEY, SECRET, token), "us-east-1", "execute-api", now()))
    sent = {"host": http.host, **headers}
    arrived = HttpRequest("POST", http.path, http.query, sent, ByteStream.of(b"{}"), http.host)
    credential = find_credential(arrived)
    assert credential is not None
    assert (credential.access_key, credential.service) == (KEY, "execute-api")
    verify(arrived, b"{}", credential, SECRET, token, now())
