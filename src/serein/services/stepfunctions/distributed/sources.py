"""Where a map run's items come from: objects and listings in S3, read from where an earlier reader got to.

A dataset is a series of parts, the objects that it is in. A position names the part that is being read and says how
many of its items are done, so that a reader which starts anew passes over those; a part that has changed in between
fails the run, because its items aren't the ones that were counted.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from serein.kernel.call import Platform
from serein.kernel.compressed import MalformedData
from serein.kernel.errors import AwsError
from serein.kernel.scope import Caller, Scope
from serein.services.stepfunctions.distributed.csvrows import rows_of
from serein.services.stepfunctions.distributed.expanding import expanded
from serein.services.stepfunctions.distributed.formats import Item, items_in
from serein.services.stepfunctions.language import ItemReader, ReaderConfig

_S3_ARN = "arn:aws:s3:::"


class Position(NamedTuple):
    """How far a dataset has been read: `done` items of the part `part`, whose bytes had the tag `etag`."""

    part: str = ""
    done: int = 0
    etag: str = ""


class _Part(NamedTuple):
    """An object to be read."""

    bucket: str
    key: str
    config: ReaderConfig
    version_id: str = ""

    @property
    def name(self) -> str:
        return f"{self.bucket}/{self.key}"


def bucket_failure(error: AwsError) -> str:
    """AWS: what S3 says, with the service's name, the status and the code behind it."""
    return f"{error.message} (Service: Amazon S3; Status Code: {error.status}; Error Code: {error.code})"


class Dataset:
    """The dataset of an ItemReader whose arguments are known, for a state machine of an account."""

    def __init__(self, platform: Platform, scope: Scope, reader: ItemReader, arguments: dict[str, Any]) -> None:
        self._platform = platform
        self._scope = scope
        self._reader = reader
        self._config = reader.config
        self._arguments = arguments
        self._etag = ""

    @property
    def _lists(self) -> bool:
        return self._reader.resource.rpartition(":")[2] == "listObjectsV2"

    async def read(self, after: Position) -> AsyncIterator[tuple[Item, Position]]:
        """The items behind a position, each with the position behind it. Raises MalformedData."""
        if self._lists and self._config.transformation != "LOAD_AND_FLATTEN":
            async for listed in self._listed(after.part):
                bucket = self._required("Bucket")
                yield Item(_described(listed), None, f"S3://{bucket}"), Position(listed["Key"])
            return
        async with aclosing(self._parts()) as parts:
            async for part in parts:
                # Why two ways: a listing is in order, and the part may be gone from it.
                if after.part and (part.name < after.part if self._lists else part.name != after.part):
                    continue
                begun = after if part.name == after.part else Position()
                after = Position()
                async for item, done in self._items(part, begun):
                    yield item, Position(part.name, done, self._etag)

    async def _items(self, part: _Part, begun: Position) -> AsyncIterator[tuple[Item, int]]:
        content = expanded(await self._opened(part, begun.etag))
        number = 0
        async for item in items_in(content, part.config, f"S3://{part.bucket}/{part.key}"):
            number += 1
            if number > begun.done:
                yield item, number

    async def _parts(self) -> AsyncGenerator[_Part, None]:
        bucket = self._required("Bucket")
        if self._lists:
            async for listed in self._listed(""):
                yield _Part(bucket, listed["Key"], self._config)
            return
        whole = _Part(bucket, self._required("Key"), self._config, self._arguments.get("VersionId", ""))
        if self._config.manifest_type == "ATHENA_DATA":
            async for row in rows_of(expanded(await self._opened(whole)), ","):
                place = urlsplit(row[0].strip())
                yield _Part(place.netloc, place.path[1:], self._config)
        elif self._config.manifest_type == "S3_INVENTORY" or self._config.input_type == "MANIFEST":
            content = b"".join([chunk async for chunk in expanded(await self._opened(whole))])
            for part in _inventory_parts(content, bucket):
                yield part
        else:
            yield whole

    async def _listed(self, after: str) -> AsyncIterator[dict[str, Any]]:
        """The objects of the listing whose keys come after a key."""
        request = {"Bucket": self._required("Bucket")} | {
            name: value for name, value in self._arguments.items() if name != "MaxKeys"
        }
        if after:
            request["StartAfter"] = after
        while True:
            reply = await self._call("ListObjectsV2", request)
            for listed in reply.get("Contents", ()):
                yield listed
            if not reply.get("IsTruncated"):
                return
            request["ContinuationToken"] = reply["NextContinuationToken"]

    async def _opened(self, part: _Part, etag: str = "") -> AsyncIterator[bytes]:
        request = {name: self._arguments[name] for name in ("ExpectedBucketOwner",) if name in self._arguments}
        request |= {"Bucket": part.bucket, "Key": part.key}
        if part.version_id:
            request["VersionId"] = part.version_id
        reply = await self._call("GetObject", request)
        self._etag = reply.get("ETag", "")
        if etag and etag != self._etag:
            raise MalformedData(f"The object s3://{part.name} changed while it was being read")
        body = reply["Body"]
        return _once(body) if isinstance(body, bytes) else aiter(body)

    async def _call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        caller = Caller.of_service("states", self._scope)
        try:
            return await self._platform.call("s3", operation, request, scope=self._scope, caller=caller)
        except AwsError as error:
            raise MalformedData(bucket_failure(error)) from None

    def _required(self, name: str) -> str:
        value = self._arguments.get(name)
        if not isinstance(value, str) or not value:
            raise MalformedData(f"The ItemReader needs a {name} to read from")
        return value


def _inventory_parts(content: bytes, bucket: str) -> list[_Part]:
    """The data files of an S3 inventory by its `manifest.json`. Raises MalformedData."""
    try:
        manifest = msgspec.json.decode(content)
        names = tuple(name.strip() for name in manifest["fileSchema"].split(","))
        keys = [file["key"] for file in manifest["files"]]
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError, RecursionError):
        raise MalformedData("The object is not a manifest of an Amazon S3 inventory") from None
    if manifest.get("fileFormat") != "CSV":
        raise MalformedData(f"Serein reads inventories in CSV, not in {manifest.get('fileFormat')}")
    place = str(manifest.get("destinationBucket", "")).removeprefix(_S3_ARN) or bucket
    config = ReaderConfig(input_type="CSV", csv_header_location="GIVEN", csv_headers=names)
    return [_Part(place, key, config) for key in keys]


def _described(listed: dict[str, Any]) -> dict[str, Any]:
    """AWS: an object of a listing as an item, `Etag` spelled so, the time in seconds."""
    return {
        "Etag": listed.get("ETag", ""),
        "Key": listed["Key"],
        "LastModified": int(listed["LastModified"]),
        "Size": listed["Size"],
        "StorageClass": listed.get("StorageClass", "STANDARD"),
    }


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
