"""What event source mappings may say, what is shown of them, and the states they pass through."""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from event_sources import Told
from serein.testing import Serein, ServerProcess

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234"
FILTER = {"Filters": [{"Pattern": '{"body": [{"prefix": "a"}]}'}]}
MISSING = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def queue_arn(aws: Any) -> str:
    aws.client("sqs").create_queue(QueueName="q")
    return f"arn:aws:sqs:us-east-1:{aws.account}:q"


@pytest.fixture
def stream_arn(aws: Any) -> str:
    aws.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    return f"arn:aws:kinesis:us-east-1:{aws.account}:stream/s"


@pytest.fixture
def told(aws: Any, create: Callable[..., Any]) -> Told:
    told = Told(aws, create)
    told.function()
    return told


def refusal(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**request)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def invalid(call: Callable[..., Any], **request: Any) -> str:
    code, message = refusal(call, **request)
    assert code == "InvalidParameterValueException"
    return message


def test_a_queue_s_mapping_is_shown_with_its_defaults(aws: Any, functions: Any, told: Told, queue_arn: str) -> None:
    made = functions.create_event_source_mapping(EventSourceArn=queue_arn, FunctionName="f", Tags={"k": "v"})
    made.pop("ResponseMetadata")
    modified = made.pop("LastModified")
    assert abs(modified.timestamp() - aws.clock.now()) < 60
    arn = f"arn:aws:lambda:us-east-1:{aws.account}"
    assert made == {
        "UUID": made["UUID"],
        "EventSourceMappingArn": f"{arn}:event-source-mapping:{made['UUID']}",
        "EventSourceArn": queue_arn,
        "FunctionArn": f"{arn}:function:f",
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "State": "Creating",
        "StateTransitionReason": "USER_INITIATED",
    }
    assert functions.list_tags(Resource=made["EventSourceMappingArn"])["Tags"] == {"k": "v"}
    functions.tag_resource(Resource=made["EventSourceMappingArn"], Tags={"l": "w"})
    functions.untag_resource(Resource=made["EventSourceMappingArn"], TagKeys=["k"])
    assert functions.list_tags(Resource=made["EventSourceMappingArn"])["Tags"] == {"l": "w"}
    assert functions.get_event_source_mapping(UUID=made["UUID"])["State"] == "Enabled"


def test_a_stream_s_mapping_is_shown_with_its_defaults(functions: Any, told: Told, stream_arn: str) -> None:
    made = functions.create_event_source_mapping(
        EventSourceArn=stream_arn, FunctionName="f", StartingPosition="LATEST", Enabled=False
    )
    for member in ("ResponseMetadata", "LastModified", "UUID", "EventSourceMappingArn", "FunctionArn"):
        made.pop(member)
    assert made == {
        "EventSourceArn": stream_arn,
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "ParallelizationFactor": 1,
        "DestinationConfig": {"OnFailure": {}},
        "MaximumRecordAgeInSeconds": -1,
        "BisectBatchOnFunctionError": False,
        "MaximumRetryAttempts": -1,
        "TumblingWindowInSeconds": 0,
        "StartingPosition": "LATEST",
        "LastProcessingResult": "No records processed",
        "State": "Creating",
        "StateTransitionReason": "User action",
    }


def test_mappings_that_are_missing_are_not_found(functions: Any) -> None:
    expected = ("ResourceNotFoundException", "The resource you requested does not exist.")
    assert refusal(functions.get_event_source_mapping, UUID=MISSING) == expected
    assert refusal(functions.update_event_source_mapping, UUID=MISSING, Enabled=False) == expected
    assert refusal(functions.delete_event_source_mapping, UUID=MISSING) == expected


def test_sources_and_functions_must_be_there(aws: Any, functions: Any, told: Told, queue_arn: str) -> None:
    create = functions.create_event_source_mapping
    assert invalid(create, FunctionName="f") == "Unrecognized event source."
    assert invalid(create, FunctionName="missing", EventSourceArn=queue_arn) == "Function does not exist"
    assert invalid(create, FunctionName="f:7", EventSourceArn=queue_arn) == "Function does not exist"
    assert invalid(create, FunctionName="f", EventSourceArn=queue_arn + "x") == (
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
        "SQS Error Message: The specified queue does not exist."
    )
    bucket = "arn:aws:s3:::bucket"
    assert invalid(create, FunctionName="f", EventSourceArn=bucket) == (
        f"Unrecognized event source, must be kinesis, dynamodb stream or sqs. Unsupported source arn {bucket}"
    )
    stream = f"arn:aws:dynamodb:us-east-1:{aws.account}:table/t/stream/2020-01-01T00:00:00.000"
    assert invalid(create, FunctionName="f", EventSourceArn=stream, StartingPosition="LATEST") == (
        f"Stream not found: {stream}"
    )
    elsewhere = queue_arn.replace("us-east-1", "eu-west-1")
    assert "is not in the function's region" in invalid(create, FunctionName="f", EventSourceArn=elsewhere)


def test_a_queue_of_another_account_must_let_somebody_in(aws: Any, functions: Any, told: Told) -> None:
    other = Serein(aws.endpoint)
    sqs = other.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{other.account}:q"
    create = functions.create_event_source_mapping
    assert invalid(create, FunctionName="f", EventSourceArn=arn) == (
        "The provided execution role does not have permissions to call ReceiveMessage on SQS"
    )
    sqs.add_permission(QueueUrl=url, Label="l", AWSAccountIds=[aws.account], Actions=["*"])
    create(FunctionName="f", EventSourceArn=arn)
    sqs.send_message(QueueUrl=url, MessageBody="m")
    (event,) = told.events()
    assert event["Records"][0]["eventSourceARN"] == arn


def test_a_stream_of_another_account_must_let_somebody_in(aws: Any, functions: Any, told: Told) -> None:
    other = Serein(aws.endpoint)
    kinesis = other.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    arn = f"arn:aws:kinesis:us-east-1:{other.account}:stream/s"
    request = {"FunctionName": "f", "EventSourceArn": arn, "StartingPosition": "LATEST"}
    assert invalid(functions.create_event_source_mapping, **request) == (
        f"Cannot access stream {arn}. Please ensure the role can perform the GetRecords, GetShardIterator, "
        "DescribeStream, and ListStreams Actions on your stream in IAM."
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"ParallelizationFactor": 2},
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:d"}}},
        {"MaximumRecordAgeInSeconds": 100},
        {"BisectBatchOnFunctionError": True},
        {"MaximumRetryAttempts": 1},
        {"LoggingConfig": {"SystemLogLevel": "INFO"}},
        {"Topics": ["topic"]},
        {"SourceAccessConfigurations": [{"Type": "BASIC_AUTH", "URI": "x"}]},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_settings_of_other_sources_are_refused(
    functions: Any, told: Told, queue_arn: str, settings: dict[str, Any]
) -> None:
    (member,) = settings
    assert invalid(functions.create_event_source_mapping, FunctionName="f", EventSourceArn=queue_arn, **settings) == (
        f"Unsupported {member} parameter for given event source mapping type."
    )


def test_a_start_is_not_for_queues(functions: Any, told: Told, queue_arn: str) -> None:
    request = {"FunctionName": "f", "EventSourceArn": queue_arn, "StartingPosition": "LATEST"}
    assert invalid(functions.create_event_source_mapping, **request) == (
        "StartingPosition is not valid for SQS event sources."
    )


def test_concurrency_is_not_for_streams(functions: Any, told: Told, stream_arn: str) -> None:
    request = {"FunctionName": "f", "EventSourceArn": stream_arn, "StartingPosition": "LATEST"}
    for settings in ({"ScalingConfig": {"MaximumConcurrency": 2}}, {"ProvisionedPollerConfig": {"MinimumPollers": 2}}):
        assert invalid(functions.create_event_source_mapping, **request, **settings).startswith("Unsupported ")


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"BatchSize": 10_001, "MaximumBatchingWindowInSeconds": 1}, "less than or equal to 10000"),
        ({"MaximumBatchingWindowInSeconds": 301}, "less than or equal to 300"),
        ({"ScalingConfig": {"MaximumConcurrency": 1001}}, "less than or equal to 1000"),
        ({"FunctionResponseTypes": ["Other"]}, "enum value set"),
    ],
    ids=str,
)
def test_settings_have_bounds(functions: Any, told: Told, queue_arn: str, settings: dict[str, Any], text: str) -> None:
    code, message = refusal(
        functions.create_event_source_mapping, FunctionName="f", EventSourceArn=queue_arn, **settings
    )
    assert code in ("ValidationException", "InvalidParameterValueException")
    assert text in message


def test_a_fifo_queue_has_small_batches_and_no_window(aws: Any, functions: Any, told: Told) -> None:
    aws.client("sqs").create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})
    request = {"FunctionName": "f", "EventSourceArn": f"arn:aws:sqs:us-east-1:{aws.account}:q.fifo"}
    create = functions.create_event_source_mapping
    assert "10 for FIFO queues" in invalid(create, **request, BatchSize=11, MaximumBatchingWindowInSeconds=1)
    assert invalid(create, **request, MaximumBatchingWindowInSeconds=1) == (
        "Batching window is not supported for FIFO queues."
    )


def test_a_mapping_is_made_once(aws: Any, functions: Any, told: Told, queue_arn: str, stream_arn: str) -> None:
    create = functions.create_event_source_mapping
    queue = create(FunctionName="f", EventSourceArn=queue_arn)["UUID"]
    assert refusal(create, FunctionName="f", EventSourceArn=queue_arn) == (
        "ResourceConflictException",
        f'An event source mapping with SQS arn (" {queue_arn} ") and function (" f ") already exists. '
        f"Please update or delete the existing mapping with UUID {queue}",
    )
    request = {"FunctionName": "f", "EventSourceArn": stream_arn, "StartingPosition": "LATEST"}
    stream = create(**request)["UUID"]
    assert refusal(create, **request) == (
        "ResourceConflictException",
        f'The event source arn (" {stream_arn} ") and function (" f ") provided mapping already exists. '
        f"Please update or delete the existing mapping with UUID {stream}",
    )
    told.function(name="g")
    other = create(FunctionName="g", EventSourceArn=queue_arn)["UUID"]
    code, _ = refusal(functions.update_event_source_mapping, UUID=other, FunctionName="f")
    assert code == "ResourceConflictException"


@pytest.mark.parametrize(
    ("request_of", "missing"),
    [
        ({"EventSourceArn": "arn:aws:kafka:us-east-1:123456789012:cluster/c/1"}, "topics"),
        ({"EventSourceArn": "arn:aws:mq:us-east-1:123456789012:broker:b:b-1"}, "sourceAccessConfigurations"),
        ({"EventSourceArn": "arn:aws:rds:us-east-1:123456789012:cluster:c"}, "sourceAccessConfigurations"),
        (
            {"SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["kafka:1000"]}}},
            "sourceAccessConfigurations",
        ),
    ],
    ids=["kafka", "mq", "documentdb", "self-managed"],
)
def test_brokers_are_checked_and_refused_by_name(
    functions: Any, told: Told, request_of: dict[str, Any], missing: str
) -> None:
    create = functions.create_event_source_mapping
    assert invalid(create, FunctionName="f", **request_of) == f"Required '{missing}' parameter is missing."
    whole = {
        "Topics": ["topic"],
        "Queues": ["queue"],
        "SourceAccessConfigurations": [{"Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:1:secret:s"}],
        "StartingPosition": "LATEST",
        "DocumentDBEventSourceConfig": {"DatabaseName": "d"},
    }
    code, message = refusal(create, FunctionName="f", **request_of, **whole)
    assert code == "NotImplemented"
    assert message.startswith("Serein does not implement event source mappings for ")


def test_settings_without_effect_are_kept_and_shown(functions: Any, told: Told, queue_arn: str) -> None:
    kept = {
        "KMSKeyArn": KEY,
        "MetricsConfig": {"Metrics": ["EventCount"]},
        "ProvisionedPollerConfig": {"MinimumPollers": 2, "MaximumPollers": 10},
    }
    made = functions.create_event_source_mapping(
        FunctionName="f", EventSourceArn=queue_arn, FilterCriteria=FILTER, **kept
    )
    shown = functions.get_event_source_mapping(UUID=made["UUID"])
    assert {name: shown[name] for name in kept} == kept
    assert shown["FilterCriteria"] == FILTER
    (listed,) = functions.list_event_source_mappings(FunctionName="f")["EventSourceMappings"]
    assert "FilterCriteria" not in listed
    functions.update_event_source_mapping(
        UUID=made["UUID"], KMSKeyArn="", FilterCriteria={"Filters": []}, ProvisionedPollerConfig={}
    )
    shown = functions.get_event_source_mapping(UUID=made["UUID"])
    assert not {"KMSKeyArn", "FilterCriteria", "ProvisionedPollerConfig"} & shown.keys()
    assert "cannot be specified together" in invalid(
        functions.update_event_source_mapping,
        UUID=made["UUID"],
        ScalingConfig={"MaximumConcurrency": 2},
        ProvisionedPollerConfig={"MinimumPollers": 2},
    )


@pytest.mark.parametrize(
    "pattern", ["", "null", "text", "[]", '{"body": "text"}', '{"body": []}', '{"body": [{"near": "x"}]}', '{"a": 1}']
)
def test_patterns_that_make_no_sense_are_refused(functions: Any, told: Told, queue_arn: str, pattern: str) -> None:
    criteria = {"Filters": [{"Pattern": pattern}]}
    request = {"FunctionName": "f", "EventSourceArn": queue_arn, "FilterCriteria": criteria}
    assert invalid(functions.create_event_source_mapping, **request) == "Invalid filter pattern definition."


def test_there_are_ten_filters_at_most(functions: Any, told: Told, queue_arn: str) -> None:
    criteria = {"Filters": FILTER["Filters"] * 11}
    request = {"FunctionName": "f", "EventSourceArn": queue_arn, "FilterCriteria": criteria}
    assert "maximum number of filters" in invalid(functions.create_event_source_mapping, **request)


def test_lists_come_in_pages_of_a_function_or_a_source(aws: Any, functions: Any, told: Told, queue_arn: str) -> None:
    names = ["f", "g", "h"]
    for name in names[1:]:
        told.function(name=name)
    made = {
        functions.create_event_source_mapping(FunctionName=name, EventSourceArn=queue_arn)["UUID"] for name in names
    }
    pages = functions.get_paginator("list_event_source_mappings").paginate(PaginationConfig={"PageSize": 2})
    found = [mapping["UUID"] for page in pages for mapping in page["EventSourceMappings"]]
    assert sorted(found) == sorted(made)
    listed = functions.list_event_source_mappings
    assert len(listed(FunctionName="g")["EventSourceMappings"]) == 1
    assert len(listed(EventSourceArn=queue_arn)["EventSourceMappings"]) == 3
    assert listed(FunctionName="missing")["EventSourceMappings"] == []
    assert listed(EventSourceArn=queue_arn + "x")["EventSourceMappings"] == []
    assert invalid(listed, Marker="nonsense") == "Invalid pagination token"


def test_a_mapping_outlives_its_function(aws: Any, functions: Any, told: Told, queue_arn: str) -> None:
    made = functions.create_event_source_mapping(FunctionName="f", EventSourceArn=queue_arn)
    functions.delete_function(FunctionName="f")
    aws.client("sqs").send_message(QueueUrl=f"{aws.endpoint}/{aws.account}/q", MessageBody="m")
    aws.idle()
    assert functions.get_event_source_mapping(UUID=made["UUID"])["State"] == "Enabled"
    functions.delete_event_source_mapping(UUID=made["UUID"])
    told.function()
    functions.create_event_source_mapping(FunctionName="f", EventSourceArn=queue_arn)
    aws.advance(31)
    (event,) = told.events()
    assert event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"


def package() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return None\n")
    return content.getvalue()


@pytest.fixture
def gradual(tmp_path: Path) -> Iterator[Serein]:
    """A server on which things take as long as on AWS."""
    server = ServerProcess(tmp_path, {"clock": "virtual", "lifecycle": "realistic"})
    yield Serein(server.endpoint)
    server.stop()


def test_states_take_their_time_where_that_is_wanted(gradual: Serein) -> None:
    sqs, functions = gradual.client("sqs"), gradual.client("lambda")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{gradual.account}:q"
    functions.create_function(
        FunctionName="f",
        Runtime="python3.11",
        Role=f"arn:aws:iam::{gradual.account}:role/r",
        Handler="app.handler",
        Code={"ZipFile": package()},
    )
    gradual.clock.advance(60)
    sqs.send_message(QueueUrl=url, MessageBody="m")

    def visible() -> str:
        gradual.wait_until_idle()
        name = "ApproximateNumberOfMessages"
        attributes: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"]
        return attributes[name]

    def state() -> str:
        shown: str = functions.get_event_source_mapping(UUID=mapping)["State"]
        return shown

    mapping = functions.create_event_source_mapping(FunctionName="f", EventSourceArn=arn)["UUID"]
    assert (state(), visible()) == ("Creating", "1")
    in_use = "the event source mapping because it is in use."
    assert refusal(functions.update_event_source_mapping, UUID=mapping, BatchSize=1) == (
        "ResourceInUseException",
        f"Cannot update {in_use}",
    )
    assert refusal(functions.delete_event_source_mapping, UUID=mapping)[1] == f"Cannot delete {in_use}"
    gradual.clock.advance(20)
    assert (state(), visible()) == ("Enabled", "0")
    changes = [({"BatchSize": 2}, "Updating", "Enabled"), ({"Enabled": False}, "Disabling", "Disabled")]
    for change, passing, settled in [*changes, ({"Enabled": True}, "Enabling", "Enabled")]:
        functions.update_event_source_mapping(UUID=mapping, **change)
        assert state() == passing
        gradual.clock.advance(20)
        assert state() == settled
    functions.delete_event_source_mapping(UUID=mapping)
    assert state() == "Deleting"
    gradual.clock.advance(20)
    assert refusal(functions.get_event_source_mapping, UUID=mapping)[0] == "ResourceNotFoundException"
