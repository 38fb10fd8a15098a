"""Multipart uploads: the rules of parts, and the object that they become."""

import hashlib
from itertools import pairwise
from typing import Any

from serein.kernel.clock import wall_seconds
from serein.kernel.ids import random_hex
from serein.services.s3 import checksums, objects
from serein.services.s3.contents import Content
from serein.services.s3.errors import EntityTooSmall, InvalidArgument, InvalidPart, InvalidPartOrder, InvalidRequest
from serein.services.s3.objects import Part
from serein.services.s3.store.uploads import Upload, UploadedPart

MAXIMUM_PARTS = 10_000
MINIMUM_PART_BYTES = 5 * 1024 * 1024


def new_upload_id() -> str:
    """An id that sorts in the order of creation, as ListMultipartUploads lists them."""
    return f"{int(wall_seconds() * 1_000_000):014x}{random_hex(50)}"


def require_valid_number(number: int) -> None:
    """Raise InvalidArgument unless a part may have this number."""
    if not 1 <= number <= MAXIMUM_PARTS:
        raise InvalidArgument(
            "Part number must be an integer between 1 and 10000, inclusive",
            ArgumentName="partNumber",
            ArgumentValue=number,
        )


def chosen_parts(asked: list[dict[str, Any]], uploaded: list[UploadedPart], upload: Upload) -> list[UploadedPart]:
    """The uploaded parts that CompleteMultipartUpload names, in order.

    Raises InvalidRequest, InvalidPartOrder, InvalidPart or EntityTooSmall.
    """
    if not asked:
        raise InvalidRequest("You must specify at least one part")
    numbers = [part.get("PartNumber", 0) for part in asked]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise InvalidPartOrder(UploadId=upload.upload_id)
    by_number = {part.number: part for part in uploaded}
    chosen = [_chosen(part, by_number.get(part.get("PartNumber", 0)), upload) for part in asked]
    for part in chosen[:-1]:
        if part.size_bytes < MINIMUM_PART_BYTES:
            raise EntityTooSmall(
                ProposedSize=part.size_bytes,
                MinSizeAllowed=MINIMUM_PART_BYTES,
                PartNumber=part.number,
                ETag=part.etag,
            )
    return chosen


def _chosen(asked: dict[str, Any], part: UploadedPart | None, upload: Upload) -> UploadedPart:
    etag = asked.get("ETag", "").strip('"')
    sent = asked.get(checksums.member(upload.checksum_algorithm)) if upload.checksum_algorithm else None
    if part is None or part.etag != etag or (sent is not None and sent != part.checksum):
        raise InvalidPart(UploadId=upload.upload_id, PartNumber=asked.get("PartNumber", 0), ETag=etag)
    return part


def etag_of(parts: list[UploadedPart]) -> str:
    """The ETag of an object made of parts: an MD5 of their MD5s, and how many they are."""
    whole = hashlib.md5(b"".join(bytes.fromhex(part.etag) for part in parts), usedforsecurity=False)
    return f"{whole.hexdigest()}-{len(parts)}"


def checksum_of(upload: Upload, parts: list[UploadedPart]) -> dict[str, Any]:
    """The object's checksum, from those of its parts.

    AWS: an upload that names no algorithm gets a full-object CRC64NVME (Checking object integrity, S3 User Guide).
    """
    algorithm = upload.checksum_algorithm or checksums.DEFAULT_ALGORITHM
    kind = upload.checksum_type or "FULL_OBJECT"
    value = checksums.of_parts(algorithm, kind, [(part.checksum, part.size_bytes) for part in parts])
    return {checksums.member(algorithm): value, "ChecksumType": kind}


def require_checksum(request: dict[str, Any], found: dict[str, Any]) -> None:
    """Raise when the client says that the whole object has another checksum, or another type of it."""
    if "ChecksumType" in request and request["ChecksumType"] != found["ChecksumType"]:
        raise InvalidRequest(
            f"The upload was created using the {found['ChecksumType']} checksum mode. The complete request must use "
            "the same checksum mode."
        )
    for name, value in found.items():
        if name != "ChecksumType" and name in request and request[name].partition("-")[0] != value.partition("-")[0]:
            raise checksums.mismatch(name.removeprefix("Checksum"))


def stored_parts(parts: list[UploadedPart]) -> str:
    """The parts as the object's row has them."""
    return objects.encoded([Part(part.number, part.size_bytes, part.blob_key, part.checksum) for part in parts])


def part_checksum(upload_algorithm: str, checksum: str) -> dict[str, str]:
    """The checksum member of a part, shown only when the upload named an algorithm."""
    return {checksums.member(upload_algorithm): checksum} if upload_algorithm and checksum else {}


def require_same_algorithm(request: dict[str, Any], upload: Upload) -> None:
    """Raise InvalidRequest when a part comes with another checksum than its upload was begun with."""
    sent = checksums.algorithm_of(request, "")
    if sent and upload.checksum_algorithm and sent != upload.checksum_algorithm:
        raise InvalidRequest(
            f"Checksum Type mismatch occurred, expected checksum Type: {upload.checksum_algorithm.lower()}, actual "
            f"checksum Type: {sent.lower()}"
        )


def part_of(number: int, content: Content, now: int) -> UploadedPart:
    """A part, as its row has it."""
    return UploadedPart(number, content.size_bytes, content.etag, now, content.checksum, content.blob_key)
