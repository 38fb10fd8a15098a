"""Distributed Map: map runs from datasets to results, their children, and how they are watched and steered."""

import gzip
import json
from typing import Any

import pytest

from queues import refusal

ROLE = "arn:aws:iam::123456789012:role/states"
PASS = {"StartAt": "Each", "States": {"Each": {"Type": "Pass", "End": True}}}
GET, LIST, PUT = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2", "arn:aws:states:::s3:putObject"


@pytest.fixture
def states(aws: Any) -> Any:
    return aws.client("stepfunctions")


@pytest.fixture
def s3(aws: Any) -> Any:
    return aws.client("s3")


@pytest.fixture
def bucket(aws: Any, s3: Any) -> str:
    name = str(aws.unique("bucket"))
    s3.create_bucket(Bucket=name)
    return name


def processor(machine: dict[str, Any] | None = None, kind: str = "STANDARD") -> dict[str, Any]:
    return {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}, **(machine or PASS)}


def mapping(**fields: Any) -> dict[str, Any]:
    """A machine of one distributed Map state called Map."""
    language = {"QueryLanguage": fields.pop("QueryLanguage")} if "QueryLanguage" in fields else {}
    state = {"Type": "Map", "Label": "Each", "ItemProcessor": processor(), "End": True, **fields}
    return {"StartAt": "Map", "States": {"Map": state}, **language}


def start(states: Any, machine: dict[str, Any], given: Any = None, name: str = "maps") -> str:
    made = states.create_state_machine(name=name, definition=json.dumps(machine), roleArn=ROLE)
    started = states.start_execution(stateMachineArn=made["stateMachineArn"], input=json.dumps(given or {}))
    return str(started["executionArn"])


def run(aws: Any, states: Any, machine: dict[str, Any], given: Any = None, name: str = "maps") -> dict[str, Any]:
    """Start an execution of a new machine and return how it ended."""
    arn = start(states, machine, given, name)
    aws.idle()
    shown: dict[str, Any] = states.describe_execution(executionArn=arn)
    return shown


def output(shown: dict[str, Any]) -> Any:
    assert shown["status"] == "SUCCEEDED", shown
    return json.loads(shown["output"])


def map_run_of(states: Any, execution_arn: str) -> dict[str, Any]:
    (listed,) = states.list_map_runs(executionArn=execution_arn)["mapRuns"]
    found: dict[str, Any] = states.describe_map_run(mapRunArn=listed["mapRunArn"])
    return found


def history(states: Any, execution_arn: str) -> list[dict[str, Any]]:
    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution_arn)
    return [event for page in pages for event in page["events"]]


def failing_on(word: str) -> dict[str, Any]:
    """A processor that fails for an item with this value, and answers the others."""
    rule = {"Variable": "$.v", "StringEquals": word, "Next": "Bad"}
    return {
        "StartAt": "Look",
        "States": {
            "Look": {"Type": "Choice", "Choices": [rule], "Default": "Good"},
            "Bad": {"Type": "Fail", "Error": "Bad", "Cause": "so it is"},
            "Good": {"Type": "Pass", "End": True},
        },
    }


def test_children_are_executions_of_their_own_and_their_outputs_the_states(aws: Any, states: Any) -> None:
    shown = run(aws, states, mapping(ItemSelector={"n.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index"}), [5, 6, 7])
    assert output(shown) == [{"n": 5, "i": 0}, {"n": 6, "i": 1}, {"n": 7, "i": 2}]
    found = map_run_of(states, shown["executionArn"])
    assert found["mapRunArn"].startswith(f"arn:aws:states:{aws.region}:{aws.account}:mapRun:maps/Each:")
    counts = {"pending": 0, "running": 0, "succeeded": 3, "failed": 0, "timedOut": 0, "aborted": 0, "total": 3}
    counts |= {"resultsWritten": 0, "failuresNotRedrivable": 0, "pendingRedrive": 0}
    assert (found["status"], found["itemCounts"], found["executionCounts"]) == ("SUCCEEDED", counts, counts)
    assert found["executionArn"] == shown["executionArn"]
    assert found["stopDate"] >= found["startDate"]
    assert (found["maxConcurrency"], found["toleratedFailureCount"], found["toleratedFailurePercentage"]) == (0, 0, 0.0)
    children = states.list_executions(mapRunArn=found["mapRunArn"])["executions"]
    assert len(children) == 3
    prefix = f"arn:aws:states:{aws.region}:{aws.account}"
    for child in children:
        assert child["executionArn"] == f"{prefix}:execution:maps/Each:{child['name']}"
        assert child["stateMachineArn"] == f"{prefix}:stateMachine:maps/Each"
        assert (child["mapRunArn"], child["itemCount"], child["status"]) == (found["mapRunArn"], 1, "SUCCEEDED")
    described = [states.describe_execution(executionArn=child["executionArn"]) for child in children]
    assert {each["mapRunArn"] for each in described} == {found["mapRunArn"]}
    assert sorted(json.loads(each["input"])["n"] for each in described) == [5, 6, 7]
    own = states.list_executions(stateMachineArn=shown["stateMachineArn"])["executions"]
    assert [each["executionArn"] for each in own] == [shown["executionArn"]]


def test_the_parents_history_tells_of_the_run_alone(aws: Any, states: Any) -> None:
    shown = run(aws, states, mapping(), [1, 2])
    events = history(states, shown["executionArn"])
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]
    assert events[2]["mapStateStartedEventDetails"] == {"length": 2}
    arn = map_run_of(states, shown["executionArn"])["mapRunArn"]
    assert events[3]["mapRunStartedEventDetails"] == {"mapRunArn": arn}


def test_express_children_are_listed_and_described_too(aws: Any, states: Any) -> None:
    shown = run(aws, states, mapping(ItemProcessor=processor(kind="EXPRESS")), {"a": 1, "b": 2})
    assert output(shown) == [{"Key": "a", "Value": 1}, {"Key": "b", "Value": 2}]
    found = map_run_of(states, shown["executionArn"])
    children = states.list_executions(mapRunArn=found["mapRunArn"])["executions"]
    assert [child["status"] for child in children] == ["SUCCEEDED", "SUCCEEDED"]
    assert all(":express:maps/Each:" in child["executionArn"] for child in children)
    assert states.describe_execution(executionArn=children[0]["executionArn"])["status"] == "SUCCEEDED"


def test_no_items_are_no_children(aws: Any, states: Any) -> None:
    shown = run(aws, states, mapping(), [])
    assert output(shown) == []
    assert map_run_of(states, shown["executionArn"])["executionCounts"]["total"] == 0


def test_csv_rows_become_items_in_batches(aws: Any, states: Any, s3: Any, bucket: str) -> None:
    content = 'id,name\n1,a\n2,"b,c"\n3\n4,d\n5,e\n'
    s3.put_object(Bucket=bucket, Key="rows.csv.gz", Body=gzip.compress(content.encode()))
    reader = {
        "Resource": GET,
        "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItemsPath": "$.most"},
        "Parameters": {"Bucket.$": "$.bucket", "Key": "rows.csv.gz"},
    }
    batcher = {"MaxItemsPerBatch": 3, "BatchInput": {"most.$": "$.most"}}
    given = {"bucket": bucket, "most": 4}
    shown = run(aws, states, mapping(ItemReader=reader, ItemBatcher=batcher), given)
    rows = [{"id": "1", "name": "a"}, {"id": "2", "name": "b,c"}, {"id": "3", "name": ""}, {"id": "4", "name": "d"}]
    assert output(shown) == [
        {"BatchInput": {"most": 4}, "Items": rows[:3]},
        {"BatchInput": {"most": 4}, "Items": rows[3:]},
    ]
    found = map_run_of(states, shown["executionArn"])
    assert (found["itemCounts"]["total"], found["executionCounts"]["total"]) == (4, 2)
    listed = states.list_executions(mapRunArn=found["mapRunArn"])["executions"]
    assert sorted(child["itemCount"] for child in listed) == [1, 3]
    assert history(states, shown["executionArn"])[2]["mapStateStartedEventDetails"] == {"length": 0}


def test_datasets_of_json_and_json_lines_are_read(aws: Any, states: Any, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="rows.json", Body=b'{"data":{"rows":[1,2]}}')
    s3.put_object(Bucket=bucket, Key="rows.jsonl", Body=b'{"a":1}\n{"a":2}\n')
    place = {"Bucket": bucket, "Key": "rows.json"}
    pointed = {"InputType": "JSON", "ItemsPointer": "/data/rows"}
    source = {"v.$": "$$.Map.Item.Value", "s.$": "$$.Map.Item.Source"}
    shown = run(
        aws,
        states,
        mapping(ItemReader={"Resource": GET, "ReaderConfig": pointed, "Parameters": place}, ItemSelector=source),
    )
    assert output(shown) == [{"v": n, "s": f"S3://{bucket}/rows.json"} for n in (1, 2)]
    lines = {
        "Resource": GET,
        "ReaderConfig": {"InputType": "JSONL", "MaxItems": "{% $states.input.n %}"},
        "Arguments": {"Bucket": "{% $states.input.b %}", "Key": "rows.jsonl"},
    }
    machine = mapping(QueryLanguage="JSONata", ItemReader=lines, ItemSelector="{% $states.context.Map.Item.Value.a %}")
    assert output(run(aws, states, machine, {"b": bucket, "n": 1}, "lines")) == [1]


def test_the_objects_of_a_prefix_are_items_or_are_read_themselves(aws: Any, states: Any, s3: Any, bucket: str) -> None:
    for key, body in (("in/1.jsonl", b"1\n2\n"), ("in/2.jsonl", b"3\n"), ("other", b"x")):
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    reader: dict[str, Any] = {"Resource": LIST, "Parameters": {"Bucket": bucket, "Prefix": "in/"}}
    listed = output(run(aws, states, mapping(ItemReader=reader)))
    assert [(item["Key"], item["Size"], item["StorageClass"]) for item in listed] == [
        ("in/1.jsonl", 4, "STANDARD"),
        ("in/2.jsonl", 2, "STANDARD"),
    ]
    assert set(listed[0]) == {"Etag", "Key", "LastModified", "Size", "StorageClass"}
    reader["ReaderConfig"] = {"InputType": "JSONL", "Transformation": "LOAD_AND_FLATTEN"}
    assert output(run(aws, states, mapping(ItemReader=reader), name="flat")) == [1, 2, 3]


def test_manifests_of_inventories_and_of_athena_lead_to_their_data(aws: Any, states: Any, s3: Any, bucket: str) -> None:
    manifest = {
        "sourceBucket": "source",
        "destinationBucket": f"arn:aws:s3:::{bucket}",
        "version": "2016-11-30",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": "data/1.csv.gz", "size": 9}],
    }
    s3.put_object(
        Bucket=bucket, Key="data/1.csv.gz", Body=gzip.compress(b'"source","a.txt","1"\n"source","b.txt","2"\n')
    )
    s3.put_object(Bucket=bucket, Key="manifest.json", Body=json.dumps(manifest))
    reader = {
        "Resource": GET,
        "ReaderConfig": {"InputType": "MANIFEST"},
        "Parameters": {"Bucket": bucket, "Key": "manifest.json"},
    }
    rows = [{"Bucket": "source", "Key": f"{name}.txt", "Size": size} for name, size in (("a", "1"), ("b", "2"))]
    assert output(run(aws, states, mapping(ItemReader=reader))) == rows
    reader["ReaderConfig"] = {"ManifestType": "S3_INVENTORY"}
    assert output(run(aws, states, mapping(ItemReader=reader), name="inventory")) == rows
    s3.put_object(Bucket=bucket, Key="part-0", Body=b"1\n")
    s3.put_object(Bucket=bucket, Key="part-1", Body=b"2\n")
    s3.put_object(Bucket=bucket, Key="files.csv", Body=f"s3://{bucket}/part-0\ns3://{bucket}/part-1\n".encode())
    reader = {
        "Resource": GET,
        "ReaderConfig": {"InputType": "JSONL", "ManifestType": "ATHENA_DATA"},
        "Parameters": {"Bucket": bucket, "Key": "files.csv"},
    }
    assert output(run(aws, states, mapping(ItemReader=reader), name="athena")) == [1, 2]


def test_a_dataset_that_cannot_be_read_fails_the_run(aws: Any, states: Any, s3: Any, bucket: str) -> None:
    reader = {
        "Resource": GET,
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": bucket, "Key": "missing.json"},
    }
    machine = mapping(ItemReader=reader)
    shown = run(aws, states, machine)
    assert (shown["status"], shown["error"]) == ("FAILED", "States.ItemReaderFailed")
    assert shown["cause"].startswith("The specified key does not exist")
    events = history(states, shown["executionArn"])
    assert [event["type"] for event in events][3:] == [
        "MapRunStarted",
        "MapRunFailed",
        "MapStateFailed",
        "ExecutionFailed",
    ]
    assert events[4]["mapRunFailedEventDetails"] == {"error": shown["error"], "cause": shown["cause"]}
    s3.put_object(Bucket=bucket, Key="missing.json", Body=b"7")
    machine["States"]["Map"] |= {
        "Catch": [{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "Caught"}],
        "End": False,
        "Next": "Caught",
    }
    del machine["States"]["Map"]["End"]
    machine["States"]["Caught"] = {"Type": "Pass", "End": True}
    caught = output(run(aws, states, machine, name="catching"))
    assert caught == {"Error": "States.ItemReaderFailed", "Cause": "Attempting to map over non-iterable node."}


def test_failures_beyond_what_is_tolerated_fail_the_run(aws: Any, states: Any) -> None:
    items = [{"v": "x"}, {"v": "bad"}, {"v": "bad"}]
    machine = mapping(ItemProcessor=processor(failing_on("bad")))
    shown = run(aws, states, machine, items)
    assert (shown["status"], shown["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    assert shown["cause"] == "The specified tolerated failure threshold was exceeded"
    assert map_run_of(states, shown["executionArn"])["status"] == "FAILED"
    one_by_one = machine | {"States": {"Map": machine["States"]["Map"] | {"MaxConcurrency": 1}}}
    shown = run(aws, states, one_by_one, [{"v": "x"}, {"v": "x"}, {"v": "bad"}], "last")
    assert shown["error"] == "States.ExceedToleratedFailureThreshold"
    machine["States"]["Map"]["ToleratedFailurePercentage"] = 70
    shown = run(aws, states, machine, items, "tolerant")
    good, *bad = output(shown)
    assert good == {"v": "x"}
    assert [(entry["Status"], entry["Error"], entry["Cause"]) for entry in bad] == [("FAILED", "Bad", "so it is")] * 2
    found = map_run_of(states, shown["executionArn"])
    assert (found["status"], found["toleratedFailurePercentage"]) == ("SUCCEEDED", 70.0)
    assert (found["itemCounts"]["failed"], found["itemCounts"]["failuresNotRedrivable"]) == (2, 2)


def test_results_are_exported_with_a_manifest(aws: Any, states: Any, s3: Any, bucket: str) -> None:
    writer = {"Resource": PUT, "Parameters": {"Bucket": bucket, "Prefix": "jobs"}}
    machine = mapping(ItemProcessor=processor(failing_on("bad")), ResultWriter=writer, ToleratedFailureCount=1)
    shown = run(aws, states, machine, [{"v": "x"}, {"v": "bad"}])
    found = map_run_of(states, shown["executionArn"])
    folder = f"jobs/{found['mapRunArn'].rpartition(':')[2]}"
    assert output(shown) == {
        "MapRunArn": found["mapRunArn"],
        "ResultWriterDetails": {"Bucket": bucket, "Key": f"{folder}/manifest.json"},
    }

    def content(name: str) -> Any:
        return json.loads(s3.get_object(Bucket=bucket, Key=f"{folder}/{name}")["Body"].read())

    manifest = content("manifest.json")
    assert (manifest["DestinationBucket"], manifest["MapRunArn"]) == (bucket, found["mapRunArn"])
    assert {kind: [file["Key"] for file in files] for kind, files in manifest["ResultFiles"].items()} == {
        "SUCCEEDED": [f"{folder}/SUCCEEDED_0.json"],
        "FAILED": [f"{folder}/FAILED_0.json"],
        "PENDING": [],
    }
    (good,), (bad,) = content("SUCCEEDED_0.json"), content("FAILED_0.json")
    assert (good["Status"], json.loads(good["Output"]), json.loads(good["Input"])) == (
        "SUCCEEDED",
        {"v": "x"},
        {"v": "x"},
    )
    assert (bad["Status"], bad["Error"], bad["Cause"]) == ("FAILED", "Bad", "so it is")
    assert found["executionCounts"]["resultsWritten"] == 2


def test_a_bucket_that_is_not_there_fails_the_writer_before_anything_runs(aws: Any, states: Any) -> None:
    writer = {"Resource": PUT, "Parameters": {"Bucket": aws.unique("bucket")}}
    shown = run(aws, states, mapping(ResultWriter=writer), [1])
    assert (shown["status"], shown["error"]) == ("FAILED", "States.ResultWriterFailed")
    assert shown["cause"].startswith("The specified bucket does not exist")
    assert map_run_of(states, shown["executionArn"])["executionCounts"]["total"] == 0


def test_a_writer_without_a_bucket_shapes_the_states_output(aws: Any, states: Any) -> None:
    writer = {"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSON"}}
    assert output(run(aws, states, mapping(ResultWriter=writer), [[1, 2], [3], "x"])) == [1, 2, 3, "x"]


def test_an_output_larger_than_a_state_may_have_fails(aws: Any, states: Any) -> None:
    big = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": "x" * 100_000, "End": True}}}
    shown = run(aws, states, mapping(ItemProcessor=processor(big)), [1, 2, 3])
    assert (shown["status"], shown["error"]) == ("FAILED", "States.DataLimitExceeded")


def waiting(seconds: int) -> dict[str, Any]:
    return {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": seconds, "End": True}}}


def test_no_more_children_run_than_may_and_an_update_lets_more(aws: Any, states: Any) -> None:
    arn = start(states, mapping(ItemProcessor=processor(waiting(60)), MaxConcurrency=2), [1, 2, 3, 4, 5])
    aws.idle()
    found = map_run_of(states, arn)
    assert (found["status"], found["maxConcurrency"]) == ("RUNNING", 2)
    assert (found["executionCounts"]["running"], found["executionCounts"]["pending"]) == (2, 3)
    states.update_map_run(mapRunArn=found["mapRunArn"], maxConcurrency=4, toleratedFailurePercentage=50.0)
    aws.idle()
    found = map_run_of(states, arn)
    assert (found["maxConcurrency"], found["toleratedFailurePercentage"]) == (4, 50.0)
    assert (found["executionCounts"]["running"], found["executionCounts"]["pending"]) == (4, 1)
    aws.advance(61)
    aws.advance(61)
    assert states.describe_execution(executionArn=arn)["status"] == "SUCCEEDED"
    code, _ = refusal(states.update_map_run, mapRunArn=found["mapRunArn"], maxConcurrency=4)
    assert code == "ValidationException"


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_stopped_execution_stops_its_run_and_the_children(
    aws: Any, states: Any, s3: Any, bucket: str, kind: str
) -> None:
    writer = {"Resource": PUT, "Parameters": {"Bucket": bucket}}
    machine = mapping(ItemProcessor=processor(waiting(60), kind), MaxConcurrency=1, ResultWriter=writer)
    arn = start(states, machine, [1, 2])
    aws.idle()
    states.stop_execution(executionArn=arn)
    aws.idle()
    found = map_run_of(states, arn)
    assert found["status"] == "ABORTED"
    assert (found["executionCounts"]["aborted"], found["executionCounts"]["pending"]) == (1, 1)
    (child,) = states.list_executions(mapRunArn=found["mapRunArn"])["executions"]
    assert child["status"] == "ABORTED"
    assert "MapRunAborted" in [event["type"] for event in history(states, arn)]
    folder = found["mapRunArn"].rpartition(":")[2]
    pending = s3.get_object(Bucket=bucket, Key=f"{folder}/PENDING_0.json")["Body"].read()
    assert json.loads(pending) == [{"Input": "2", "InputDetails": {"Included": True}, "Status": "PENDING"}]


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_redrive_goes_on_with_what_failed(aws: Any, states: Any, s3: Any, bucket: str, kind: str) -> None:
    """A child reads an object that is not there until the redrive."""
    read = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:headObject",
        "Parameters": {"Bucket": bucket, "Key.$": "$"},
        "ResultSelector": {"size.$": "$.ContentLength"},
        "End": True,
    }
    machine = mapping(ItemProcessor=processor({"StartAt": "R", "States": {"R": read}}, kind), MaxConcurrency=1)
    s3.put_object(Bucket=bucket, Key="1", Body=b"x")
    arn = start(states, machine, ["1", "2", "3"], f"redriven-{kind}")
    aws.idle()
    found = map_run_of(states, arn)
    assert (found["status"], found["itemCounts"]["succeeded"], found["itemCounts"]["failed"]) == ("FAILED", 1, 1)
    assert found["itemCounts"]["pending"] == 1
    s3.put_object(Bucket=bucket, Key="2", Body=b"xx")
    s3.put_object(Bucket=bucket, Key="3", Body=b"xxx")
    states.redrive_execution(executionArn=arn)
    aws.idle()
    shown = states.describe_execution(executionArn=arn)
    assert output(shown) == [{"size": 1}, {"size": 2}, {"size": 3}]
    again = map_run_of(states, arn)
    assert (again["mapRunArn"], again["status"], again["redriveCount"]) == (found["mapRunArn"], "SUCCEEDED", 1)
    assert (again["itemCounts"]["succeeded"], again["itemCounts"]["total"]) == (3, 3)
    events = history(states, arn)
    (redriven,) = [event for event in events if event["type"] == "MapRunRedriven"]
    assert redriven["mapRunRedrivenEventDetails"] == {"mapRunArn": found["mapRunArn"], "redriveCount": 1}


def test_a_redrive_reads_on_in_a_dataset_that_was_mended(aws: Any, states: Any, s3: Any, bucket: str) -> None:
    lines = b"".join(b"%d\n" % number for number in range(400))
    s3.put_object(Bucket=bucket, Key="rows", Body=lines + b"oops\n")
    place = {"Bucket": bucket, "Key": "rows"}
    reader = {"Resource": GET, "ReaderConfig": {"InputType": "JSONL"}, "Parameters": place}
    arn = start(states, mapping(ItemReader=reader))
    aws.idle()
    found = map_run_of(states, arn)
    assert (found["status"], states.describe_execution(executionArn=arn)["error"]) == (
        "FAILED",
        "States.ItemReaderFailed",
    )
    s3.put_object(Bucket=bucket, Key="rows", Body=lines + b"400\n")
    states.redrive_execution(executionArn=arn)
    aws.idle()
    assert output(states.describe_execution(executionArn=arn)) == [*range(401)]
    assert map_run_of(states, arn)["itemCounts"]["total"] == 401


def test_map_runs_are_listed_in_pages(aws: Any, states: Any) -> None:
    first, second = (dict(mapping(Label=label)["States"]["Map"]) for label in ("One", "Two"))
    second["ItemProcessor"] = processor({"StartAt": "Other", "States": {"Other": {"Type": "Pass", "End": True}}})
    del first["End"]
    machine = {"StartAt": "A", "States": {"A": {**first, "Next": "B"}, "B": second}}
    shown = run(aws, states, machine, [1])
    page = states.list_map_runs(executionArn=shown["executionArn"], maxResults=1)
    rest = states.list_map_runs(executionArn=shown["executionArn"], maxResults=1, nextToken=page["nextToken"])
    assert "nextToken" not in rest
    labels = [each["stateMachineArn"].rpartition("/")[2] for each in page["mapRuns"] + rest["mapRuns"]]
    assert sorted(labels) == ["One", "Two"]
    code, _ = refusal(states.list_map_runs, executionArn=shown["executionArn"], nextToken="x")
    assert code == "InvalidToken"


def test_map_runs_that_are_not_there_are_refused(aws: Any, states: Any) -> None:
    missing = f"arn:aws:states:{aws.region}:{aws.account}:mapRun:maps/Each:nothing"
    for call in (states.describe_map_run, states.update_map_run):
        assert refusal(call, mapRunArn=missing)[0] == "ResourceNotFound"
        assert refusal(call, mapRunArn=missing.replace("mapRun", "machine"))[0] == "InvalidArn"
    assert refusal(states.list_map_runs, executionArn=missing)[0] == "InvalidArn"
    unknown = missing.replace("mapRun", "execution")
    assert refusal(states.list_map_runs, executionArn=unknown)[0] == "ExecutionDoesNotExist"
