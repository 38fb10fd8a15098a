"""Where a function's code comes from and where it is kept: requests, S3, blobs, unpacked folders."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from serein.kernel.call import Call, Platform
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError, InternalFailure, NotImplementedHere
from serein.services.lambda_.errors import invalid
from serein.services.lambda_.memory import memory_of
from serein.services.lambda_.packages import Package, check_package, unpack
from serein.services.lambda_.store import functions as store

_INLINE_BYTES = 256 * 1024


async def fetch_package(call: Call, code: dict[str, Any]) -> Package:
    """The package that `Code` (or a layer's `Content`) holds or refers to. Raises InvalidParameterValueException."""
    if code.get("ImageUri"):
        raise NotImplementedHere("Serein does not implement functions in container images (ImageUri)")
    if "ZipFile" in code:
        if code.get("S3Bucket") or code.get("S3Key"):
            raise invalid("Please do not provide other FunctionCode parameters when providing a ZipFile.")
        return await _checked(code["ZipFile"], is_direct=True)
    if not code.get("S3Bucket") or not code.get("S3Key"):
        raise invalid("Please provide a source for function code.")
    request = {"Bucket": code["S3Bucket"], "Key": code["S3Key"]}
    if code.get("S3ObjectVersion"):
        request["VersionId"] = code["S3ObjectVersion"]
    try:
        body = (await call.to("s3", "GetObject", request))["Body"]
    except AwsError as error:
        raise invalid(
            f"Error occurred while GetObject. S3 Error Code: {error.code}. S3 Error Message: {error.message}"
        ) from error
    content = body if isinstance(body, bytes) else b"".join([chunk async for chunk in body])
    return await _checked(content, is_direct=False)


async def _checked(content: bytes, *, is_direct: bool) -> Package:
    if len(content) <= _INLINE_BYTES:
        return check_package(content, is_direct=is_direct)
    return await asyncio.to_thread(check_package, content, is_direct=is_direct)


class StoredPackage:
    """A package whose bytes are durable, before and after a row refers to it."""

    def __init__(self, platform: Platform, package: Package, blob: str) -> None:
        self._platform = platform
        self.package = package
        self._blob = blob
        self._is_surplus = False

    def append(self, tx: Transaction) -> None:
        """Remember the package in the transaction that refers to it."""
        added = store.append_package(tx, self.package.sha256, self._blob, len(self.package.content))
        self._is_surplus = not added

    async def tidy(self) -> None:
        """Drop the bytes when the same content was there already; after the commit."""
        if self._is_surplus:
            await self._platform.blobs.delete(self._blob)


async def store_package(platform: Platform, package: Package) -> StoredPackage:
    """Make a package's bytes durable; a row must then refer to them (`StoredPackage.append`)."""

    async def chunks() -> AsyncIterator[bytes]:
        yield package.content

    blob = await platform.blobs.put(chunks())
    return StoredPackage(platform, package, blob.key)


async def drop_blobs(platform: Platform, blobs: list[str]) -> None:
    """Delete the blobs of packages that no row refers to any more."""
    for blob in blobs:
        await platform.blobs.delete(blob)


async def folder_of_package(platform: Platform, sha256: str) -> Path:
    """The folder in which a package is unpacked, made from its blob when missing."""

    async def make(folder: Path) -> None:
        if folder.exists():
            return
        blob = await platform.database.read(lambda tx: store.find_package(tx, sha256))
        if blob is None:
            raise InternalFailure(f"package {sha256} is missing")
        content = await platform.blobs.path_of(blob)
        await asyncio.to_thread(unpack, content, folder)

    return await memory_of(platform).folder_of(sha256, make)


async def remove_unused_folders(platform: Platform) -> None:
    """Remove the unpacked packages that no row refers to any more; at start-up, when no function runs."""
    root = memory_of(platform).code_root
    if not root.exists():
        return
    found = [folder for folder in root.iterdir() if folder.is_dir()]
    known = await platform.database.read(store.all_packages)
    for folder in found:
        if folder.name not in known:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def code_location(platform: Platform, sha256: str) -> str:
    """A URL from which a package can be downloaded, as GetFunction gives it."""
    return f"{platform.limits.endpoint}/_aws/lambda/code/{sha256}"
