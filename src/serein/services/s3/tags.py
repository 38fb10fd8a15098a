"""Tags of objects and buckets: their limits, and their form in headers."""

from urllib.parse import parse_qsl

import msgspec

from serein.kernel.errors import AwsError
from serein.services.s3.errors import InvalidArgument, InvalidTag

OBJECT_LIMIT = 10
BUCKET_LIMIT = 50


class BadRequest(AwsError):
    """Bad Request"""


def parse_tag_set(tag_set: list[dict[str, str]], limit: int, *, may_be_system: bool = False) -> str:
    """Tags as their column has them: JSON text of pairs, empty for none. Raises InvalidTag or BadRequest.

    `may_be_system` allows the `aws:` keys that only AWS's own services write.
    """
    pairs = [(tag.get("Key", ""), tag.get("Value", "")) for tag in tag_set]
    return _checked(pairs, limit, may_be_system=may_be_system)


def parse_header(header: str | None) -> str:
    """The `x-amz-tagging` header, as the column has it."""
    if not header:
        return ""
    try:
        pairs = parse_qsl(header, keep_blank_values=True, strict_parsing=True, errors="strict")
    except (ValueError, UnicodeDecodeError):
        pairs = []
    if not pairs or len({key for key, _ in pairs}) < len(pairs):
        raise InvalidArgument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without "
            "tag name duplicates.",
            ArgumentName="x-amz-tagging",
            ArgumentValue=header,
        )
    return _checked(pairs, OBJECT_LIMIT, may_be_system=False)


def tag_set_of(text: str) -> list[dict[str, str]]:
    """The `TagSet` member of a reply."""
    pairs: list[list[str]] = msgspec.json.decode(text) if text else []
    return [{"Key": key, "Value": value} for key, value in pairs]


def _checked(pairs: list[tuple[str, str]], limit: int, *, may_be_system: bool) -> str:
    if len(pairs) > limit:
        noun = "Object" if limit == OBJECT_LIMIT else "Bucket"
        raise BadRequest(f"{noun} tag{'s' if limit == OBJECT_LIMIT else ' count'} cannot be greater than {limit}")
    if len({key for key, _ in pairs}) < len(pairs):
        raise InvalidTag("Cannot provide multiple Tags with the same key")
    for key, value in pairs:
        if key.lower().startswith("aws:") and not may_be_system:
            raise InvalidTag("System tags cannot be added/updated by requester", TagKey=key)
        if not _is_valid(key, 128) or not key:
            raise InvalidTag("The TagKey you have provided is invalid", TagKey=key)
        if not _is_valid(value, 256):
            raise InvalidTag("The TagValue you have provided is invalid", TagKey=key, TagValue=value)
    return msgspec.json.encode(pairs).decode() if pairs else ""


def _is_valid(text: str, limit: int) -> bool:
    return len(text) <= limit and all(letter.isalnum() or letter in " _.:/=+-@" or ord(letter) > 127 for letter in text)
