"""Doing a bulk operation: objects one after the other, their records in batches, then the report of what failed.

After a restart the object that was being read is read again from its start, and the records that were noted are
passed over. What failed is noted with the batch, so the report tells of each failure once.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, NamedTuple

from serein.kernel.call import Platform
from serein.kernel.compressed import MalformedData
from serein.kernel.database import Transaction
from serein.services.dynamodb.capacity import project
from serein.services.dynamodb.errors import ItemCollectionSizeLimitExceededException
from serein.services.dynamodb.images import Image
from serein.services.dynamodb.jobs.bulk import CANCELLING, CONDITION_CHECK_FAILURE, ERROR, Bulk, bulk_of
from serein.services.dynamodb.jobs.bulkrecords import Put, parse_puts, record_reader
from serein.services.dynamodb.jobs.bulkreports import report_entry, write_next_file, write_summary
from serein.services.dynamodb.jobs.importbytes import decompressed, records
from serein.services.dynamodb.jobs.objects import BucketFailure, get_object, list_objects
from serein.services.dynamodb.jobs.records import encode_detail
from serein.services.dynamodb.jobs.turns import Overtaken, leave_to_others, require_step, write_in_turn
from serein.services.dynamodb.keys import find_index_key
from serein.services.dynamodb.sizes import size_of_item
from serein.services.dynamodb.store import jobs
from serein.services.dynamodb.store.bulk import append_failure, delete_all_failures
from serein.services.dynamodb.store.jobs import Job
from serein.services.dynamodb.store.tables import find_table_by_id
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.vectors.indexes import find_entry
from serein.services.dynamodb.writes import find_image, write

_BATCH_RECORDS, _BATCH_BYTES = 200, 512 * 1024
_TABLE_GONE = ("TableNotFound", "The table was deleted while the bulk operation was in progress")
_CANCELLED = ("UserCancelled", "The bulk operation was cancelled")


class _Stopped(Exception):
    """The operation goes no further: its outcome is stored already."""


class _Batch(NamedTuple):
    """Parsed records of an object, from the one with number `first` on."""

    key: str
    first: int
    parsed: list[Put | str]


async def run_bulk(platform: Platform, job_id: int) -> None:
    """Do a bulk operation, or what is left of it."""
    while (job := await platform.database.read(lambda tx: jobs.find_job(tx, job_id))) is not None and job.is_open:
        run = _Run(platform, job)
        try:
            if not bulk_of(job).outcome:
                await run.put_all()
            await run.report()
        except _Stopped:
            continue
        except (BucketFailure, ItemCollectionSizeLimitExceededException) as failure:
            await write_in_turn(platform, partial(run.fail, code=failure.code, message=failure.message))
        except Overtaken:
            await leave_to_others(platform)


class _Run:
    """A bulk operation, from where it has got to."""

    def __init__(self, platform: Platform, job: Job) -> None:
        self._platform = platform
        self._job = job
        self._step = job.step
        self._bulk = bulk_of(job)
        source = self._bulk.description["InputS3Configuration"]
        self._prefix: str = source.get("S3KeyPrefix", "")
        self._compression: str = source["InputCompressionType"]
        self._format: str = source["InputFormat"]
        self._place = {"Bucket": source["S3Bucket"]}
        if "S3BucketOwner" in source:
            self._place["ExpectedBucketOwner"] = source["S3BucketOwner"]

    async def put_all(self) -> None:
        """Put the items of all objects. Raises BucketFailure and Overtaken, and _Stopped when that is not to go on."""
        if "TotalInputBytes" not in self._bulk.description:
            total = sum([size async for _, size in self._objects("")])
            await self._advance(partial(_note_total, total=total))
        done = self._bulk.records
        async for key, size in self._objects(self._bulk.object_key):
            await self._put_object(key, size, done)
            done = 0
        await self._advance(_finish)

    async def _objects(self, after: str) -> AsyncIterator[tuple[str, int]]:
        while page := await list_objects(self._platform, self._job.scope, self._place, self._prefix, after):
            for found in page:
                yield found
            after = page[-1][0]

    async def _put_object(self, key: str, size: int, done: int) -> None:
        first = done
        try:
            content = await get_object(self._platform, self._job.scope, self._place, key)
            read = record_reader(self._format)
            async for batch in _batches(records(decompressed(content, self._compression), is_csv=False), done):
                table = await self._platform.database.read(partial(find_table_by_id, id=self._bulk.table_id))
                if table is None:
                    await self._advance(_no_change)
                    return
                parsed = await asyncio.to_thread(parse_puts, batch, read, table)
                await self._advance(partial(_put, batch=_Batch(key, first, parsed)))
                first += len(batch)
        except MalformedData as error:
            await self._advance(partial(_put, batch=_Batch(key, first, [str(error)])))
        await self._advance(partial(_note_end, key=key, size=size))

    async def _advance(self, change: Any) -> None:
        """Make a change in the operation's next transaction. Raises Overtaken, and _Stopped when it must end."""

        def step(tx: Transaction) -> bool:
            job = require_step(tx, self._job.id, self._step)
            bulk, table = bulk_of(job), find_table_by_id(tx, self._bulk.table_id)
            if table is None:
                _end(bulk, "FAILED", *_TABLE_GONE)
            elif bulk.description["BulkOperationStatus"] == CANCELLING:
                _end(bulk, "CANCELLED", *_CANCELLED)
            else:
                change(tx, job, bulk, table)
            jobs.replace_job(tx, job._replace(detail=encode_detail(bulk)))
            return bool(bulk.outcome) and change is not _finish

        has_ended = await write_in_turn(self._platform, step)
        self._step += 1
        if has_ended:
            raise _Stopped

    async def report(self) -> None:
        """Write the next files of the report, and close the operation. Raises BucketFailure and Overtaken."""
        job = await self._platform.database.read(lambda tx: jobs.find_job(tx, self._job.id))
        if job is None or not job.is_open:
            return
        if await write_next_file(self._platform, job):
            return
        ended_at = self._platform.clock.now()
        await write_summary(self._platform, job, ended_at)
        await write_in_turn(self._platform, partial(_close, job_id=job.id, step=job.step, ended_at=ended_at))

    def fail(self, tx: Transaction, code: str, message: str) -> None:
        """End an operation that S3 doesn't let go on: with a report, unless it is that which S3 refused."""
        job = jobs.find_job(tx, self._job.id)
        if job is None or not job.is_open:
            return
        bulk = bulk_of(job)
        has_read = bool(bulk.outcome)
        _end(bulk, "FAILED", code, message)
        if has_read:
            _show_outcome(bulk, tx.now)
            delete_all_failures(tx, job.id)
        jobs.replace_job(tx, job._replace(is_open=not has_read, detail=encode_detail(bulk)))


def _end(bulk: Bulk, outcome: str, code: str, message: str) -> None:
    bulk.outcome = outcome
    bulk.description |= {"FailureCode": code, "FailureMessage": message}


def _no_change(tx: Transaction, job: Job, bulk: Bulk, table: Table) -> None:
    """For what `_advance` finds out by itself."""


def _note_total(tx: Transaction, job: Job, bulk: Bulk, table: Table, total: int) -> None:
    bulk.description["TotalInputBytes"] = total


def _note_end(tx: Transaction, job: Job, bulk: Bulk, table: Table, key: str, size: int) -> None:
    bulk.object_key, bulk.records = key, 0
    bulk.description["ProcessedInputBytes"] += size


def _finish(tx: Transaction, job: Job, bulk: Bulk, table: Table) -> None:
    bulk.outcome = "COMPLETED_WITH_ERRORS" if bulk.description["FailedItemCount"] else "COMPLETED"


def _put(tx: Transaction, job: Job, bulk: Bulk, table: Table, batch: _Batch) -> None:
    shown = bulk.description
    for number, parsed in enumerate(batch.parsed, batch.first):
        if isinstance(parsed, str):
            shown["FailedItemCount"] += 1
            _note_failure(tx, job, bulk, ERROR, report_entry(batch.key, number, message=parsed))
            continue
        before = find_image(tx, table, parsed.key) if table.is_observed or parsed.test else None
        if parsed.test is not None and not parsed.test(before.item if before else {}):
            entry = report_entry(batch.key, number, attempted=parsed.image, existing=before)
            _note_failure(tx, job, bulk, CONDITION_CHECK_FAILURE, entry)
            continue
        write(tx, table, parsed.key, before, parsed.image)
        _add_usage(shown["BulkOperationUsage"][0], table, parsed.image)
    shown["ProcessedItemCount"] += len(batch.parsed)
    bulk.records = batch.first + len(batch.parsed)


def _note_failure(tx: Transaction, job: Job, bulk: Bulk, kind: str, entry: bytes) -> None:
    if kind in bulk.request["OutputS3Configuration"]["OutputType"]:
        bulk.failures += 1
        append_failure(tx, job.id, kind, bulk.failures, entry)


def _add_usage(usage: dict[str, Any], table: Table, image: Image) -> None:
    """Count the bytes that are put: of the item, and of what each index holds of it."""
    usage["Table"]["BulkPutBytes"] += image.size
    usage["BulkPutBytes"] += image.size
    for index in table.indexes:
        if find_index_key(image.item, index.key) is not None:
            member = "GlobalSecondaryIndexes" if index.is_global else "LocalSecondaryIndexes"
            size = size_of_item(project(image.item, index))
            counted = usage.setdefault(member, {}).setdefault(index.name, {"BulkPutBytes": 0})
            counted["BulkPutBytes"] += size
            usage["BulkPutBytes"] += size
    for vectors in table.vectors:
        entry = find_entry(vectors, image.item)
        if entry is not None:
            counted = usage.setdefault("VectorIndexes", {}).setdefault(vectors.name, {"BulkPutVectorBytes": 0})
            counted["BulkPutVectorBytes"] += entry.size


def _close(tx: Transaction, job_id: int, step: int, ended_at: float) -> None:
    job = require_step(tx, job_id, step)
    bulk = bulk_of(job)
    _show_outcome(bulk, ended_at)
    jobs.replace_job(tx, job._replace(is_open=False, detail=encode_detail(bulk)))


def _show_outcome(bulk: Bulk, ended_at: float) -> None:
    bulk.description |= {"BulkOperationStatus": bulk.outcome, "EndTime": ended_at}


async def _batches(found: AsyncIterator[bytes], skipped: int) -> AsyncIterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    async for record in found:
        if skipped:
            skipped -= 1
            continue
        batch.append(record)
        size += len(record)
        if len(batch) >= _BATCH_RECORDS or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
