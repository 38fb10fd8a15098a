"""Writing the results of a map run to S3: a file or more of each kind, and the manifest that names them.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from collections.abc import AsyncIterator
from typing import Any

from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import ByteStream
from serein.kernel.scope import Caller, Scope
from serein.services.stepfunctions.distributed.plan import WRITER_FAILED
from serein.services.stepfunctions.distributed.results import JSONL, manifest_of
from serein.services.stepfunctions.distributed.sources import bucket_failure
from serein.services.stepfunctions.failure import StateFailed

LARGEST_FILE_BYTES = 5 * 1024**3


class _Elements:
    """Elements of files to be, one after the other; it can be seen whether there is another."""

    def __init__(self, elements: AsyncIterator[bytes]) -> None:
        self._elements = elements
        self.head: bytes | None = None

    async def advance(self) -> None:
        self.head = await anext(self._elements, None)


class Export:
    """Where the results of a map run go, and in which form."""

    def __init__(
        self, platform: Platform, scope: Scope, arguments: dict[str, Any], folder: str, output_type: str
    ) -> None:
        """`folder` is below the prefix that `arguments` has. Raises StateFailed without a bucket."""
        bucket, prefix = arguments.get("Bucket"), arguments.get("Prefix") or ""
        if not isinstance(bucket, str) or not bucket or not isinstance(prefix, str):
            raise StateFailed(WRITER_FAILED, "The ResultWriter needs a Bucket to write to")
        self._platform = platform
        self._scope = scope
        self.bucket = bucket
        self._owner = {
            name: arguments[name] for name in ("ExpectedBucketOwner",) if isinstance(arguments.get(name), str)
        }
        self._folder = f"{prefix.rstrip('/')}/{folder}".lstrip("/")
        self._is_lines = output_type == JSONL
        self.files: dict[str, list[tuple[str, int]]] = {}

    @property
    def manifest_key(self) -> str:
        return f"{self._folder}/manifest.json"

    async def write(self, kind: str, elements: AsyncIterator[bytes], largest: int = LARGEST_FILE_BYTES) -> None:
        """Write the files of one kind, `KIND_0.json` and on; none without elements. Raises StateFailed."""
        left = _Elements(elements)
        await left.advance()
        while left.head is not None:
            written = self.files.setdefault(kind, [])
            key = f"{self._folder}/{kind}_{len(written)}.{'jsonl' if self._is_lines else 'json'}"
            sizes: list[int] = []
            await self._put(key, ByteStream(self._content(left, largest, sizes)))
            written.append((key, sum(sizes)))

    async def finish(self, map_run_arn: str) -> dict[str, Any]:
        """Write the manifest, and return the state's output. Raises StateFailed."""
        manifest = manifest_of(self.bucket, map_run_arn, self.files)
        await self._put(self.manifest_key, ByteStream.of(manifest))
        return {
            "MapRunArn": map_run_arn,
            "ResultWriterDetails": {"Bucket": self.bucket, "Key": self.manifest_key},
        }

    async def _content(self, left: _Elements, largest: int, sizes: list[int]) -> AsyncIterator[bytes]:
        begin, between, end = (b"", b"\n", b"\n") if self._is_lines else (b"[", b",", b"]")
        size, lead = len(end), begin
        while left.head is not None and (lead is begin or size + len(left.head) < largest):
            piece, lead = lead + left.head, between
            size += len(piece)
            yield piece
            await left.advance()
        sizes.append(size)
        yield end

    async def _put(self, key: str, body: ByteStream) -> None:
        request = {"Bucket": self.bucket, "Key": key, "Body": body, "ContentType": "application/json"} | self._owner
        caller = Caller.of_service("states", self._scope)
        try:
            await self._platform.call("s3", "PutObject", request, scope=self._scope, caller=caller)
        except AwsError as error:
            raise StateFailed(WRITER_FAILED, bucket_failure(error)) from None
