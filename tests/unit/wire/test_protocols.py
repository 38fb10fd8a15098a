"""What protocols accept, refuse and answer, beyond the vectors."""

import gzip
import json
from typing import Any

import pytest

from serein.kernel.errors import AwsError
from serein.kernel.http import ByteStream, HttpReply, HttpRequest
from serein.kernel.operation import Encoded
from serein.wire.models import ServiceModel, load
from serein.wire.protocols import named, protocol_of
from serein.wire.validation import type_errors

MODELS: dict[str, ServiceModel] = {}


def model(name: str) -> ServiceModel:
    if name not in MODELS:
        found = load(name)
        assert found is not None
        MODELS[name] = found
    return MODELS[name]


def request(
    headers: dict[str, str] | None = None, path: str = "/", query: str = "", method: str = "POST"
) -> HttpRequest:
    return HttpRequest(method, path, query, headers or {}, ByteStream.of(b""), "localhost")


def parse(service: str, operation: str, body: bytes, protocol: str = "json", query: str = "") -> dict[str, Any]:
    return named(protocol).parse(model(service).operations[operation], request(query=query), body, {})


def failing(service: str, operation: str, body: bytes, protocol: str = "json") -> tuple[str, str]:
    with pytest.raises(AwsError) as failure:
        parse(service, operation, body, protocol)
    return failure.value.code, failure.value.message


def headers_of(reply: HttpReply) -> dict[str, str]:
    return dict(reply.headers)


class QueueDoesNotExist(AwsError):
    """The specified queue does not exist."""


class NoSuchEntityException(AwsError):
    """The role with name x cannot be found."""

    status = 404


class NoSuchKey(AwsError):
    """The specified key does not exist."""

    status = 404


class ResourceNotFoundException(AwsError):
    """Function not found: f"""

    status = 404


@pytest.mark.parametrize(
    ("service", "headers", "path", "query", "name"),
    [
        ("dynamodb", {"x-amz-target": "DynamoDB_20120810.PutItem"}, "/", "", "json 1.0"),
        (
            "logs",
            {"x-amz-target": "Logs_20140328.X", "content-type": "application/x-amz-json-1.1"},
            "/",
            "",
            "json 1.1",
        ),
        ("logs", {"x-amz-target": "Logs_20140328.X"}, "/", "", "json 1.1"),
        ("sqs", {"x-amz-target": "AmazonSQS.X", "content-type": "application/x-amz-json-1.0"}, "/", "", "json 1.0"),
        ("sqs", {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}, "/", "", "query"),
        ("sqs", {}, "/", "Action=ListQueues", "query"),
        ("cloudwatch", {"smithy-protocol": "rpc-v2-cbor"}, "/service/X/operation/Y", "", "smithy-rpc-v2-cbor"),
        ("cloudwatch", {}, "/service/X/operation/Y", "", "smithy-rpc-v2-cbor"),
        ("cloudwatch", {"x-amz-target": "GraniteServiceVersion20100801.X"}, "/", "", "json 1.0"),
        ("cloudwatch", {"content-type": "application/x-www-form-urlencoded"}, "/", "", "query"),
        ("s3", {"content-type": "application/x-www-form-urlencoded"}, "/b/k", "", "rest-xml"),
        ("lambda", {}, "/", "", "rest-json"),
        ("ec2", {}, "/", "", "ec2"),
    ],
)
def test_headers_tell_the_protocol(service: str, headers: dict[str, str], path: str, query: str, name: str) -> None:
    assert protocol_of(model(service), request(headers, path, query)).name == name


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ('"TableName":5', "NUMBER_VALUE cannot be converted to String"),
        ('"TableName":5.5', "DECIMAL_VALUE cannot be converted to String"),
        ('"TableName":true', "TRUE_VALUE cannot be converted to String"),
        ('"TableName":["a"]', "Unrecognized collection type class java.lang.String"),
        ('"TableName":{"a":1}', "Start of structure or map found where not expected"),
        ('"Item":"a"', "Unexpected field type"),
        ('"Item":["a"]', "Start of list found where not expected"),
        ('"Item":{"a":"b"}', "Unexpected value type in payload"),
        ('"Item":{"a":{"SS":"b"}}', "Unexpected field type"),
        ('"Item":{"a":{"BOOL":"b"}}', "STRING_VALUE cannot be converted to Boolean"),
        ('"Item":{"a":{"B":"abc"}}', "Base64 encoded length is expected a multiple of 4 bytes but found: 3"),
        ('"Item":{"a":{"B":5}}', "only base-64-encoded strings are convertible to bytes"),
    ],
)
def test_a_wrong_type_in_json_is_a_serialization_exception(member: str, message: str) -> None:
    assert failing("dynamodb", "PutItem", b"{%s}" % member.encode()) == ("SerializationException", message)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"5",
        b'"x"',
        b"{} {}",
        b"\xff",
        b'{"a":"\\ud800"}',
        b'{"Item":' + b'{"a":{"M":' * 20_000,
        b"[" * 100_000,
        b'{"Limit":1e999}',
    ],
)
def test_what_is_not_a_json_request_is_a_serialization_exception(body: bytes) -> None:
    assert failing("dynamodb", "Scan" if b"Limit" in body else "PutItem", body)[0] == "SerializationException"


def test_nulls_and_unknown_members_are_left_out() -> None:
    body = b'{"TableName":"t","Item":{"a":{"S":"x","N":null}},"Expected":null,"Unknown":{"a":[1]}}'
    assert parse("dynamodb", "PutItem", body) == {"TableName": "t", "Item": {"a": {"S": "x"}}}


def test_whole_numbers_may_be_written_as_fractions() -> None:
    assert parse("dynamodb", "Scan", b'{"TableName":"t","Limit":5.0}') == {"TableName": "t", "Limit": 5}


def test_encoded_values_reach_the_wire_unread() -> None:
    operation = model("dynamodb").operations["GetItem"]
    reply = named("json").reply(operation, {"Item": Encoded(b'{"a":{"S":"x"}}')}, "id")
    assert reply.body == b'{"Item":{"a":{"S":"x"}}}'


def test_the_legacy_query_protocol_of_sqs_has_its_own_names() -> None:
    form = (
        b"Action=SendMessageBatch&Version=2012-11-05&QueueUrl=u&SendMessageBatchRequestEntry.1.Id=a"
        b"&SendMessageBatchRequestEntry.1.MessageBody=x+y&SendMessageBatchRequestEntry.2.Id=b"
        b"&SendMessageBatchRequestEntry.2.MessageBody=z%26"
        b"&SendMessageBatchRequestEntry.2.MessageAttribute.1.Name=k"
        b"&SendMessageBatchRequestEntry.2.MessageAttribute.1.Value.DataType=Binary"
        b"&SendMessageBatchRequestEntry.2.MessageAttribute.1.Value.BinaryValue=aGk%3D"
    )
    assert parse("sqs", "SendMessageBatch", form, "query") == {
        "QueueUrl": "u",
        "Entries": [
            {"Id": "a", "MessageBody": "x y"},
            {
                "Id": "b",
                "MessageBody": "z&",
                "MessageAttributes": {"k": {"DataType": "Binary", "BinaryValue": b"hi"}},
            },
        ],
    }
    assert parse("sqs", "GetQueueAttributes", b"QueueUrl=u&AttributeName.1=All&AttributeName.2=QueueArn", "query") == {
        "QueueUrl": "u",
        "AttributeNames": ["All", "QueueArn"],
    }
    assert parse("sqs", "CreateQueue", b"QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5", "query") == {
        "QueueName": "q",
        "Attributes": {"DelaySeconds": "5"},
    }


def test_a_query_reply_of_sqs_is_the_one_it_had_before_json() -> None:
    operation = model("sqs").operations["ReceiveMessage"]
    message = {"MessageId": "m", "Body": "<b>", "Attributes": {"SentTimestamp": "1"}}
    reply = named("query").reply(operation, {"Messages": [message]}, "id")
    assert reply.body == (
        b'<?xml version="1.0"?>\n<ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">'
        b"<ReceiveMessageResult><Message><MessageId>m</MessageId><Body>&lt;b&gt;</Body><Attribute><Name>SentTimestamp"
        b"</Name><Value>1</Value></Attribute></Message></ReceiveMessageResult><ResponseMetadata><RequestId>id"
        b"</RequestId></ResponseMetadata></ReceiveMessageResponse>"
    )


def test_an_error_of_sqs_has_its_old_code_beside_the_new() -> None:
    service = model("sqs")
    reply = named("json").error(service, None, QueueDoesNotExist(), "id")
    assert json.loads(reply.body) == {  # type: ignore[arg-type]
        "__type": "com.amazonaws.sqs#QueueDoesNotExist",
        "message": "The specified queue does not exist.",
    }
    assert headers_of(reply)["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    old = named("query").error(service, None, QueueDoesNotExist(), "id")
    assert b"<Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>" in old.body  # type: ignore[operator]


def test_the_query_protocol_uses_the_code_of_the_model() -> None:
    reply = named("query").error(model("iam"), None, NoSuchEntityException(), "id")
    assert reply.status == 404
    assert reply.body == (
        b'<?xml version="1.0"?>\n<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender'
        b"</Type><Code>NoSuchEntity</Code><Message>The role with name x cannot be found.</Message></Error>"
        b"<RequestId>id</RequestId></ErrorResponse>"
    )


def test_an_error_of_s3_is_bare_and_has_two_ids() -> None:
    service = model("s3")
    request_id = "0f0e0d0c-0b0a-4987-8654-321000000000"
    reply = named("rest-xml").error(service, service.operations["GetObject"], NoSuchKey(Key="a&b"), request_id)
    assert headers_of(reply)["x-amz-request-id"] == "0F0E0D0C0B0A4987"
    assert reply.body == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not '
        b"exist.</Message><Key>a&amp;b</Key><RequestId>0F0E0D0C0B0A4987</RequestId>"
        b"<HostId>0f0e0d0c0b0a49878654321000000000serein=</HostId></Error>"
    )


def test_an_error_in_rest_json_is_named_by_a_header() -> None:
    service = model("lambda")
    error = ResourceNotFoundException("Function not found: f", Type="User")
    reply = named("rest-json").error(service, service.operations["GetFunction"], error, "id")
    assert headers_of(reply)["x-amzn-errortype"] == "ResourceNotFoundException"
    assert json.loads(reply.body) == {"Message": "Function not found: f", "Type": "User"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<",
        b"<Delete>",
        b"text",
        b"<Wrong><Object><Key>a</Key></Object></Wrong>",
        b"<Delete><Quiet>maybe</Quiet></Delete>",
        b"<a>" * 5000 + b"</a>" * 5000,
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><Delete><Object><Key>&a;</Key></Object></Delete>',
        b"\xff\xfe<Delete/>",
    ],
)
def test_what_is_not_the_xml_of_the_operation_is_malformed(body: bytes) -> None:
    operation = model("s3").operations["DeleteObjects"]
    if not body:
        assert named("rest-xml").parse(operation, request(), body, {"Bucket": "b"}) == {"Bucket": "b"}
        return
    with pytest.raises(AwsError) as failure:
        named("rest-xml").parse(operation, request(), body, {"Bucket": "b"})
    assert failure.value.code == "MalformedXML"


@pytest.mark.parametrize("form", [b"\xff", b"QueueUrl=%ff", b"a&" * 30_000])
def test_a_form_that_cannot_be_read_is_a_malformed_query_string(form: bytes) -> None:
    assert failing("sqs", "SendMessage", form, "query")[0] == "MalformedQueryString"


@pytest.mark.parametrize(
    "form", [b"QueueUrl=u&MaxNumberOfMessages=many", b"QueueUrl=u&MaxNumberOfMessages=" + b"9" * 5000]
)
def test_a_number_in_a_form_must_be_one(form: bytes) -> None:
    assert failing("sqs", "ReceiveMessage", form, "query")[0] == "MalformedInput"


def test_a_header_cannot_be_broken_by_its_value() -> None:
    operation = model("s3").operations["GetObject"]
    reply = named("rest-xml").reply(operation, {"Body": b"x", "Metadata": {"a": "b\r\nSet-Cookie: c"}}, "id")
    assert headers_of(reply)["x-amz-meta-a"] == "b  Set-Cookie: c"


def test_a_compressed_body_is_unpacked_where_the_model_says_so() -> None:
    operation = model("cloudwatch").operations["PutMetricData"]
    http = request({"content-encoding": "gzip"})
    body = gzip.compress(b'{"Namespace":"n"}')
    assert named("json").parse(operation, http, body, {}) == {"Namespace": "n"}
    for broken in (b"not gzip", body[:-4], gzip.compress(b"\0" * 40_000_000)):
        with pytest.raises(AwsError, match="body"):
            named("json").parse(operation, http, broken, {})


def test_a_parameter_of_s3_that_cannot_be_read_is_an_invalid_argument() -> None:
    operation = model("s3").operations["ListObjectsV2"]
    with pytest.raises(AwsError) as failure:
        named("rest-xml").parse(operation, request(query="list-type=2&max-keys=many"), b"", {"Bucket": "b"})
    assert failure.value.code == "InvalidArgument"
    assert failure.value.message == "Provided max-keys not an integer or within integer range"
    assert failure.value.fields == {"ArgumentName": "max-keys", "ArgumentValue": "many"}


def test_a_conditional_date_that_is_none_counts_as_absent() -> None:
    operation = model("s3").operations["GetObject"]
    http = request({"if-modified-since": "yesterday"}, method="GET")
    assert named("rest-xml").parse(operation, http, b"", {"Bucket": "b", "Key": "k"}) == {"Bucket": "b", "Key": "k"}


def test_an_error_of_a_head_request_has_no_body() -> None:
    service = model("s3")
    reply = named("rest-xml").error(service, service.operations["HeadObject"], NoSuchKey(), "id")
    assert (reply.status, reply.body) == (404, b"")


def test_text_is_not_taken_for_bytes_in_calls_from_inside() -> None:
    found = type_errors(model("lambda").operations["Invoke"].input, {"FunctionName": "f", "Payload": "aGk="})  # type: ignore[arg-type]
    assert found == ["Expected `bytes`, got `str` - at `$.Payload`"]


def test_a_reply_with_a_content_range_is_partial() -> None:
    operation = model("s3").operations["GetObject"]
    assert named("rest-xml").reply(operation, {"Body": b"x", "ContentRange": "bytes 0-0/9"}, "id").status == 206
    assert named("rest-xml").reply(operation, {"Body": b"x"}, "id").status == 200


def test_whole_numbers_must_fit_their_kind() -> None:
    assert failing("dynamodb", "Scan", b'{"Limit":99999999999}') == (
        "SerializationException",
        "NUMBER_VALUE cannot be converted to Integer",
    )
    operation = model("s3").operations["ListObjectsV2"]
    with pytest.raises(AwsError) as failure:
        named("rest-xml").parse(operation, request(query="max-keys=99999999999"), b"", {"Bucket": "b"})
    assert failure.value.code == "InvalidArgument"


def test_an_attribute_declares_its_namespace() -> None:
    operation = model("s3").operations["GetBucketAcl"]
    grant = {"Grantee": {"ID": "me", "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
    reply = named("rest-xml").reply(operation, {"Grants": [grant]}, "id")
    assert (
        b'<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>me</ID></Grantee>'
        in reply.body  # type: ignore[operator]
    )
