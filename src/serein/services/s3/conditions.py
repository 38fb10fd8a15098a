"""Conditional requests: If-Match and its relatives."""

from typing import Any

from serein.kernel.errors import NotImplementedHere
from serein.services.s3.errors import InvalidArgument, NoSuchKey, NotModified, PreconditionFailed
from serein.services.s3.objects import Version


class _HeaderNotImplemented(NotImplementedHere):
    """A header you provided implies functionality that is not implemented"""


def require_read(request: dict[str, Any], version: Version) -> None:
    """Raise NotModified or PreconditionFailed when the request's conditions say so.

    AWS: If-Match that holds beats If-Unmodified-Since, and If-None-Match that fails beats If-Modified-Since
    (API_GetObject, "Additional considerations about request headers").
    """
    if_match, if_none_match = request.get("IfMatch"), request.get("IfNoneMatch")
    if if_match is not None:
        if not _names(if_match, version.etag):
            raise PreconditionFailed(Condition="If-Match")
    elif (since := request.get("IfUnmodifiedSince")) is not None and version.modified_at > since:
        raise PreconditionFailed(Condition="If-Unmodified-Since")
    if if_none_match is not None:
        if _names(if_none_match, version.etag):
            raise NotModified(ETag=version.quoted_etag)
    elif (since := request.get("IfModifiedSince")) is not None and version.modified_at <= since:
        raise NotModified(ETag=version.quoted_etag)


def require_copy_source(request: dict[str, Any], version: Version) -> None:
    """The same for the source of a copy, where every failure is PreconditionFailed."""
    conditions = {
        name: request[f"CopySource{name}"]
        for name in ("IfMatch", "IfNoneMatch", "IfModifiedSince", "IfUnmodifiedSince")
        if f"CopySource{name}" in request
    }
    if not conditions:
        return
    try:
        require_read(conditions, version)
    except (NotModified, PreconditionFailed):
        raise PreconditionFailed(Condition="x-amz-copy-source-If-Match") from None


def require_write(request: dict[str, Any], current: Version | None) -> None:
    """Raise unless the key's current version is what a conditional write expects."""
    exists = current is not None and not current.is_marker
    if (header := request.get("IfNoneMatch")) is not None:
        if header.strip() != "*":
            raise _HeaderNotImplemented(Header="If-None-Match", additionalMessage="We don't accept the provided value")
        if exists:
            raise PreconditionFailed(Condition="If-None-Match")
    if (header := request.get("IfMatch")) is not None:
        if current is None or not exists:
            raise NoSuchKey(Key=request["Key"])
        if not _names(header, current.etag):
            raise PreconditionFailed(Condition="If-Match")


def require_delete(request: dict[str, Any], current: Version | None) -> None:
    """Raise unless the object is what a conditional delete expects."""
    if "IfMatchLastModifiedTime" in request or "IfMatchSize" in request:
        raise InvalidArgument("If-Match on time and size is for directory buckets only")
    if (header := request.get("IfMatch")) is not None:
        if current is None or current.is_marker:
            raise NoSuchKey(Key=request["Key"])
        if not _names(header, current.etag):
            raise PreconditionFailed(Condition="If-Match")


def _names(header: str, etag: str) -> bool:
    if header.strip() == "*":
        return True
    return any(part.strip().removeprefix("W/").strip('"') == etag for part in header.split(","))
