"""Doing an import: objects one after the other, their records in batches, each batch with the note of how far it got.

After a restart the object that was being read is read again from its start, and the records that were noted are
passed over.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, NamedTuple

from msgspec.structs import replace as changed

from serein.kernel.call import Platform
from serein.kernel.compressed import MalformedData
from serein.kernel.database import Delivery, Target, Transaction
from serein.services.dynamodb import lifecycle
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.jobs.importbytes import decompressed, records
from serein.services.dynamodb.jobs.importformats import (
    Parsed,
    ParseRecord,
    csv_parser,
    ion_parser,
    parse_json_record,
    parse_records,
    parse_row,
)
from serein.services.dynamodb.jobs.imports import LOG_GROUP
from serein.services.dynamodb.jobs.objects import BucketFailure, get_object, list_objects
from serein.services.dynamodb.jobs.records import Import, encode_detail, import_of
from serein.services.dynamodb.jobs.turns import Overtaken, leave_to_others, require_step, write_in_turn
from serein.services.dynamodb.store import jobs
from serein.services.dynamodb.store.jobs import Job
from serein.services.dynamodb.store.tables import find_table_by_id, replace_definition
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.values import encode_json
from serein.services.dynamodb.writes import find_image, write

_BATCH_RECORDS = 200
_BATCH_BYTES = 512 * 1024
_FAILED_ITEMS = {
    "FailureCode": "ItemValidationError",
    "FailureMessage": (
        "Some of the items failed validation checks and were not imported. "
        "Please check CloudWatch error logs for more details."
    ),
}


class _Batch(NamedTuple):
    """Parsed records of an object, from the one with number `first` on, and how many bytes they are."""

    first: int
    parsed: list[Parsed]
    size_bytes: int


async def run_import(platform: Platform, job_id: int) -> None:
    """Do an import, or what is left of it."""
    while (job := await platform.database.read(lambda tx: jobs.find_job(tx, job_id))) is not None and job.is_open:
        table = await platform.database.read(partial(find_table_by_id, id=job.target_id))
        if table is None:
            await write_in_turn(platform, partial(_close, job_id=job_id, status="CANCELLED", shown={}))
            return
        run = _Run(platform, job, table)
        try:
            await run.read_objects()
            await write_in_turn(platform, partial(_finish, job_id=job_id))
        except BucketFailure as failure:
            await write_in_turn(platform, partial(_fail, job_id=job_id, failure=failure))
        except Overtaken:
            await leave_to_others(platform)


class _Run:
    """An import, from where it has got to."""

    def __init__(self, platform: Platform, job: Job, table: Table) -> None:
        self._platform = platform
        self._job = job
        self._step = job.step
        self._table = table
        self._state = import_of(job)
        source = self._state.request["S3BucketSource"]
        self._prefix: str = source.get("S3KeyPrefix", "")
        self._place = {"Bucket": source["S3Bucket"]}
        if "S3BucketOwner" in source:
            self._place["ExpectedBucketOwner"] = source["S3BucketOwner"]
        self._format: str = self._state.request["InputFormat"]
        self._csv: dict[str, Any] = self._state.request.get("InputFormatOptions", {}).get("Csv") or {}
        self._delimiter: str = self._csv.get("Delimiter", ",")

    async def read_objects(self) -> None:
        """Import what hasn't been. Raises BucketFailure."""
        after = self._state.object_key
        done = self._state.records
        while page := await list_objects(self._platform, self._job.scope, self._place, self._prefix, after):
            for key, _ in page:
                await self._read_object(key, done)
                done, after = 0, key

    async def _read_object(self, key: str, done: int) -> None:
        """Import an object's records after the first `done`."""
        first = done
        try:
            content = await get_object(self._platform, self._job.scope, self._place, key)
            chunks = decompressed(content, self._state.description["InputCompressionType"])
            found = records(chunks, is_csv=self._format == "CSV")
            parse = await self._parser(found)
            async for batch in _batches(found, done):
                size = sum(len(record) + 1 for record in batch)
                parsed = await asyncio.to_thread(parse_records, batch, parse, self._table)
                await self._store(key, _Batch(first, parsed, size))
                first += len(batch)
        except MalformedData as error:
            await self._store(key, _Batch(first, [str(error)], 0))
        except ValidationException as error:
            await self._store(key, _Batch(first, [error.message], 0))
        await write_in_turn(self._platform, partial(self._note_end, key=key))
        self._step += 1

    async def _parser(self, found: AsyncIterator[bytes]) -> ParseRecord:
        """What parses the records; a CSV's header is read from them first. Raises ValidationException."""
        if self._format == "DYNAMODB_JSON":
            return parse_json_record
        if self._format == "ION":
            return ion_parser()
        header = self._csv.get("HeaderList") or parse_row(await anext(found, b""), self._delimiter)
        return csv_parser(self._delimiter, header, self._table.definition.attributes)

    async def _store(self, key: str, batch: _Batch) -> None:
        await write_in_turn(self._platform, partial(self._put, key=key, batch=batch))
        self._step += 1

    def _put(self, tx: Transaction, key: str, batch: _Batch) -> None:
        job, table = self._require_current(tx)
        state = import_of(job)
        messages: list[tuple[int, str]] = []
        for number, parsed in enumerate(batch.parsed, batch.first):
            if isinstance(parsed, str):
                messages.append((number, parsed))
                continue
            item_key, image = parsed
            before = find_image(tx, table, item_key) if table.is_observed else None
            write(tx, table, item_key, before, image)
        counted = state.description
        counted["ProcessedItemCount"] += len(batch.parsed)
        counted["ImportedItemCount"] += len(batch.parsed) - len(messages)
        counted["ErrorCount"] += len(messages)
        counted["ProcessedSizeBytes"] += batch.size_bytes
        state.records = batch.first + len(batch.parsed)
        jobs.replace_job(tx, job._replace(detail=encode_detail(state)))
        if messages:
            _log(tx, job, state, [_error_line(state, key, number, message) for number, message in messages])

    def _note_end(self, tx: Transaction, key: str) -> None:
        job, _ = self._require_current(tx)
        state = import_of(job)
        state.object_key, state.records = key, 0
        jobs.replace_job(tx, job._replace(detail=encode_detail(state)))

    def _require_current(self, tx: Transaction) -> tuple[Job, Table]:
        job = require_step(tx, self._job.id, self._step)
        table = find_table_by_id(tx, job.target_id)
        if table is None:
            raise Overtaken
        return job, table


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


def _error_line(state: Import, key: str, number: int, message: str) -> str:
    """An error as AWS logs it."""
    bucket = state.request["S3BucketSource"]["S3Bucket"]
    pointer = {"bucket": bucket, "key": key, "itemIndex": number}
    return encode_json(
        {"itemS3Pointer": pointer, "importArn": state.description["ImportArn"], "errorMessages": [message]}
    ).decode()


def _log(tx: Transaction, job: Job, state: Import, lines: list[str]) -> None:
    stream = f"{state.description['ImportArn'].rpartition('/')[2]}/error"
    request = {"logGroupName": LOG_GROUP, "logStreamName": stream, "lines": [[tx.now, line] for line in lines]}
    tx.send(Delivery(Target("logs", "AppendLines", job.scope), request))


def _finish(tx: Transaction, job_id: int) -> None:
    """End an import whose objects have all been read: with errors it has failed, and the table stays."""
    job = jobs.find_job(tx, job_id)
    if job is None or not job.is_open:
        return
    has_errors = import_of(job).description["ErrorCount"] > 0
    _activate(tx, job)
    _close(tx, job_id, "FAILED" if has_errors else "COMPLETED", _FAILED_ITEMS if has_errors else {})


def _fail(tx: Transaction, job_id: int, failure: BucketFailure) -> None:
    """End an import that S3 doesn't let go on. AWS: the table stays when something has been imported."""
    job = jobs.find_job(tx, job_id)
    if job is None or not job.is_open:
        return
    state = import_of(job)
    table = find_table_by_id(tx, job.target_id)
    if state.description["ProcessedItemCount"]:
        _activate(tx, job)
    elif table is not None:
        lifecycle.delete(tx, table.definition)
    arn = state.description["ImportArn"]
    _log(tx, job, state, [encode_json({"importArn": arn, "errorMessages": [failure.message]}).decode()])
    _close(tx, job_id, "FAILED", {"FailureCode": failure.code, "FailureMessage": failure.message})


def _activate(tx: Transaction, job: Job) -> None:
    table = find_table_by_id(tx, job.target_id)
    if table is not None:
        replace_definition(tx, changed(table.definition, status="ACTIVE"))


def _close(tx: Transaction, job_id: int, status: str, shown: dict[str, Any]) -> None:
    job = jobs.find_job(tx, job_id)
    if job is None:
        return
    state = import_of(job)
    state.description = {**state.description, "ImportStatus": status, "EndTime": tx.now, **shown}
    jobs.replace_job(tx, job._replace(is_open=False, detail=encode_detail(state)))
