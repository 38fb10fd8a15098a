"""Where a function's code comes from and where it is kept: requests, S3, blobs, unpacked folders."""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from serein.kernel.call import Call, Platform
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError, InternalFailure
from serein.kernel.scope import Scope
from serein.services.lambda_.account_limits import TOTAL_CODE_BYTES
from serein.services.lambda_.configuration import Configuration, set_code
from serein.services.lambda_.errors import CodeStorageExceededException, invalid
from serein.services.lambda_.memory import memory_of
from serein.services.lambda_.packages import Package, check_package, unpack
from serein.services.lambda_.store import functions as store

T = TypeVar("T")
_INLINE_BYTES = 256 * 1024


@dataclass(slots=True)
class FetchedCode:
    """Code for a function or layer: a checked package, or an image by its name."""

    package: Package | None
    image_uri: str = ""
    image_identity: str = ""
    """Of an image that this machine has."""
    stored: "StoredPackage | None" = None

    @property
    def unzipped_bytes(self) -> int:
        return self.package.unzipped_bytes if self.package else 0

    def describe(self, configuration: Configuration) -> None:
        """Write into a function's record what its code is."""
        if self.package is not None:
            set_code(configuration, self.package.sha256, self.package.sha256_base64, len(self.package.content))
            return
        digest = self.image_identity or self.image_uri.rpartition("@sha256:")[2]
        if digest == self.image_uri:
            # Why: no registry is asked, so that a name stands for one image as long as this machine hasn't it.
            digest = hashlib.sha256(self.image_uri.encode()).hexdigest()
        set_code(configuration, digest, digest, 0)
        repository = self.image_uri.partition("@")[0].rpartition(":")[0] or self.image_uri
        configuration["_image"] = {"ImageUri": self.image_uri, "ResolvedImageUri": f"{repository}@sha256:{digest}"}
        # AWS: a function keeps the image that its URI stood for when the function was given it.
        configuration["_image_identity"] = self.image_identity

    def append(self, tx: Transaction, scope: Scope) -> None:
        """Remember the package in the transaction that refers to it. Raises CodeStorageExceededException."""
        if self.stored is None or self.package is None:
            return
        if store.code_bytes(tx, scope) + len(self.package.content) > TOTAL_CODE_BYTES:
            raise CodeStorageExceededException(Type="User")
        self.stored.append(tx)


async def fetch_code(call: Call, code: dict[str, Any], package_type: str = "Zip") -> FetchedCode:
    """What `Code` (or a layer's `Content`) holds or refers to. Raises InvalidParameterValueException."""
    if package_type == "Image":
        if not code.get("ImageUri") or "ZipFile" in code or code.get("S3Bucket"):
            raise invalid("Please provide ImageUri when creating a function with packageType Image.")
        return FetchedCode(None, code["ImageUri"], await call.platform.runner.find_image(code["ImageUri"]))
    if code.get("ImageUri"):
        raise invalid("Please don't provide ImageUri when creating a function with packageType Zip.")
    return FetchedCode(await _fetch_package(call, code))


async def _fetch_package(call: Call, code: dict[str, Any]) -> Package:
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


async def keep_code(call: Call, code: FetchedCode, write: Callable[[Transaction], T]) -> T:
    """Make code durable and run the transaction that refers to it (`FetchedCode.append`)."""
    if code.package is None:
        return await call.write(write)
    code.stored = await _store_package(call.platform, code.package)
    try:
        return await call.write(write)
    finally:
        await code.stored.tidy()


class StoredPackage:
    """A package whose bytes are durable, before and after a row refers to it."""

    def __init__(self, platform: Platform, package: Package, blob: str) -> None:
        self._platform = platform
        self._package = package
        self._blob = blob
        self._is_surplus = True

    def append(self, tx: Transaction) -> None:
        """Remember the package in the transaction that refers to it."""
        package = self._package
        added = store.append_package(tx, package.sha256, self._blob, len(package.content), package.unzipped_bytes)
        self._is_surplus = not added

    async def tidy(self) -> None:
        """Drop the bytes when no row refers to them; after the transaction."""
        if self._is_surplus:
            await self._platform.blobs.delete(self._blob)


async def _store_package(platform: Platform, package: Package) -> StoredPackage:
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

    async def make(folder: Path, like: Path | None) -> None:
        if folder.exists():
            return
        blob = await platform.database.read(lambda tx: store.find_package(tx, sha256))
        if blob is None:
            raise InternalFailure(f"package {sha256} is missing")
        content = await platform.blobs.path_of(blob)
        await asyncio.to_thread(unpack, content, folder, like)

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


def code_reply(platform: Platform, configuration: Configuration) -> dict[str, Any]:
    """Where a function's code is, as GetFunction says it."""
    if image := configuration.get("_image"):
        return {"RepositoryType": "ECR", **image}
    return {"RepositoryType": "S3", "Location": code_location(platform, configuration["_code"])}


def code_location(platform: Platform, sha256: str) -> str:
    """A URL from which a package can be downloaded, as GetFunction gives it."""
    return f"{platform.limits.endpoint}/_aws/lambda/code/{sha256}"
