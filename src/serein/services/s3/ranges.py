"""Byte ranges of objects."""

from serein.services.s3.errors import InvalidArgument, InvalidRange


def parse_range(header: str, size_bytes: int) -> tuple[int, int] | None:
    """The first and last byte that a Range header asks for.

    None means the whole object: AWS ignores a header that it can't read or that names several ranges
    (API_GetObject, "Range"). Raises InvalidRange when the range starts behind the end.
    """
    unit, _, spec = header.strip().partition("=")
    first, dash, last = spec.strip().partition("-")
    if unit.strip().lower() != "bytes" or not dash or not _are_numbers(first, last):
        return None
    if not first:
        start, end = max(0, size_bytes - int(last)), size_bytes - 1
        is_satisfiable = int(last) > 0 and size_bytes > 0
    else:
        start = int(first)
        end = min(int(last), size_bytes - 1) if last else size_bytes - 1
        if last and int(last) < start:
            return None
        is_satisfiable = start < size_bytes
    if not is_satisfiable:
        raise InvalidRange(RangeRequested=header, ActualObjectSize=size_bytes)
    return start, end


def require_copy_range(header: str, size_bytes: int) -> tuple[int, int]:
    """The range of UploadPartCopy, which must be whole and within the source. Raises InvalidArgument."""
    unit, _, spec = header.partition("=")
    first, _, last = spec.partition("-")
    if unit != "bytes" or not first.isdecimal() or not last.isdecimal() or int(last) < int(first):
        raise InvalidArgument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy",
            ArgumentName="x-amz-copy-source-range",
            ArgumentValue=header,
        )
    if int(last) >= size_bytes:
        raise InvalidArgument(
            f"Range specified is not valid for source object of size: {size_bytes}",
            ArgumentName="x-amz-copy-source-range",
            ArgumentValue=header,
        )
    return int(first), int(last)


def _are_numbers(first: str, last: str) -> bool:
    first_is_number, last_is_number = (_is_number(text) for text in (first, last))
    return (first_is_number and (last_is_number or not last)) or (not first and last_is_number)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 20
