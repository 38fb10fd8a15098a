"""Records through functions."""

import base64
import json
from typing import Any

from aws.firehose.conftest import Firehose, processing

SOON = {"BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0}}
UPPER = """
print(json.dumps(event))
made = []
for record in event["records"]:
    text = base64.b64decode(record["data"]).decode()
    result = {"drop": "Dropped", "fail": "ProcessingFailed"}.get(text, "Ok")
    answer = {"recordId": record["recordId"], "result": result}
    if result == "Ok":
        answer["data"] = base64.b64encode((text.upper() + "\\n").encode()).decode()
    made.append(answer)
return {"records": made}
"""


def through(arn: str, **parameters: str) -> dict[str, Any]:
    return processing(("Lambda", {"LambdaArn": arn, "BufferIntervalInSeconds": "0", **parameters}))


def failed_lines(firehose: Firehose) -> list[dict[str, Any]]:
    found = firehose.objects("processing-failed/")
    return [json.loads(line) for content in found.values() for line in content.splitlines()]


def test_a_function_changes_drops_and_fails_records(firehose: Firehose) -> None:
    arn = firehose.function("f", UPPER)
    firehose.make(**SOON, ProcessingConfiguration=through(f"{arn}:$LATEST"))
    firehose.put(b"a", b"drop", b"fail", b"b")
    good = [content for key, content in firehose.objects().items() if not key.startswith("processing-failed/")]
    assert good == [b"A\nB\n"]
    (line,) = failed_lines(firehose)
    assert (line["attemptsMade"], line["errorCode"]) == (1, "Lambda.ProcessingFailedStatus")
    assert line["errorMessage"] == "ProcessingFailed status set for record"
    assert base64.b64decode(line["rawData"]) == b"fail"
    assert line["lambdaArn"] == f"{arn}:$LATEST"
    assert line["arrivalTimestamp"] <= line["attemptEndingTimestamp"]


def test_records_wait_for_a_function_as_its_processor_says(firehose: Firehose) -> None:
    arn = firehose.function("f", UPPER)
    firehose.make(**SOON, ProcessingConfiguration=through(arn, BufferIntervalInSeconds="60", BufferSizeInMBs="0.2"))
    firehose.put(b"small")
    firehose.aws.advance(59)
    assert firehose.objects() == {}
    firehose.aws.advance(1)
    assert list(firehose.objects().values()) == [b"SMALL\n"]
    firehose.put(*[b"x" * 1000] * 300)
    assert sum(map(len, firehose.objects().values())) == 6 + 300 * 1001


def test_a_function_that_fails_is_called_again_and_then_its_records_are_given_up(firehose: Firehose) -> None:
    arn = firehose.function("f", 'raise ValueError("no")')
    firehose.make(**SOON, ProcessingConfiguration=through(arn, NumberOfRetries="2"))
    firehose.put(b"x", b"y")
    firehose.aws.idle()
    firehose.aws.advance(30)
    lines = failed_lines(firehose)
    assert [base64.b64decode(line["rawData"]) for line in lines] == [b"x", b"y"]
    assert {line["attemptsMade"] for line in lines} == {3}
    assert {line["errorCode"] for line in lines} == {"Lambda.FunctionError"}


def test_what_no_function_answers_for_fails(firehose: Firehose) -> None:
    code = """
first, second, third, *_ = [record["recordId"] for record in event["records"]]
ok = {"result": "Ok", "data": base64.b64encode(b"ok").decode()}
return {"records": [{"recordId": first, **ok}, {"recordId": second, **ok}, {"recordId": second, **ok},
                    {"recordId": third, "result": "Ok", "data": "%"}]}
"""
    firehose.make(**SOON, ProcessingConfiguration=through(firehose.function("f", code)))
    firehose.put(b"1", b"2", b"3", b"4")
    codes = {base64.b64decode(line["rawData"]): line["errorCode"] for line in failed_lines(firehose)}
    assert codes == {
        b"2": "Lambda.DuplicatedRecordId",
        b"3": "Lambda.JsonProcessingException",
        b"4": "Lambda.MissingRecordId",
    }


def test_a_function_gives_partition_keys(firehose: Firehose) -> None:
    code = """
return {"records": [
    {"recordId": record["recordId"], "result": "Ok", "data": record["data"],
     "metadata": {"partitionKeys": {"k": base64.b64decode(record["data"]).decode()[:1]}}}
    for record in event["records"]
]}
"""
    firehose.make(
        DynamicPartitioningConfiguration={"Enabled": True},
        Prefix="k=!{partitionKeyFromLambda:k}/",
        ErrorOutputPrefix="errors/!{firehose:error-output-type}/",
        BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 0},
        ProcessingConfiguration=through(firehose.function("f", code)),
    )
    firehose.put(b"a1", b"b1", b"a2", b"")
    found = {key.partition("/")[0]: content for key, content in firehose.objects().items()}
    assert (found["k=a"], found["k=b"]) == (b"a1a2", b"b1")
    assert b"partitionKeys values must not be null" in found["errors"]


def test_a_function_that_is_not_there_is_told(firehose: Firehose) -> None:
    arn = f"arn:aws:lambda:us-east-1:{firehose.aws.account}:function:none"
    firehose.make(**SOON, ProcessingConfiguration=through(arn, NumberOfRetries="0"))
    firehose.put(b"x")
    (line,) = failed_lines(firehose)
    assert line["errorCode"] == "Lambda.ResourceNotFoundException"
