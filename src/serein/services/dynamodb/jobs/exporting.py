"""Making an export: data files of some thousand items each, then the manifests.

A data file is named by the export and its number, so one that was written but not yet noted before a restart is
written again under the same name, with the same content.
"""

import asyncio
import gzip
import hashlib
from base64 import b32encode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.dynamodb.jobs import holds
from serein.services.dynamodb.jobs.changesets import Span, read_changes
from serein.services.dynamodb.jobs.exportformats import change_line, item_line
from serein.services.dynamodb.jobs.exports import data_folder, filter_request, manifest_folder
from serein.services.dynamodb.jobs.filters import Filter
from serein.services.dynamodb.jobs.objects import BucketFailure, put_object
from serein.services.dynamodb.jobs.records import encode_detail, export_of
from serein.services.dynamodb.jobs.snapshots import Bounds, read_chunk
from serein.services.dynamodb.jobs.turns import Overtaken, leave_to_others, require_step, write_in_turn
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.store import jobs
from serein.services.dynamodb.store.jobs import Job
from serein.services.dynamodb.tables import key_schema_of
from serein.services.dynamodb.values import encode_json

_FILE_BYTES = 4 * 1024 * 1024
_FILE_ITEMS = 10_000
_CHUNK = Bounds(250)


class _Part(NamedTuple):
    """Lines for a data file, the size of the items they stand for, and the key to go on after; None at the end."""

    lines: list[bytes]
    size_bytes: int
    last: Key | None


_Read = Callable[[Transaction, Key], _Part]


async def run_export(platform: Platform, job_id: int) -> None:
    """Do an export, or what is left of it."""
    while (job := await platform.database.read(lambda tx: jobs.find_job(tx, job_id))) is not None and job.is_open:
        try:
            await _Run(platform, job).advance()
        except Overtaken:
            await leave_to_others(platform)


class _Run:
    """An export, from where it has got to up to its next step."""

    def __init__(self, platform: Platform, job: Job) -> None:
        self._platform = platform
        self._job = job
        self._export = export_of(job)
        self._description = self._export.description
        self._is_ion = self._description["ExportFormat"] == "ION"
        self._place = _place(self._export.request, self._description)

    async def advance(self) -> None:
        """Write the next data file, or after the last one the manifests. Raises Overtaken."""
        try:
            if self._job.step == 0:
                await self._put(f"{manifest_folder(self._export)}_started", b"")
            if self._export.is_walked:
                await self._finish()
            else:
                await self._write_file()
        except BucketFailure as failure:
            reason = {"FailureCode": failure.code, "FailureMessage": failure.message}
            await write_in_turn(self._platform, partial(self._close, status="FAILED", shown=reason))

    async def _write_file(self) -> None:
        export, job = self._export, self._job
        part = await self._read_part()
        content = await asyncio.to_thread(_compressed, part.lines)
        digest = hashlib.sha256(f"{job.id} {export.files}".encode()).digest()[:16]
        name = b32encode(digest).decode().rstrip("=").lower()
        key = f"{data_folder(export)}{name}.{'ion' if self._is_ion else 'json'}.gz"
        etag = await self._put(key, content)
        entry = {"itemCount": len(part.lines), "md5Checksum": _md5(content), "etag": etag, "dataFileS3Key": key}
        await write_in_turn(self._platform, partial(self._note, part=part, entry=encode_json(entry).decode()))

    def _note(self, tx: Transaction, part: _Part, entry: str) -> None:
        job = require_step(tx, self._job.id, self._job.step)
        export = export_of(job)
        jobs.put_export_file(tx, job.id, export.files, entry)
        export.files += 1
        export.items += len(part.lines)
        export.size_bytes += part.size_bytes
        export.is_walked = part.last is None
        jobs.replace_job(tx, job._replace(key=part.last or job.key, detail=encode_detail(export)))

    async def _read_part(self) -> _Part:
        """Read what belongs into the next data file, a chunk a transaction."""
        read = self._items_reader() if self._export.since is None else self._changes_reader(self._export.since)
        lines: list[bytes] = []
        size = 0
        last: Key | None = self._job.key
        while last is not None and size < _FILE_BYTES and len(lines) < _FILE_ITEMS:
            part = await write_in_turn(self._platform, partial(read, after=last))
            lines += part.lines
            size += part.size_bytes
            last = part.last
        return _Part(lines, size, last)

    def _items_reader(self) -> Callable[..., _Part]:
        table = self._export.table
        schema = key_schema_of(table.key_schema, table.attributes)
        wanted = Filter(filter_request(self._export.request.get("FilterSpecification", {})), schema)

        def read(tx: Transaction, after: Key) -> _Part:
            chunk = read_chunk(tx, self._job.source_id, self._export.moment, after, _CHUNK)
            bodies = [body for state in chunk.states if (body := wanted.find_body(state)) is not None]
            lines = [item_line(body, is_ion=self._is_ion) for body in bodies]
            return _Part(lines, sum(state.size for state in chunk.states), chunk.last)

        return read

    def _changes_reader(self, since: float) -> Callable[..., _Part]:
        table = self._export.table
        schema = key_schema_of(table.key_schema, table.attributes)
        times = self._description["IncrementalExportSpecification"]
        span = Span(since, times["ExportToTime"], times["ExportViewType"] == "NEW_AND_OLD_IMAGES")

        def read(tx: Transaction, after: Key) -> _Part:
            found = read_changes(tx, self._job.source_id, schema, span, after)
            lines = [change_line(change, is_ion=self._is_ion) for change in found.changes]
            return _Part(lines, found.size_bytes, found.last)

        return read

    async def _finish(self) -> None:
        """Write the manifests, and close the export. Raises BucketFailure."""
        entries = await self._platform.database.read(lambda tx: jobs.export_files(tx, self._job.id))
        folder = manifest_folder(self._export)
        files_key = f"{folder}manifest-files.json"
        await self._put_with_md5(files_key, "".join(f"{entry}\n" for entry in entries).encode())
        ended_at = self._platform.clock.now()
        summary_key = f"{folder}manifest-summary.json"
        await self._put_with_md5(summary_key, encode_json(self._summary(files_key, ended_at)))
        shown = {
            "ExportManifest": summary_key,
            "BilledSizeBytes": self._export.size_bytes,
            "ItemCount": self._export.items,
        }
        await write_in_turn(self._platform, partial(self._close, status="COMPLETED", shown=shown))

    def _summary(self, files_key: str, ended_at: float) -> dict[str, Any]:
        shown, export = self._description, self._export
        times = shown.get("IncrementalExportSpecification")
        summary = {
            "version": "2020-06-30" if times is None else "2023-08-01",
            "exportArn": shown["ExportArn"],
            "startTime": _time(shown["StartTime"]),
            "endTime": _time(ended_at),
            "tableArn": shown["TableArn"],
            "tableId": shown["TableId"],
        }
        if times is None:
            summary["exportTime"] = _time(shown["ExportTime"])
        else:
            summary["exportFromTime"] = _time(times["ExportFromTime"])
            summary["exportToTime"] = _time(times["ExportToTime"])
        summary |= {
            "s3Bucket": shown["S3Bucket"],
            "s3Prefix": shown.get("S3Prefix"),
            "s3SseAlgorithm": shown["S3SseAlgorithm"],
            "s3SseKmsKeyId": shown.get("S3SseKmsKeyId"),
            "manifestFilesS3Key": files_key,
            "billedSizeBytes": export.size_bytes,
            "itemCount": export.items,
            "outputFormat": shown["ExportFormat"],
        }
        if times is not None:
            summary |= {"outputView": times["ExportViewType"], "exportType": shown["ExportType"]}
        return summary

    def _close(self, tx: Transaction, status: str, shown: dict[str, Any]) -> None:
        """End the export, and let go of the table."""
        job = require_step(tx, self._job.id, self._job.step)
        export = export_of(job)
        export.description = {**export.description, "ExportStatus": status, "EndTime": tx.now, **shown}
        jobs.replace_job(tx, job._replace(is_open=False, detail=encode_detail(export)))
        holds.release(tx, job.source_id, job.id)

    async def _put_with_md5(self, key: str, content: bytes) -> None:
        await self._put(key, content)
        await self._put(key.removesuffix(".json") + ".md5", _md5(content).encode())

    async def _put(self, key: str, content: bytes) -> str:
        return await put_object(self._platform, self._job.scope, self._place, key, content)


def _place(request: dict[str, Any], description: dict[str, Any]) -> dict[str, Any]:
    """The bucket, and what S3 is told with each object."""
    place = {"Bucket": request["S3Bucket"]}
    if "S3BucketOwner" in request:
        place["ExpectedBucketOwner"] = request["S3BucketOwner"]
    place["ServerSideEncryption"] = "aws:kms" if description["S3SseAlgorithm"] == "KMS" else "AES256"
    if "S3SseKmsKeyId" in request:
        place["SSEKMSKeyId"] = request["S3SseKmsKeyId"]
    return place


def _compressed(lines: list[bytes]) -> bytes:
    # Why a fixed time: the same export makes the same bytes.
    return gzip.compress(b"".join(lines), compresslevel=6, mtime=0)


def _md5(content: bytes) -> str:
    return b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
