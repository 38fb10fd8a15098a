"""Browser uploads: `multipart/form-data` read as it arrives, and the policy that the form is signed with.

AWS: POST Object, "Creating an HTML form (using AWS Signature Version 4)" and "POST policy" in the S3 API Reference.
"""

import base64
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec

from serein.services.s3.errors import (
    AccessDenied,
    EntityTooLarge,
    EntityTooSmall,
    InvalidArgument,
    MalformedPOSTRequest,
    MaxPostPreDataLengthExceededError,
)

MAXIMUM_FIELD_BYTES = 20 * 1024
_FREE_FIELDS = frozenset({"policy", "file", "x-amz-signature", "awsaccesskeyid", "signature"})
"""Fields that a policy need not mention; those that begin with `x-ignore-` are free too."""


class Form:
    """A form under way: its fields first, then the file's bytes."""

    def __init__(self, body: AsyncIterator[bytes], content_type: str) -> None:
        _, found, boundary = content_type.partition("boundary=")
        boundary = boundary.partition(";")[0].strip().strip('"')
        if not found or not boundary:
            raise MalformedPOSTRequest
        self._body = body
        self._mark = f"\r\n--{boundary}".encode()
        self._buffer = b"\r\n"
        self._has_ended = False
        self.fields: dict[str, str] = {}
        """By name in lower case."""
        self.file_name = ""
        self.file_type = ""

    async def read_fields(self) -> None:
        """Read up to the file. Raises MalformedPOSTRequest, or InvalidArgument when there is no file."""
        await self._until(self._mark)
        while True:
            headers = (await self._until(b"\r\n\r\n")).decode(errors="replace")
            if headers.startswith("--"):
                break
            names = _disposition(headers)
            if "name" not in names:
                raise MalformedPOSTRequest
            if names["name"].lower() == "file":
                self.file_name = names.get("filename", "").replace("\\", "/").rpartition("/")[2]
                self.file_type = _header(headers, "content-type")
                return
            self.fields[names["name"].lower()] = (await self._until(self._mark)).decode(errors="replace")
            if sum(len(value) for value in self.fields.values()) > MAXIMUM_FIELD_BYTES:
                raise MaxPostPreDataLengthExceededError
        raise InvalidArgument(
            "POST requires exactly one file upload per request.", ArgumentName="file", ArgumentValue="0"
        )

    async def file(self) -> AsyncIterator[bytes]:
        """The file's bytes. Raises MalformedPOSTRequest when the form breaks off."""
        while True:
            at = self._buffer.find(self._mark)
            if at >= 0:
                if at:
                    yield self._buffer[:at]
                return
            safe = len(self._buffer) - len(self._mark)
            if safe > 0:
                yield self._buffer[:safe]
                self._buffer = self._buffer[safe:]
            await self._fill()

    async def _until(self, mark: bytes) -> bytes:
        while (at := self._buffer.find(mark)) < 0:
            if self._buffer.startswith(b"--") and mark == b"\r\n\r\n":
                return b"--"
            if len(self._buffer) > 2 * MAXIMUM_FIELD_BYTES:
                raise MaxPostPreDataLengthExceededError
            await self._fill()
        found, self._buffer = self._buffer[:at], self._buffer[at + len(mark) :]
        return found

    async def _fill(self) -> None:
        try:
            self._buffer += await anext(self._body)
        except StopAsyncIteration:
            raise MalformedPOSTRequest from None


def _disposition(headers: str) -> dict[str, str]:
    found = {}
    for part in _header(headers, "content-disposition").split(";")[1:]:
        name, _, value = part.strip().partition("=")
        found[name.lower()] = value.strip().strip('"')
    return found


def _header(headers: str, name: str) -> str:
    for line in headers.split("\r\n"):
        given, _, value = line.partition(":")
        if given.strip().lower() == name:
            return value.strip()
    return ""


class PostPolicy:
    """The conditions under which a form may be posted."""

    def __init__(self, text: str, now: float) -> None:
        """Raises AccessDenied when the policy has expired, InvalidArgument when it can't be read."""
        try:
            policy = msgspec.json.decode(base64.b64decode(text, validate=True))
            expires_at = datetime.fromisoformat(policy["expiration"].replace("Z", "+00:00")).timestamp()
            self._conditions: list[Any] = policy["conditions"]
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
            raise InvalidArgument("Invalid Policy: Invalid JSON.", ArgumentName="policy") from None
        if not isinstance(self._conditions, list):
            raise InvalidArgument("Invalid Policy: Invalid JSON.", ArgumentName="policy")
        if expires_at < now:
            raise AccessDenied("Invalid according to Policy: Policy expired.")
        self.smallest_bytes, self.largest_bytes = 0, -1

    def require_met(self, fields: dict[str, str]) -> None:
        """Raise AccessDenied unless the fields are as the policy says, and none is there that it doesn't mention."""
        mentioned: set[str] = set()
        for condition in self._conditions:
            operator, name, value = _condition(condition)
            if operator == "content-length-range":
                self.smallest_bytes, self.largest_bytes = _size_bytes(name), _size_bytes(value)
                continue
            mentioned.add(name)
            actual = fields.get(name, "")
            if not (actual == value if operator == "eq" else actual.startswith(value)):
                shown = [operator, f"${name}", value]
                raise AccessDenied(
                    f"Invalid according to Policy: Policy Condition failed: {msgspec.json.encode(shown).decode()}"
                )
        extra = [name for name in fields if name not in mentioned | _FREE_FIELDS and not name.startswith("x-ignore-")]
        if extra:
            raise AccessDenied(f"Invalid according to Policy: Extra input fields: {extra[0]}")

    async def limited(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The file, as long as its size is within the policy's range. Raises EntityTooLarge or EntityTooSmall."""
        size_bytes = 0
        async for chunk in chunks:
            size_bytes += len(chunk)
            if 0 <= self.largest_bytes < size_bytes:
                raise EntityTooLarge(ProposedSize=size_bytes, MaxSizeAllowed=self.largest_bytes)
            yield chunk
        if size_bytes < self.smallest_bytes:
            raise EntityTooSmall(ProposedSize=size_bytes, MinSizeAllowed=self.smallest_bytes)


def _size_bytes(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise InvalidArgument("Invalid Policy: Invalid content-length-range.", ArgumentName="policy")
    return int(text)


def _condition(condition: Any) -> tuple[str, str, str]:
    if isinstance(condition, dict) and len(condition) == 1:
        name, value = next(iter(condition.items()))
        return "eq", str(name).lower(), str(value)
    if isinstance(condition, list) and len(condition) == 3:
        operator, name, value = (str(part) for part in condition)
        operator = operator.lower()
        if operator in ("eq", "starts-with", "content-length-range"):
            return operator, name.removeprefix("$").lower(), value
    raise InvalidArgument("Invalid Policy: Invalid Simple-Condition.", ArgumentName="policy")
