"""botocore's protocol vectors: what its clients send is read right, and what they expect is what we write."""

import asyncio
import base64
import io
import json
import xml.etree.ElementTree as ET
from typing import Any
from urllib.parse import urlsplit

import botocore.model
import pytest
from botocore.awsrequest import HeadersDict
from botocore.parsers import PROTOCOL_PARSERS
from botocore.serialize import SERIALIZERS
from botocore.utils import parse_timestamp

from serein.kernel.errors import AwsError
from serein.kernel.http import ByteStream, HttpReply, HttpRequest
from serein.wire.protocols import named, protocol_of
from unit.wire.known_differences import NOT_WRITTEN, READ_DIFFERENTLY, SAME_ON_THE_WIRE, WRITTEN_DIFFERENTLY
from unit.wire.vectors import FOLDER, Vector, cbor_value, comparable, typed, vectors

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="SEREIN_BOTOCORE names no checkout of botocore with tests/unit/protocols"
)


def _marked(direction: str, known: dict[str, str]) -> list[Any]:
    return [
        pytest.param(
            vector,
            id=vector.name,
            marks=[pytest.mark.xfail(reason=known[vector.name], strict=True)] if vector.name in known else [],
        )
        for vector in vectors(direction)
    ]


def _request_of(vector: Vector) -> tuple[HttpRequest, bytes]:
    sent = vector.case["serialized"]
    body = sent.get("body", "")
    content = base64.b64decode(body) if vector.protocol == "smithy-rpc-v2-cbor" else body.encode()
    url = urlsplit(sent.get("uri", "/"))
    headers = {name.lower(): value for name, value in sent.get("headers", {}).items()}
    host = sent.get("host", "localhost")
    return HttpRequest(sent.get("method", "POST"), url.path, url.query, headers, ByteStream.of(content), host), content


@pytest.mark.parametrize("vector", _marked("input", READ_DIFFERENTLY))
def test_the_request_is_read_as_it_was_meant(vector: Vector) -> None:
    operation = vector.operation()
    http, body = _request_of(vector)
    protocol = protocol_of(operation.service, http)
    labels: dict[str, str] = {}
    if protocol.name.startswith("rest"):
        found = operation.service.find_rest_operation(http.method, http.path, http.query, http.headers)
        assert found is not None
        labels = found[1]
    request = protocol.parse(operation, http, b"" if operation.streams_input else body, labels)
    for name, value in request.items():
        if isinstance(value, ByteStream):
            request[name] = asyncio.run(value.read())
    expected = comparable(typed(operation.input, vector.case["params"]))
    if operation.streams_input and not expected.get(operation.input.payload):
        request.pop(operation.input.payload)
    if vector.name in SAME_ON_THE_WIRE:
        assert comparable(request) != expected
        assert _sent_by_botocore(vector, request) == _sent_by_botocore(
            vector, typed(operation.input, vector.case["params"])
        )
    else:
        assert comparable(request) == expected


def _sent_by_botocore(vector: Vector, params: dict[str, Any]) -> dict[str, Any]:
    """The request that botocore makes of parameters."""
    given = vector.case["given"]
    model = botocore.model.ServiceModel({**vector.suite, "operations": {given["name"]: given}})
    operation = botocore.model.OperationModel(given, model)
    sent = SERIALIZERS[vector.protocol]().serialize_to_request(params, operation)
    query = {name: _texts(value) for name, value in sent["query_string"].items()} if sent["query_string"] else {}
    query = {name: texts for name, texts in query.items() if texts}
    return {"query": query, **{name: sent[name] for name in ("url_path", "method", "headers", "body")}}


def _texts(value: Any) -> list[str]:
    return [str(item) for item in (value if isinstance(value, list) else [value])]


@pytest.mark.parametrize("vector", _marked("output", NOT_WRITTEN))
def test_the_reply_is_written_as_clients_expect_it(vector: Vector) -> None:
    reply = _answer(vector)
    assert reply.status == vector.case["response"].get("status_code", 200)
    if vector.name in WRITTEN_DIFFERENTLY:
        assert _read_by_botocore(vector, reply) == _result_of(vector)
    else:
        _assert_same(vector, reply)


def _result_of(vector: Vector) -> Any:
    case = vector.case
    if "error" in case:
        return {"Code": case["errorCode"], "Message": case.get("errorMessage", "")}
    return comparable(case["result"])


def _answer(vector: Vector) -> HttpReply:
    operation = vector.operation()
    protocol = named(vector.protocol, vector.suite["metadata"].get("jsonVersion", "1.0"))
    if "error" not in vector.case:
        request_id = vector.case["response"].get("headers", {}).get("X-Amzn-Requestid", "foo-id")
        return protocol.reply(operation, typed(operation.output, vector.case["result"]), request_id)
    operation.service.error_namespace = _namespace_of(vector)
    return protocol.error(operation.service, operation, _error_of(vector), "foo-id")


def _namespace_of(vector: Vector) -> str:
    """The Smithy namespace that the vector expects before an error's name; botocore's models don't have it."""
    body = vector.case["response"].get("body", "")
    document = (
        cbor_value(body) if vector.protocol == "smithy-rpc-v2-cbor" else json.loads(body) if body[:1] == "{" else {}
    )
    return str(document.get("__type", "")).rpartition("#")[0]


def _error_of(vector: Vector) -> AwsError:
    operation = vector.operation()
    code = vector.case["errorCode"]
    shape = operation.find_error(code)
    fields = dict(vector.case["error"])
    message = vector.case.get("errorMessage", "")
    for name in ("message", "Message"):
        message = fields.pop(name, message)

    class Failed(AwsError):
        status = vector.case["response"]["status_code"]

    Failed.code = code
    return Failed(message, **typed(shape, {name: item for name, item in fields.items() if name in shape.members}))


def _assert_same(vector: Vector, reply: HttpReply) -> None:
    response = vector.case["response"]
    headers = {name.lower(): value for name, value in reply.headers}
    for name, value in response.get("headers", {}).items():
        if name.lower() != "content-length":
            assert headers.get(name.lower()) == value, name
    assert isinstance(reply.body, bytes)
    if "body" in response:
        _assert_same_body(vector, reply.body, response["body"])


def _assert_same_body(vector: Vector, actual: bytes, expected: str) -> None:
    if vector.protocol == "smithy-rpc-v2-cbor":
        assert cbor_value(actual) == cbor_value(expected)
    elif vector.protocol in {"json", "rest-json"} and expected.lstrip()[:1] in {"{", "["}:
        assert json.loads(actual or b"{}") == json.loads(expected)
    elif expected.lstrip().startswith("<"):
        assert _tree(ET.fromstring(actual)) == _tree(ET.fromstring(expected))
    else:
        assert actual.decode() == expected


_OURS = {"RequestId", "requestId", "ResponseMetadata", "RequestID"}


def _tree(element: ET.Element) -> Any:
    """An element as comparable values, without the ids that the vectors leave out."""
    children = [_tree(child) for child in element if child.tag.rpartition("}")[2] not in _OURS]
    text = (element.text or "") if not children and (element.text or "").strip() else ""
    return element.tag.rpartition("}")[2], sorted(element.attrib.items()), text, children


def _read_by_botocore(vector: Vector, reply: HttpReply) -> Any:
    """What botocore's own parser makes of a reply."""
    given = json.loads(json.dumps(vector.case["given"]))
    described = {**vector.suite, "operations": {given["name"]: given}}
    model = botocore.model.ServiceModel(described)
    operation = botocore.model.OperationModel(given, model)
    shape = operation.output_shape
    if vector.protocol == "query" and shape is not None and shape.members:
        shape.serialization["resultWrapper"] = f"{given['name']}Result"
    response = {
        "status_code": reply.status,
        "headers": HeadersDict(dict(reply.headers)),
        "body": reply.body or (b"<xml/>" if vector.protocol == "query" else b""),
        "context": {"operation_name": given["name"]},
    }
    if operation.has_streaming_output:
        response["body"] = io.BytesIO(reply.body).getvalue()
    parser = PROTOCOL_PARSERS[vector.protocol](timestamp_parser=lambda text: parse_timestamp(text).timestamp())
    parsed = parser.parse(response, shape)
    parsed.pop("ResponseMetadata", None)
    if "error" in vector.case:
        parsed = {"Code": parsed["Error"]["Code"], "Message": parsed["Error"].get("Message", "")}
    return comparable(parsed)
