"""Requests and replies as documents in the words of AWS's SDK for Java."""

from typing import Any

import pytest

from serein.kernel.documents import Spelling
from serein.kernel.http import ByteStream
from serein.kernel.operation import Catalog
from serein.wire.documents import JavaDocuments
from serein.wire.index import Index
from serein.wire.java_names import camel, client_of, exception_of, pascal
from serein.wire.models import Models


@pytest.fixture(scope="module")
def documents() -> JavaDocuments:
    return JavaDocuments(Index(), Models(Catalog("serein.services")))


@pytest.mark.parametrize(
    ("member", "spelled"),
    [
        ("stateMachineArn", "StateMachineArn"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("ETag", "ETag"),
        ("MD5OfMessageBody", "Md5OfMessageBody"),
        ("BOOL", "Bool"),
        ("NULL", "Nul"),
        ("equals", "EqualsValue"),
        ("SS", "Ss"),
        ("S", "S"),
    ],
)
def test_members_are_spelled_as_java_spells_them(member: str, spelled: str) -> None:
    assert pascal(member) == spelled


@pytest.mark.parametrize(
    ("service", "prefix"),
    [
        ("DynamoDB", "DynamoDb"),
        ("DynamoDB Streams", "DynamoDbStreams"),
        ("SFN", "Sfn"),
        ("CloudWatch Logs", "CloudWatchLogs"),
        ("API Gateway", "ApiGateway"),
        ("ApiGatewayV2", "ApiGatewayV2"),
        ("S3", "S3"),
        ("ACM PCA", "AcmPca"),
        ("Config Service", "Config"),
        ("Directory Service", "Directory"),
    ],
)
def test_services_are_named_by_their_words(service: str, prefix: str) -> None:
    assert client_of(service) == prefix


def test_exceptions_end_like_exceptions() -> None:
    assert exception_of("NoSuchKey") == "NoSuchKeyException"
    assert exception_of("ResourceNotFoundFault") == "ResourceNotFoundException"
    assert exception_of("KMSDisabledException") == "KmsDisabledException"
    assert camel("GetSMSAttributes") == "getSMSAttributes"


@pytest.mark.parametrize(
    ("service", "action", "found"),
    [
        ("eventbridge", "putEvents", ("events", "PutEvents")),
        ("sfn", "startExecution", ("stepfunctions", "StartExecution")),
        ("cloudwatchlogs", "putLogEvents", ("logs", "PutLogEvents")),
        ("config", "listDiscoveredResources", ("config", "ListDiscoveredResources")),
        ("dynamodb", "PutItem", None),
        ("dynamodb", "putitem", None),
        ("nothing", "putItem", None),
    ],
)
def test_actions_are_found_as_they_are_spelled(
    documents: JavaDocuments, service: str, action: str, found: tuple[str, str] | None
) -> None:
    assert documents.find_operation(service, action) == found


def test_a_document_becomes_a_request(documents: JavaDocuments) -> None:
    item = {"a": {"S": "x"}, "b": {"Bool": True}, "c": {"B": "raw"}, "n": {"Nul": True}, "l": {"L": [{"Ns": ["1"]}]}}
    request, faults = documents.request("dynamodb", "PutItem", {"TableName": "t", "Item": item}, Spelling.SDK)
    assert faults == []
    assert request == {
        "TableName": "t",
        "Item": {
            "a": {"S": "x"},
            "b": {"BOOL": True},
            "c": {"B": b"raw"},
            "n": {"NULL": True},
            "l": {"L": [{"NS": ["1"]}]},
        },
    }


def test_a_document_in_the_models_words_has_blobs_in_base64(documents: JavaDocuments) -> None:
    document = {"TableName": "t", "Item": {"c": {"B": "cmF3"}, "b": {"BOOL": True}}}
    request, faults = documents.request("dynamodb", "PutItem", document, Spelling.MODEL)
    assert faults == []
    assert request["Item"] == {"c": {"B": b"raw"}, "b": {"BOOL": True}}


def test_texts_take_json(documents: JavaDocuments) -> None:
    document = {"TaskToken": "t", "Output": {"a": [1]}}
    request, faults = documents.request("stepfunctions", "SendTaskSuccess", document, Spelling.SDK)
    assert (request, faults) == ({"taskToken": "t", "output": '{"a":[1]}'}, [])


@pytest.mark.parametrize(("body", "text"), [("hello", b"hello"), ({"a": 1}, b'{"a":1}')])
def test_a_streamed_body_is_a_stream(documents: JavaDocuments, body: Any, text: bytes) -> None:
    document = {"Bucket": "b", "Key": "k", "Body": body}
    request, faults = documents.request("s3", "PutObject", document, Spelling.SDK)
    assert faults == []
    assert isinstance(request["Body"], ByteStream)
    assert request["Body"].size_bytes == len(text)


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"TableName": "t", "Item": {}, "onStatus": 1}, 'The field "onStatus" is not supported by Step Functions'),
        ({"TableName": "t"}, 'The field "Item" is required but was missing'),
        ({"TableName": "t", "Item": {"n": {"N": 5}}}, "The value for the field 'N' must be a STRING"),
        ({"TableName": "t", "Item": {"n": {"Bool": "x"}}}, "The value for the field 'Bool' must be a BOOLEAN"),
        ({"TableName": "t", "Item": []}, "The value for the field 'Item' must be an OBJECT"),
        ({"TableName": "t", "Item": {"n": {"L": {}}}}, "The value for the field 'L' must be an ARRAY"),
    ],
)
def test_what_is_wrong_with_a_document_is_said_in_aws_words(
    documents: JavaDocuments, document: Any, fault: str
) -> None:
    assert documents.request("dynamodb", "PutItem", document, Spelling.SDK)[1] == [fault]


def test_numbers_and_times_are_checked(documents: JavaDocuments) -> None:
    document = {"LogGroupName": "g", "LogStreamName": "s", "StartTime": "x", "Limit": True}
    faults = documents.request("logs", "GetLogEvents", document, Spelling.SDK)[1]
    assert faults == [
        "The value for the field 'StartTime' must be an INTEGER",
        "The value for the field 'Limit' must be an INTEGER",
    ]
    entry = {"Entries": [{"Time": "2024-01-01T00:00:00Z", "Source": "s", "DetailType": "d", "Detail": "{}"}]}
    request, faults = documents.request("events", "PutEvents", entry, Spelling.SDK)
    assert faults == []
    assert request["Entries"][0]["Time"] == 1704067200.0


def test_numbers_and_booleans_may_be_texts(documents: JavaDocuments) -> None:
    document = {"LogGroupName": "g", "LogStreamName": "s", "Limit": "10", "StartFromHead": "true"}
    request, faults = documents.request("logs", "GetLogEvents", document, Spelling.SDK)
    assert faults == []
    assert (request["limit"], request["startFromHead"]) == (10, True)


def test_names_of_a_template_are_checked_and_values_are_not(documents: JavaDocuments) -> None:
    template = {"Bucket.$": "$.b", "Keyy": "{% k %}", "Unknown.$": "$"}
    assert documents.faults("s3", "GetObject", template, is_template=True) == [
        'The field "Keyy" is not supported by Step Functions',
        'The field "Key" is required but was missing',
    ]
    assert documents.faults("s3", "GetObject", "{% $x %}", is_template=True) == []


def test_a_reply_becomes_a_document(documents: JavaDocuments) -> None:
    reply = {"Body": b"text", "LastModified": 1704067200.5, "SSEKMSKeyId": "k", "ETag": '"e"', "Metadata": {"a-b": "c"}}
    assert documents.reply("s3", "GetObject", reply, Spelling.SDK) == {
        "Body": "text",
        "LastModified": "2024-01-01T00:00:00.500Z",
        "SsekmsKeyId": "k",
        "ETag": '"e"',
        "Metadata": {"a-b": "c"},
    }


def test_a_reply_in_the_models_words_keeps_them(documents: JavaDocuments) -> None:
    reply = {"Item": {"b": {"B": b"raw"}, "n": {"NULL": True}}}
    assert documents.reply("dynamodb", "GetItem", reply, Spelling.MODEL) == {
        "Item": {"b": {"B": "cmF3"}, "n": {"NULL": True}}
    }


@pytest.mark.parametrize(
    ("service", "operation", "code", "name"),
    [
        ("dynamodb", "PutItem", "ConditionalCheckFailedException", "DynamoDb.ConditionalCheckFailedException"),
        ("dynamodb", "PutItem", "ValidationException", "DynamoDb.DynamoDbException"),
        ("s3", "GetObject", "NoSuchKey", "S3.NoSuchKeyException"),
        ("sqs", "SendMessage", "AWS.SimpleQueueService.NonExistentQueue", "Sqs.QueueDoesNotExistException"),
        ("stepfunctions", "StartExecution", "StateMachineDoesNotExist", "Sfn.StateMachineDoesNotExistException"),
    ],
)
def test_errors_have_the_names_of_java(
    documents: JavaDocuments, service: str, operation: str, code: str, name: str
) -> None:
    found = documents.error(service, operation, code)
    assert f"{found.service}.{found.exception}" == name


def test_streams_of_events_are_known(documents: JavaDocuments) -> None:
    assert documents.is_streaming("kinesis", "SubscribeToShard")
    assert documents.is_streaming("s3", "SelectObjectContent")
    assert not documents.is_streaming("s3", "GetObject")
