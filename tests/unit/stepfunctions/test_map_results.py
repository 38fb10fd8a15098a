"""What map runs leave: the state's output, and the documents of an export."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope
from serein.services.stepfunctions.distributed.exporting import Export
from serein.services.stepfunctions.distributed.results import Child, entry_of, texts_of
from serein.services.stepfunctions.distributed.runs import Counts, child_arn, label_of, map_run_arn, parse_map_run_arn
from serein.services.stepfunctions.distributed.thresholds import is_exceeded
from serein.services.stepfunctions.errors import InvalidArn
from serein.services.stepfunctions.failure import StateFailed

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:csvProcess"
CHILD = "arn:aws:states:us-east-1:123456789012:execution:csvProcess/Map:n-1"


def ended(number: int, output: str = "{}", status: str = "SUCCEEDED", **more: Any) -> Child:
    return Child(number, status, 1, b'{"n":1}', output.encode(), CHILD, "n-1", f"{MACHINE}/Map", **more)


def texts(children: list[Child], transformation: str) -> list[Any]:
    return [json.loads(text) for text in texts_of(children, transformation)]


def test_an_entry_of_a_success_has_its_output_as_text() -> None:
    assert entry_of(ended(0, '{"ok":true}', started_at=1738633790.0999, stopped_at=1738633790.163)) == {
        "ExecutionArn": CHILD,
        "Input": '{"n":1}',
        "InputDetails": {"Included": True},
        "Name": "n-1",
        "Output": '{"ok":true}',
        "OutputDetails": {"Included": True},
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        "StartDate": "2025-02-04T01:49:50.099Z",
        "StateMachineArn": f"{MACHINE}/Map",
        "Status": "SUCCEEDED",
        "StopDate": "2025-02-04T01:49:50.163Z",
    }


def test_an_entry_of_a_failure_says_why_and_one_that_is_pending_has_its_input_alone() -> None:
    failed = entry_of(ended(0, status="FAILED", error="E", cause="because", redrive_count=2))
    assert (failed["Error"], failed["Cause"], failed["Status"], failed["RedriveCount"]) == ("E", "because", "FAILED", 2)
    assert "Output" not in failed
    assert failed["RedriveStatus"] == "REDRIVABLE_BY_MAP_RUN"
    assert entry_of(Child(3, "PENDING", 1, b"7")) == {
        "Input": "7",
        "InputDetails": {"Included": True},
        "Status": "PENDING",
    }


def test_transformations_leave_the_outputs_their_elements_or_everything() -> None:
    children = [ended(0, "[1,[2]]"), ended(1, '{"a":1}'), ended(2, "[]")]
    assert texts(children, "COMPACT") == [[1, [2]], {"a": 1}, []]
    assert texts(children, "FLATTEN") == [1, [2], {"a": 1}]
    assert [entry["Output"] for entry in texts(children, "NONE")] == ["[1,[2]]", '{"a":1}', "[]"]


@pytest.mark.parametrize("transformation", ["COMPACT", "FLATTEN", "NONE"])
def test_failures_are_shown_whole_whatever_the_transformation(transformation: str) -> None:
    (shown,) = texts([ended(0, status="TIMED_OUT", error="States.Timeout")], transformation)
    assert (shown["Status"], shown["Error"]) == ("TIMED_OUT", "States.Timeout")


@pytest.mark.parametrize(
    ("failed", "total", "count", "percentage", "expected"),
    [
        (0, 10, None, None, False),
        (1, 10, None, None, True),
        (1, 10, 0, None, True),
        (2, 10, 2, None, False),
        (3, 10, 2, None, True),
        (3, None, 2, None, True),
        (3, 10, None, 30.0, False),
        (4, 10, None, 30.0, True),
        (10, 10, None, 100.0, False),
        (1, None, None, 0.0, False),
        (1, 10, None, 0.0, True),
        (3, 10, 5, 20.0, True),
        (3, 10, 2, 90.0, True),
    ],
)
def test_a_run_fails_beyond_either_tolerated_figure_that_was_set(
    failed: int, total: int | None, count: int | None, percentage: float | None, expected: bool
) -> None:
    assert is_exceeded(failed, total, count, percentage) is expected


def test_counts_tell_what_is_pending_and_what_runs() -> None:
    counts = Counts({"TOTAL": 20, "STARTED": 12, "SUCCEEDED": 5, "FAILED": 2, "TIMED_OUT": 1, "PENDING_REDRIVE": 3})
    assert counts.shown(is_redrivable=True) == {
        "pending": 5,
        "running": 4,
        "succeeded": 5,
        "failed": 2,
        "timedOut": 1,
        "aborted": 0,
        "total": 20,
        "resultsWritten": 0,
        "failuresNotRedrivable": 0,
        "pendingRedrive": 3,
    }
    assert counts.shown(is_redrivable=False)["failuresNotRedrivable"] == 3


def test_arns_have_the_machines_name_and_the_label() -> None:
    arn = map_run_arn(MACHINE, "Map", "ad9b5f27-090b-3ac6-9beb-243cd77144a7")
    assert arn == ("arn:aws:states:us-east-1:123456789012:mapRun:csvProcess/Map:ad9b5f27-090b-3ac6-9beb-243cd77144a7")
    assert parse_map_run_arn(arn) == (
        Scope("123456789012", "us-east-1"),
        "ad9b5f27-090b-3ac6-9beb-243cd77144a7",
    )
    assert child_arn(MACHINE, "Map", "n") == "arn:aws:states:us-east-1:123456789012:execution:csvProcess/Map:n"
    assert child_arn(MACHINE, "Map", "n", "i") == "arn:aws:states:us-east-1:123456789012:express:csvProcess/Map:n:i"


@pytest.mark.parametrize("arn", ["x", MACHINE, MACHINE.replace("states", "sqs"), f"{MACHINE[:-24]}mapRun:a/b", "a:b"])
def test_other_arns_are_none_of_map_runs(arn: str) -> None:
    with pytest.raises(InvalidArn):
        parse_map_run_arn(arn)


def test_a_state_without_a_label_has_one_of_its_own_that_stays() -> None:
    assert label_of("Given", MACHINE, "Each") == "Given"
    assert label_of(None, MACHINE, "Each") == label_of(None, MACHINE, "Each") != label_of(None, MACHINE, "Other")


@dataclass
class Bucket:
    """What an export asks of the platform: PutObject."""

    objects: dict[str, bytes] = field(default_factory=dict)
    refusal: AwsError | None = None

    async def call(self, service: str, operation: str, request: dict[str, Any], **_: Any) -> dict[str, Any]:
        assert (service, operation, request["Bucket"]) == ("s3", "PutObject", "results")
        if self.refusal is not None:
            raise self.refusal
        self.objects[request["Key"]] = await request["Body"].read()
        return {}


async def several(*values: bytes) -> AsyncIterator[bytes]:
    for value in values:
        yield value


def exporting(bucket: Bucket, arguments: dict[str, Any], output_type: str = "JSON") -> Export:
    return Export(cast(Platform, bucket), Scope(), arguments, "run-1", output_type)


def test_an_export_is_a_file_of_each_kind_and_a_manifest_that_names_them() -> None:
    bucket = Bucket()

    async def write() -> Any:
        export = exporting(bucket, {"Bucket": "results", "Prefix": "jobs/"})
        await export.write("SUCCEEDED", several(b"1", b'{"a":2}'))
        await export.write("FAILED", several())
        return await export.finish("arn:run")

    assert asyncio.run(write()) == {
        "MapRunArn": "arn:run",
        "ResultWriterDetails": {"Bucket": "results", "Key": "jobs/run-1/manifest.json"},
    }
    assert bucket.objects["jobs/run-1/SUCCEEDED_0.json"] == b'[1,{"a":2}]'
    assert json.loads(bucket.objects["jobs/run-1/manifest.json"]) == {
        "DestinationBucket": "results",
        "MapRunArn": "arn:run",
        "ResultFiles": {
            "FAILED": [],
            "PENDING": [],
            "SUCCEEDED": [{"Key": "jobs/run-1/SUCCEEDED_0.json", "Size": 11}],
        },
    }
    assert len(bucket.objects) == 2


def test_json_lines_have_a_line_an_element_and_no_prefix_is_no_folder() -> None:
    bucket = Bucket()
    asyncio.run(exporting(bucket, {"Bucket": "results"}, "JSONL").write("SUCCEEDED", several(b"1", b"2")))
    assert bucket.objects == {"run-1/SUCCEEDED_0.jsonl": b"1\n2\n"}


def test_files_that_become_too_large_are_followed_by_others() -> None:
    bucket = Bucket()
    export = exporting(bucket, {"Bucket": "results"})
    asyncio.run(export.write("SUCCEEDED", several(b"11111", b"22222", b"33333"), largest=14))
    assert [*bucket.objects.values()] == [b"[11111,22222]", b"[33333]"]
    assert export.files == {
        "SUCCEEDED": [("run-1/SUCCEEDED_0.json", 13), ("run-1/SUCCEEDED_1.json", 7)],
    }


def test_what_s3_refuses_fails_the_writer() -> None:
    class NoSuchBucket(AwsError):
        status = 404

    bucket = Bucket(refusal=NoSuchBucket("The specified bucket does not exist"))
    with pytest.raises(StateFailed) as caught:
        asyncio.run(exporting(bucket, {"Bucket": "results"}).finish("arn:run"))
    assert caught.value.error == "States.ResultWriterFailed"
    assert caught.value.cause == (
        "The specified bucket does not exist (Service: Amazon S3; Status Code: 404; Error Code: NoSuchBucket)"
    )
    with pytest.raises(StateFailed, match="Bucket"):
        exporting(bucket, {})
