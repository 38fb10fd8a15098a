"""Checksums of what is uploaded: computed while it streams, compared with what the client says.

Every object has an MD5 (its ETag) and one further checksum: the client's choice, else CRC64NVME as on AWS.
"""

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from serein.services.s3.errors import BadDigest, InvalidDigest, InvalidRequest

ALGORITHMS = (
    "CRC32",
    "CRC32C",
    "CRC64NVME",
    "SHA1",
    "SHA256",
    "SHA512",
    "MD5",
    "XXHASH64",
    "XXHASH3",
    "XXHASH128",
)
DEFAULT_ALGORITHM = "CRC64NVME"
_CRC_BYTES = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8}
_HASHES: dict[str, Callable[[], Any]] = {
    "SHA1": hashlib.sha1,
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
    "MD5": hashlib.md5,
}
_SIZES = {"SHA1": 20, "SHA256": 32, "SHA512": 64, "MD5": 16, "XXHASH64": 8, "XXHASH3": 8, "XXHASH128": 16, **_CRC_BYTES}


class Digest(Protocol):
    """A checksum under way."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class _Crc:
    def __init__(self, algorithm: str) -> None:
        self._update = zlib.crc32 if algorithm == "CRC32" else getattr(_native(), algorithm.lower())
        self._size_bytes = _CRC_BYTES[algorithm]
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = self._update(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size_bytes)


class _XxHash:
    def __init__(self, algorithm: str) -> None:
        name = {"XXHASH64": "new_xxhash64", "XXHASH3": "new_xxhash3_64", "XXHASH128": "new_xxhash3_128"}[algorithm]
        self._hash = getattr(_native().XXHash, name)()

    def update(self, data: bytes, /) -> None:
        self._hash.update(data)

    def digest(self) -> bytes:
        value: bytes = self._hash.finalize()
        return value


def _native() -> Any:
    # Why late: it costs 50 ms and 8 MB, and applications that send CRC32 (what SDKs do) never need it.
    from awscrt import checksums

    return checksums


def new_digest(algorithm: str) -> Digest:
    """Begin a checksum."""
    if algorithm in _CRC_BYTES:
        return _Crc(algorithm)
    if algorithm in _HASHES:
        begun: Digest = _HASHES[algorithm]()
        return begun
    return _XxHash(algorithm)


def encoded(digest: bytes) -> str:
    """A checksum as S3 writes it."""
    return base64.b64encode(digest).decode()


def member(algorithm: str) -> str:
    """The member of requests and replies that carries the checksum."""
    return f"Checksum{algorithm}"


def algorithm_of(request: dict[str, Any], default: str = DEFAULT_ALGORITHM) -> str:
    """The algorithm that a request names or sends a value of. Raises InvalidRequest when it sends several."""
    sent = [algorithm for algorithm in ALGORITHMS if member(algorithm) in request]
    if len(sent) > 1:
        raise InvalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    if sent:
        return sent[0]
    named = request.get("ChecksumAlgorithm", default)
    if named not in ALGORITHMS and named:
        raise InvalidRequest(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
            f"[{', '.join(ALGORITHMS)}]"
        )
    return str(named)


def require_valid_value(algorithm: str, value: str) -> None:
    """Raise InvalidRequest unless `value` can be a checksum of the algorithm at all."""
    try:
        is_valid = len(base64.b64decode(value, validate=True)) == _SIZES[algorithm]
    except ValueError:
        is_valid = False
    if not is_valid:
        raise InvalidRequest(f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.")


def require_md5(sent: str) -> bytes:
    """The digest in a Content-MD5 header. Raises InvalidDigest."""
    try:
        digest = base64.b64decode(sent, validate=True)
    except ValueError:
        digest = b""
    if len(digest) != 16:
        raise InvalidDigest(**{"Content-MD5": sent})
    return digest


def mismatch(algorithm: str) -> BadDigest:
    return BadDigest(f"The {algorithm} you specified did not match the calculated checksum.")


def of_parts(algorithm: str, kind: str, parts: Iterable[tuple[str, int]]) -> str:
    """The checksum of an object made of parts, each given by its own checksum and its size in bytes."""
    digests = [(base64.b64decode(checksum), size_bytes) for checksum, size_bytes in parts]
    if kind == "COMPOSITE":
        whole = new_digest(algorithm)
        for digest, _ in digests:
            whole.update(digest)
        return f"{encoded(whole.digest())}-{len(digests)}"
    combine = getattr(_native(), f"combine_{algorithm.lower()}")
    value = 0
    for digest, size_bytes in digests:
        value = combine(value, int.from_bytes(digest), size_bytes)
    return encoded(value.to_bytes(_CRC_BYTES[algorithm]))


def type_of_upload(algorithm: str, asked: str) -> str:
    """COMPOSITE or FULL_OBJECT for a multipart upload. Raises InvalidRequest when they don't go together."""
    if not algorithm:
        return ""
    kind = asked or ("FULL_OBJECT" if algorithm == "CRC64NVME" else "COMPOSITE")
    if (kind == "COMPOSITE" and algorithm == "CRC64NVME") or (kind == "FULL_OBJECT" and algorithm not in _CRC_BYTES):
        raise InvalidRequest(
            f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        )
    return kind
