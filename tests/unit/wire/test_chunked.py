"""aws-chunked bodies: taken apart, verified, and refused when they are wrong."""

import asyncio
import base64
import hashlib
import zlib
from collections.abc import AsyncIterator

import pytest

from serein.kernel.errors import AwsError
from serein.kernel.http import ByteStream, HttpRequest
from serein.wire.chunked import decoded
from serein.wire.sigv4 import ChunkKey, Credential, signing_key


def request(headers: dict[str, str], body: bytes, piece_bytes: int = 7) -> HttpRequest:
    """A request whose body arrives in small pieces."""

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), piece_bytes):
            yield body[start : start + piece_bytes]

    return HttpRequest("PUT", "/b/k", "", headers, ByteStream(pieces(), len(body)), "localhost")


def read(headers: dict[str, str], body: bytes, key: ChunkKey | None = None, piece_bytes: int = 7) -> bytes:
    async def run() -> bytes:
        return await decoded(request(headers, body, piece_bytes), key).read()

    return asyncio.run(run())


UNSIGNED = {
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "content-encoding": "aws-chunked",
    "x-amz-decoded-content-length": "11",
    "x-amz-trailer": "x-amz-checksum-crc32",
}
CRC = base64.b64encode(zlib.crc32(b"hello world").to_bytes(4)).decode()
BODY = f"5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:{CRC}\r\n\r\n".encode()


@pytest.mark.parametrize("piece_bytes", [1, 2, 3, 50, 10_000])
def test_chunks_are_joined_whatever_pieces_they_arrive_in(piece_bytes: int) -> None:
    assert read(UNSIGNED, BODY, piece_bytes=piece_bytes) == b"hello world"


def test_the_length_is_the_decoded_one() -> None:
    assert decoded(request(UNSIGNED, BODY)).size_bytes == 11


def test_a_plain_body_is_passed_on() -> None:
    assert read({}, b"hello world") == b"hello world"
    assert read({"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, b"hello world") == b"hello world"


def test_a_plain_body_must_have_the_hash_that_its_header_states() -> None:
    stated = hashlib.sha256(b"hello world").hexdigest()
    assert read({"x-amz-content-sha256": stated}, b"hello world") == b"hello world"
    with pytest.raises(AwsError) as failure:
        read({"x-amz-content-sha256": stated}, b"hello there")
    assert failure.value.code == "XAmzContentSHA256Mismatch"


@pytest.mark.parametrize("name", ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"])
def test_every_trailing_checksum_is_verified(name: str) -> None:
    headers = {**UNSIGNED, "x-amz-trailer": f"x-amz-checksum-{name}"}
    values = {
        "crc32": "DUoRhQ==",
        "crc32c": "yZRlqg==",
        "crc64nvme": "jSnVw/bqjr4=",
        "sha1": "Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
        "sha256": "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=",
    }
    body = b"b\r\nhello world\r\n0\r\nx-amz-checksum-%s:%s\r\n\r\n"
    assert read(headers, body % (name.encode(), values[name].encode())) == b"hello world"
    with pytest.raises(AwsError) as failure:
        read(headers, body % (name.encode(), b"AAAAAA=="))
    assert failure.value.code == "BadDigest"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "IncompleteBody"),
        (b"5\r\nhel", "IncompleteBody"),
        (b"5\r\nhello\r\n", "IncompleteBody"),
        (b"5\r\nhello world\r\n0\r\n\r\n", "InvalidRequest"),
        (b"zz\r\nhello\r\n0\r\n\r\n", "InvalidRequest"),
        (b"-5\r\nhello\r\n0\r\n\r\n", "InvalidRequest"),
        (b"ffffffffffffffffffff\r\nhello\r\n0\r\n\r\n", "InvalidRequest"),
        (b"a" * 100_000, "InvalidRequest"),
        (b"c\r\nhello world!\r\n0\r\n\r\n", "IncompleteBody"),
        (b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:" + CRC.encode() + b"\r\n\r\n", "BadDigest"),
        (b"b\r\nhello world\r\n0\r\n\r\n", "MalformedTrailerError"),
        (b"b\r\nhello world\r\n0\r\nnonsense\r\n\r\n", "MalformedTrailerError"),
    ],
)
def test_a_broken_body_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(AwsError) as failure:
        read(UNSIGNED, body)
    assert failure.value.code == code


# The example of https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html.
CREDENTIAL = Credential(
    "AKIAIOSFODNN7EXAMPLE", "20130524", "us-east-1", "s3", "20130524/us-east-1/s3/aws4_request", "host"
)
KEY = ChunkKey(
    signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", CREDENTIAL),
    "20130524T000000Z",
    CREDENTIAL.scope,
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
)
SIGNED = {
    "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "content-encoding": "aws-chunked",
    "x-amz-decoded-content-length": "66560",
}
SIGNATURES = [
    b"ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    b"0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    b"b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
]


def signed_body(content: bytes = b"a" * 66_560) -> bytes:
    chunks = [content[:65_536], content[65_536:], b""]
    return b"".join(
        b"%x;chunk-signature=%s\r\n%s\r\n" % (len(chunk), signature, chunk)
        for chunk, signature in zip(chunks, SIGNATURES, strict=True)
    )


def test_the_chunk_signatures_of_the_documentation_are_right() -> None:
    assert read(SIGNED, signed_body(), KEY, 4096) == b"a" * 66_560


def test_a_changed_chunk_does_not_match_its_signature() -> None:
    with pytest.raises(AwsError) as failure:
        read(SIGNED, signed_body(b"b" + b"a" * 66_559), KEY, 4096)
    assert failure.value.code == "SignatureDoesNotMatch"


def test_chunk_signatures_are_not_looked_at_when_nobody_verifies() -> None:
    assert len(read(SIGNED, signed_body(b"b" * 66_560), None, 4096)) == 66_560
