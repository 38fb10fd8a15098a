"""Whatever arrives, the wire answers with an error of AWS's; and what botocore sends is read as it was given."""

import asyncio
import string
from typing import Any
from urllib.parse import quote

import cbor2
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.requests import requests_of
from fuzz.sending import sent_by_botocore
from serein.kernel.errors import AwsError, InternalFailure, ValidationFailed
from serein.kernel.http import ByteStream, HttpRequest
from serein.kernel.operation import Catalog
from serein.wire import chunked, sigv4
from serein.wire.models import Models, OperationModel
from serein.wire.protocols import WireProtocol, named

MODELS = Models(Catalog("serein.services"))
SERVICES = (
    "dynamodb",
    "dynamodbstreams",
    "sqs",
    "sns",
    "s3",
    "lambda",
    "logs",
    "iam",
    "sts",
    "cloudformation",
    "apigatewayv2",
    "cloudwatch",
    "kinesis",
    "stepfunctions",
    "route53",
    "ec2",
)
OPERATIONS = [
    operation
    for name in SERVICES
    if (model := MODELS.find_service(name)) is not None
    for _, operation in sorted(model.operations.items())
]
FEW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)

operations = st.sampled_from(OPERATIONS)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
headers = st.dictionaries(
    st.sampled_from(
        [
            "authorization",
            "content-encoding",
            "content-md5",
            "content-type",
            "date",
            "if-modified-since",
            "range",
            "x-amz-acl",
            "x-amz-content-sha256",
            "x-amz-copy-source",
            "x-amz-date",
            "x-amz-decoded-content-length",
            "x-amz-invocation-type",
            "x-amz-meta-a",
            "x-amz-object-attributes",
            "x-amz-security-token",
            "x-amz-trailer",
        ]
    ),
    st.text(st.characters(codec="latin-1", exclude_categories=("Cc",)), max_size=30)
    | st.sampled_from(
        [
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "aws-chunked",
            "gzip",
            "x-amz-checksum-crc32",
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=e",
            "Tue, 99 Foo 2024 00:00:00 GMT",
            "20240101T000000Z",
            "-1",
        ]
    ),
    max_size=4,
)


def protocols_of(operation: OperationModel) -> list[WireProtocol]:
    return [named(name) for name in operation.service.protocols]


def member_names(operation: OperationModel) -> list[str]:
    """Names that the operation's documents know, so that random documents get past the first look-up."""
    names: set[str] = {"x"}
    pending = [operation.input] if operation.input is not None else []
    seen: set[str] = set()
    while pending:
        shape = pending.pop()
        if shape.name in seen:
            continue
        seen.add(shape.name)
        for name, member in shape.members.items():
            names.add(member.location_name or name)
        pending.extend(reference.target for reference in shape.references())
    return sorted(names)


def request(sent: dict[str, str], body: bytes, path: str = "/", query: str = "", method: str = "POST") -> HttpRequest:
    return HttpRequest(method, path, query, sent, ByteStream.of(body), "localhost")


def parses_or_refuses(operation: OperationModel, http: HttpRequest, body: bytes, labels: dict[str, str]) -> None:
    """Parse in each of the operation's protocols; what isn't refused must have the right types."""
    for protocol in protocols_of(operation):
        try:
            parsed = protocol.parse(operation, http, body, labels)
        except AwsError as error:
            assert not isinstance(error, InternalFailure)
            reply = protocol.error(operation.service, operation, error, "id")
            assert 400 <= reply.status < 500
            continue
        MODELS.check(operation.service.name, operation.name, parsed)
        try:
            MODELS.validate(operation.service.name, operation.name, dict(parsed))
        except ValidationFailed as error:
            assert "Expected `" not in error.message, error.message


def labels_of(operation: OperationModel) -> st.SearchStrategy[dict[str, str]]:
    names = [part.split("}")[0].rstrip("+") for part in operation.uri.partition("?")[0].split("{")[1:]]
    return st.fixed_dictionaries({name: st.text(max_size=8) for name in names})


@FEW
@given(st.data(), operations, headers, st.binary(max_size=60))
def test_random_bytes_are_refused_or_read(
    data: st.DataObject, operation: OperationModel, sent: dict[str, str], body: bytes
) -> None:
    parses_or_refuses(operation, request(sent, body), body, data.draw(labels_of(operation)))


@FEW
@given(st.data(), operations)
def test_random_documents_are_refused_or_read(data: st.DataObject, operation: OperationModel) -> None:
    names = st.sampled_from(member_names(operation))
    document = data.draw(
        st.recursive(
            json_values,
            lambda inner: st.dictionaries(names, inner, max_size=4) | st.lists(inner, max_size=2),
            max_leaves=8,
        )
    )
    form = data.draw(st.sampled_from(["json", "cbor"]))
    body = msgspec.json.encode(document) if form == "json" else cbor2.dumps(document)
    parses_or_refuses(operation, request({}, body), body, {})


@FEW
@given(st.data(), operations)
def test_random_forms_are_refused_or_read(data: st.DataObject, operation: OperationModel) -> None:
    steps = st.sampled_from([*member_names(operation), "member", "entry", "key", "value", "1", "2", "0", "-1", ""])
    names = st.lists(steps, min_size=1, max_size=6).map(".".join)
    pairs = data.draw(st.lists(st.tuples(names, st.text(string.printable, max_size=8)), max_size=8))
    body = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs).encode()
    parses_or_refuses(operation, request({}, body, query=body.decode()), body, {})


@FEW
@given(st.data(), operations)
def test_random_xml_is_refused_or_read(data: st.DataObject, operation: OperationModel) -> None:
    names = st.sampled_from([*member_names(operation), "member", "entry", "item"])
    document = st.recursive(
        st.text(string.ascii_letters + string.digits + " &<", max_size=6),
        lambda inner: st.lists(st.builds(lambda name, item: f"<{name}>{item}</{name}>", names, inner), max_size=4).map(
            "".join
        ),
        max_leaves=8,
    )
    shape = operation.input
    roots = ["x"] if shape is None else ["x", shape.name, *(m.location_name or n for n, m in shape.members.items())]
    root = data.draw(st.sampled_from(roots))
    body = f"<{root}>{data.draw(document)}</{root}>".encode()
    parses_or_refuses(operation, request({}, body), body, {})


@FEW
@given(headers, st.binary(max_size=80))
def test_random_signatures_and_chunks_are_refused_or_read(sent: dict[str, str], body: bytes) -> None:
    http = request(sent, body)
    try:
        sigv4.verify(http, body, sigv4.find_credential(http), "secret", "", 1_700_000_000)
    except AwsError as error:
        assert 400 <= error.status < 500
    try:
        asyncio.run(chunked.decoded(http).read())
    except AwsError as error:
        assert 400 <= error.status < 500


@FEW
@given(
    st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "X"]),
    st.text(string.ascii_letters + string.digits + "/%.{}+~é", max_size=30).map("/".__add__),
    st.text(string.printable, max_size=20),
    headers,
    st.sampled_from(["s3", "lambda", "apigatewayv2", "route53"]),
)
def test_random_paths_find_an_operation_or_none(
    method: str, path: str, query: str, sent: dict[str, str], service: str
) -> None:
    model = MODELS.find_service(service)
    assert model is not None
    found = model.find_rest_operation(method, path, query, sent)
    if found is not None:
        parses_or_refuses(found[0], request(sent, b"", path, query, method), b"", found[1])


@pytest.mark.parametrize(
    ("service", "protocol"),
    [
        ("dynamodb", "json"),
        ("sqs", "json"),
        ("sns", "query"),
        ("cloudformation", "query"),
        ("iam", "query"),
        ("lambda", "rest-json"),
        ("apigatewayv2", "rest-json"),
        ("logs", "json"),
        ("cloudwatch", "smithy-rpc-v2-cbor"),
        ("cloudwatch", "query"),
        ("kinesis", "json"),
    ],
)
def test_what_botocore_sends_is_read_as_it_was_given(service: str, protocol: str) -> None:
    model = MODELS.find_service(service)
    assert model is not None

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.data(), st.sampled_from([operation for _, operation in sorted(model.operations.items())]))
    def run(data: st.DataObject, operation: OperationModel) -> None:
        params = data.draw(requests_of(operation.input, is_valid=True))
        http, body = sent_by_botocore(operation, params, protocol)
        labels: dict[str, str] = {}
        if protocol.startswith("rest"):
            found = operation.service.find_rest_operation(http.method, http.path, http.query, http.headers)
            if found is None or found[0] is not operation:
                return  # an empty label makes another path of it
            labels = found[1]
        parsed = named(protocol, model.metadata.json_version or "1.0").parse(operation, http, body, labels)
        for name, value in parsed.items():
            if isinstance(value, ByteStream):
                parsed[name] = asyncio.run(value.read())
        assert without_empty(parsed) == without_empty(params)

    run()


def without_empty(value: Any) -> Any:
    """A value without what is empty, which no protocol but JSON and CBOR can say."""
    if isinstance(value, dict):
        kept = {name: without_empty(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item not in ({}, [], "", b"", None)}
    if isinstance(value, list):
        return [item for item in map(without_empty, value) if item not in ({}, [], "", b"", None)]
    return value
