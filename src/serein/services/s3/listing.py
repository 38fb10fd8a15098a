"""Pages of listings: keys in the order of their bytes, rolled up at a delimiter.

A page is cut by seeking: at a common prefix the listing jumps behind it, so that a folder costs one look-up however
many objects it holds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import quote

from serein.services.s3.buckets import owner
from serein.services.s3.errors import InvalidArgument
from serein.services.s3.objects import Version


class Keyed(Protocol):
    """What can be listed."""

    @property
    def key(self) -> str: ...


K = TypeVar("K", bound=Keyed)
Seek = Callable[[bytes, bytes | None, int], Sequence[K]]
"""Entries with keys from the first to before the second argument, in order, at most so many."""
Remainder = Callable[[K, int], Sequence[K]]
"""The entries of the same key behind the given one, at most so many."""
_FEW = 4
"""How many entries are read at first where a delimiter may make most of them superfluous; more while it doesn't."""


@dataclass(slots=True)
class Page(Generic[K]):
    """A page of a listing."""

    entries: list[K] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    is_truncated: bool = False
    last: str = ""
    """The last key or common prefix of the page."""


def successor(prefix: bytes) -> bytes | None:
    """The first key that is behind everything that begins with `prefix`; None when nothing is."""
    trimmed = prefix.rstrip(b"\xff")
    return trimmed[:-1] + bytes([trimmed[-1] + 1]) if trimmed else None


@dataclass(frozen=True, slots=True)
class Cut:
    """What a page is cut from: keys that begin with `prefix` and are behind `after`, rolled up at `delimiter`."""

    prefix: str
    delimiter: str
    after: str
    limit: int


def page_of(seek: Seek[K], cut: Cut, *, rest: Sequence[K] = (), remainder: Remainder[K] | None = None) -> Page[K]:
    """The next page.

    Where a key can have several entries (versions, uploads), `rest` is what the last page left of its last key, and
    `remainder` reads what a batch left of the key that it ends with.

    AWS: a common prefix that is not behind the marker isn't listed again (API_ListObjectVersions, "KeyMarker").
    """
    page: Page[K] = Page()
    if cut.limit == 0:
        return page
    prefix, delimiter = cut.prefix.encode(), cut.delimiter.encode()
    end = successor(prefix)
    position = _first_position(prefix, delimiter, cut.after.encode())
    _take(page, rest, cut)
    batch_size = _FEW if delimiter else cut.limit + 1
    while position is not None and (end is None or position < end) and not page.is_truncated:
        batch = seek(position, end, batch_size)
        is_full = len(batch) == batch_size
        if is_full and remainder is not None:
            batch = [*batch, *remainder(batch[-1], cut.limit + 1)]
        position = _take(page, batch, cut)
        if not is_full:
            break
        is_in_folder = bool(page.prefixes) and page.last == page.prefixes[-1]
        batch_size = _FEW if is_in_folder else min(4 * batch_size, cut.limit + 1)
    return page


def _first_position(prefix: bytes, delimiter: bytes, after: bytes) -> bytes | None:
    if after < prefix or not after:
        return prefix
    if delimiter and after.startswith(prefix):
        cut = after.find(delimiter, len(prefix))
        if cut >= 0:
            return successor(after[: cut + len(delimiter)])
    return after + b"\x00"


def _take(page: Page[K], batch: Sequence[K], cut: Cut) -> bytes | None:
    """Add a batch to the page; return where to go on."""
    prefix_length, delimiter = len(cut.prefix), cut.delimiter
    rolled_up = ""
    for entry in batch:
        key = entry.key
        if rolled_up and key.startswith(rolled_up):
            continue
        if len(page.entries) + len(page.prefixes) == cut.limit:
            page.is_truncated = True
            return None
        found = key.find(delimiter, prefix_length) if delimiter else -1
        if found < 0:
            page.entries.append(entry)
            page.last, rolled_up = key, ""
        else:
            page.last = rolled_up = key[: found + len(delimiter)]
            page.prefixes.append(rolled_up)
    return successor(rolled_up.encode()) if rolled_up else page.last.encode() + b"\x00"


def echo(request: dict[str, Any], spelled: "Spelling", page: Page[Any]) -> dict[str, Any]:
    """The members that every listing answers when they apply."""
    reply: dict[str, Any] = {}
    if request.get("Delimiter"):
        reply["Delimiter"] = spelled(request["Delimiter"])
    if "EncodingType" in request:
        reply["EncodingType"] = request["EncodingType"]
    if page.prefixes:
        reply["CommonPrefixes"] = [{"Prefix": spelled(prefix)} for prefix in page.prefixes]
    return reply


class Spelling:
    """How keys are written in a listing: as they are, or percent-encoded when `EncodingType` is `url`."""

    def __init__(self, encoding: str | None) -> None:
        if encoding not in (None, "url"):
            raise InvalidArgument(
                "Invalid Encoding Method specified in Request", ArgumentName="encoding-type", ArgumentValue=encoding
            )
        self._is_encoded = encoding == "url"

    def __call__(self, text: str) -> str:
        return quote(text, safe="/*-._~") if self._is_encoded else text


def require_limit(asked: int | None, name: str = "max-keys") -> int:
    """How many entries a page has, at most 1,000. Raises InvalidArgument."""
    if asked is None:
        return 1000
    if not 0 <= asked <= 2_147_483_647:
        raise InvalidArgument(
            f"Argument {name} must be an integer between 0 and 2147483647", ArgumentName=name, ArgumentValue=asked
        )
    return min(asked, 1000)


def shown_object(version: Version, spelled: Spelling, account: str | None) -> dict[str, Any]:
    """An object in a listing; with its owner when `account` is given."""
    attributes = version.attributes
    shown: dict[str, Any] = {
        "Key": spelled(version.key),
        "LastModified": version.modified_at,
        "ETag": version.quoted_etag,
        "Size": version.size_bytes,
        "StorageClass": "STANDARD",
    }
    # Why not decode: a page has a thousand of these, and few objects have a class of their own.
    if '"StorageClass"' in attributes:
        shown["StorageClass"] = version.fields.get("StorageClass", "STANDARD")
    if (kept := attributes.rfind('"ChecksumType":"')) >= 0:
        shown["ChecksumType"] = attributes[kept + 16 : attributes.index('"', kept + 16)]
        start = attributes.rfind('"Checksum', 0, kept)
        shown["ChecksumAlgorithm"] = [attributes[start + 9 : attributes.index('"', start + 9)]]
    if account is not None:
        shown["Owner"] = owner(account)
    return shown
