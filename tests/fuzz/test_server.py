"""Every operation of a running server answers whatever it is sent: never with a 500, never not at all.

Requests are made from AWS's models, sent in each protocol of the service, most of them damaged in one place. More of
them with SEREIN_FUZZ_EXAMPLES.
"""

import os
import re
import string
from collections.abc import Iterator
from typing import Any

import boto3
import cbor2
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from fuzz.raw_client import Answer, RawClient, credential_of
from fuzz.requests import requests_of
from fuzz.sending import CODE_ZIP, sent_by_botocore
from serein.kernel.http import HttpRequest
from serein.kernel.operation import Catalog
from serein.testing import ServerProcess
from serein.wire.models import Models, OperationModel

CATALOG = Catalog("serein.services")
MODELS = Models(CATALOG)
EXAMPLES = int(os.environ.get("SEREIN_FUZZ_EXAMPLES", "8"))
ACCOUNT = "123456789012"
LEFT_OUT = {
    ("logs", "StartLiveTail"): "a stream that lasts for hours",
}
"""Operations that can't be driven like the others, and why."""
PROTOCOLS = [
    (service.name, protocol)
    for folder in CATALOG.folders
    if (service := CATALOG.service_in(folder)) and (model := MODELS.find_service(service.name)) is not None
    for protocol in model.protocols
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("fuzz"), {"clock": "virtual"})
    yield server
    server.stop()


@pytest.fixture(scope="module")
def names(server: ServerProcess) -> dict[str, Any]:
    """Resources that are there, as values of the members that name them."""
    session = boto3.session.Session(ACCOUNT, "test", region_name="us-east-1")

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=server.endpoint)

    queue = client("sqs").create_queue(QueueName="name")["QueueUrl"]
    topic = client("sns").create_topic(Name="name")["TopicArn"]
    client("s3").create_bucket(Bucket="fuzz-name")
    client("s3").put_object(Bucket="fuzz-name", Key="name", Body=b"content")
    upload = client("s3").create_multipart_upload(Bucket="fuzz-name", Key="name")["UploadId"]
    table = client("dynamodb").create_table(
        TableName="name",
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    trust = '{"Version":"2012-10-17","Statement":[]}'
    role = client("iam").create_role(RoleName="name", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    client("iam").create_user(UserName="name")
    client("iam").create_group(GroupName="name")
    client("logs").create_log_group(logGroupName="name")
    client("logs").create_log_stream(logGroupName="name", logStreamName="name")
    function = client("lambda").create_function(
        FunctionName="name", Runtime="python3.12", Role=role, Handler="index.handler", Code={"ZipFile": CODE_ZIP}
    )["FunctionArn"]
    api = client("apigatewayv2").create_api(Name="name", ProtocolType="HTTP")["ApiId"]
    template = '{"Resources":{"H":{"Type":"AWS::CloudFormation::WaitConditionHandle"}}}'
    client("cloudformation").create_stack(StackName="name", TemplateBody=template)
    arn = {"sqs": f"arn:aws:sqs:us-east-1:{ACCOUNT}:name", "sns": topic, "lambda": function, "iam": role}
    return {
        "": arn,
        "QueueUrl": queue,
        "TopicArn": topic,
        "Bucket": "fuzz-name",
        "Key": "name",
        "UploadId": upload,
        "CopySource": "fuzz-name/name",
        "TableName": "name",
        "StreamArn": table["LatestStreamArn"],
        "RoleName": "name",
        "UserName": "name",
        "GroupName": "name",
        "logGroupName": "name",
        "logStreamName": "name",
        "FunctionName": "name",
        "Role": role,
        "RoleArn": role,
        "ApiId": api,
        "StackName": "name",
        "TemplateBody": template,
        "PolicyDocument": trust,
        "AssumeRolePolicyDocument": trust,
        "WaitTimeSeconds": 0,  # a longer poll waits in real time
    }


@pytest.mark.parametrize(("service", "protocol"), PROTOCOLS)
def test_every_operation_answers_whatever_it_is_sent(
    server: ServerProcess, names: dict[str, Any], service: str, protocol: str
) -> None:
    model = MODELS.find_service(service)
    assert model is not None
    client = RawClient(server.port)
    log = server.data / "server.log"
    logged = log.stat().st_size
    # What deletes comes last, so that the others find what is there.
    found = sorted(CATALOG.operations_of(service), key=lambda each: (each.name.startswith("Delete"), each.name))
    wrong = [
        fault
        for operation in found
        if not operation.internal and (service, operation.name) not in LEFT_OUT
        if (fault := find_fault(client, model.operations[operation.name], protocol, names))
    ]
    health = client.send([b"GET /_serein/health HTTP/1.1", b"Host: localhost"], method="GET")
    assert health.status == 200
    client.close()
    assert not wrong, "\n\n".join(wrong)
    assert "ERROR serein" not in (text := log.read_text()[logged:]), text[:4000]


def find_fault(client: RawClient, operation: OperationModel, protocol: str, names: dict[str, Any]) -> str:
    """What an operation does wrong; empty when nothing was found."""
    try:
        drive(client, operation, protocol, names)
    except AssertionError as error:
        return f"{operation.name}: {error}"
    except TimeoutError:
        client.close()
        return f"{operation.name}: no answer in time"
    return ""


def drive(client: RawClient, operation: OperationModel, protocol: str, names: dict[str, Any]) -> None:
    """Send an operation requests of all kinds."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize="SEREIN_FUZZ_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate],  # the server remembers, so a request alone may not fail again
    )
    @given(st.data())
    def run(data: st.DataObject) -> None:
        request = pointed(data, data.draw(requests_of(operation.input)), operation, names)
        if data.draw(st.integers(0, 3)) == 0:
            request = spoiled(data, request)
        try:
            http, body = sent_by_botocore(operation, request, protocol)
        except ValueError:
            reject()  # not even botocore can write it: a date that is none, say
        path, query, headers, body = damaged(data, http, body, protocol)
        head = [f"{http.method} {path}{'?' + query if query else ''} HTTP/1.1".encode(), b"Host: localhost"]
        head.append(credential_of(ACCOUNT, operation.service.metadata.signing_name or signing_name(operation)))
        head += [f"{name}: {value}".encode() for name, value in headers.items()]
        answer = client.send(head, body, method=http.method)
        require_aws_answer(answer, protocol, http.method, f"{head!r} {body!r}")

    run()


def signing_name(operation: OperationModel) -> str:
    return operation.service.metadata.endpoint_prefix


def require_aws_answer(answer: Answer, protocol: str, method: str, sent: str) -> None:
    """Fail unless the answer is one that AWS could have given."""
    assert answer.status, f"no answer to {sent}"
    assert answer.status < 500 or answer.status in (501, 502), f"{answer} to {sent}"
    if answer.status < 400 or method == "HEAD":
        return
    if answer.status in (400, 414, 431) and answer.headers.get("connection") == "close":
        return  # not even HTTP, so no service has seen it
    assert answer.request_id, f"no request id: {answer} to {sent}"
    if answer.headers.get("content-type", "").startswith("text/html"):
        return
    require_error_document(answer, protocol, sent)


def require_error_document(answer: Answer, protocol: str, sent: str) -> None:
    if answer.status == 304:
        return
    if "json" in answer.headers.get("content-type", ""):
        assert isinstance(msgspec.json.decode(answer.body), dict), f"{answer} to {sent}"
    elif "cbor" in answer.headers.get("content-type", ""):
        assert isinstance(cbor2.loads(answer.body), dict), f"{answer} to {sent}"
    else:
        assert protocol in {"query", "rest-xml"}, f"{answer} to {sent}"
        assert re.search(rb"<Code>\w+(\.\w+)*</Code>", answer.body), f"{answer} to {sent}"


def pointed(data: st.DataObject, request: dict[str, Any], operation: OperationModel, names: dict[str, Any]) -> Any:
    """The request with most of its names those of things that are there."""
    arn = names[""].get(operation.service.name)
    for name, value in list(request.items()):
        known = names.get(name, arn if name.endswith("Arn") else None)
        if isinstance(known, type(value)) and (name == "WaitTimeSeconds" or data.draw(st.integers(0, 9)) < 8):
            request[name] = known
    for name, member in operation.input.members.items() if operation.input else ():
        if member.location == "uri":
            request.setdefault(name, "x")  # there is no path without it
    if isinstance(attributes := request.get("Attributes"), dict):
        attributes.pop("ReceiveMessageWaitTimeSeconds", None)
    return request


ODD_TEXT = st.one_of(
    *[
        st.sampled_from(texts)
        for texts in (
            ["", " ", "1", "null", "true", '"a"', "[]", "{}", "[1]", "{", '{"a":{}}', '{"a":"\\ud800"}', '{"a":1e999}'],
            ["[" * 100_000, '{"a":' * 50_000, "- a: b: c", "&a [*a]", "!Ref", "? [", "a: &a {<<: *a}", "\ufeff{}"],
            [
                '{"Statement":1}',
                '{"Version":[]}',
                '{"deadLetterTargetArn":1}',
                '{"Version":"2012-10-17","Statement":[1]}',
            ],
            ['{"Resources":[]}', '{"Resources":{"A":1}}', '{"Resources":{"A":{"Type":["AWS::S3::Bucket"]}}}'],
            [
                "IjEi",
                "WzFd",
                "WzEsMl0=",
                "e30=",
                "bnVsbA==",
                "OTk5OTk5OTk5OTk5OTk5OTk5OTk5",
                "Ilx1ZDgwMCI=",
                "====",
                "é",
            ],
            [
                "arn:aws:",
                "arn:aws:sqs:us-east-1:123456789012",
                "arn:::::",
                "http://",
                "http://[",
                "//",
                "/",
                "a/b",
                "..",
            ],
            [
                "-1",
                "1e999",
                "9" * 30,
                "NaN",
                "0x10",
                "1_0",
                "٣",
                "2020-99-99",
                "\u0000",
                "a\u0000b",
                "$",
                "#",
                ":",
                "%",
            ],
            ["SET a = :a", "a.b[0", "attribute_exists(", "(" * 500, "#a = :a AND " * 300, "NOT " * 2000 + "a", "*"],
        )
    ]
)
"""What breaks those who read it as JSON, YAML, a page token, an ARN, a URL, a number, a path or an expression."""


def spoiled(data: st.DataObject, value: Any) -> Any:
    """The request with one of its texts replaced."""
    if isinstance(value, dict) and value:
        name = data.draw(st.sampled_from(sorted(value)))
        if name == "WaitTimeSeconds":
            return value
        return {**value, name: spoiled(data, value[name])}
    if isinstance(value, list) and value:
        at = data.draw(st.integers(0, len(value) - 1))
        return [*value[:at], spoiled(data, value[at]), *value[at + 1 :]]
    return data.draw(ODD_TEXT) if isinstance(value, str) else value


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([-1, 0, 2**31, 2**63, -(2**63) - 1, 10**40, 1e308, -0.0, "", "\x00", "a\x00b", "é\U0001f600", "%"]),
    st.sampled_from(["x" * 5000, "../../etc/passwd", "arn:aws:", "a" * 300, "NaN", "1e999", "-", "{", "<", "&amp;"]),
    st.sampled_from([[], {}, [None], {"": None}, [[]], [{"a": [1]}], {"x": {"y": []}}]),
    st.text(max_size=6),
)


def damaged(
    data: st.DataObject, http: HttpRequest, body: bytes, protocol: str
) -> tuple[str, str, dict[str, str], bytes]:
    """A request's path, query, headers and body, one of them perhaps not as it should be."""
    headers = {ascii_name(name): clean(value) for name, value in http.headers.items() if name != "content-length"}
    path, query = http.path, http.query
    kind = data.draw(st.integers(0, 15))
    if kind <= 4:
        body = damaged_document(data, body, protocol)
    elif kind == 5 and body:
        at = data.draw(st.integers(0, len(body) - 1))
        body = body[:at] + data.draw(st.binary(max_size=3)) + body[at + data.draw(st.integers(0, 4)) :]
    elif kind == 6 and headers:
        name = data.draw(st.sampled_from(sorted(headers)))
        headers[name] = clean(data.draw(st.sampled_from(["", "-1", "é", "x" * 3000, "1e9", "text/plain", ";;=,"])))
    elif kind == 7:
        query += "&" * bool(query) + data.draw(st.sampled_from(["a=%zz", "%00", "versionId=x", "=&=", "uploads", "é="]))
        query = query.encode().decode("latin-1").replace(" ", "+")
    elif kind == 8 and "/" in path:
        parts = path.split("/")
        at = data.draw(st.integers(0, len(parts) - 1))
        parts[at] = data.draw(st.sampled_from(["", "%00", "%2F", "..", "%FF", "a" * 2000, "%", "~", "%C3%A9"]))
        path = "/" + "/".join(parts).lstrip("/")
    return path, query, headers, body


def ascii_name(name: str) -> str:
    return re.sub("[^a-z0-9-]", "-", name)


def clean(value: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", " ", value)


def damaged_document(data: st.DataObject, body: bytes, protocol: str) -> bytes:
    if protocol in {"json", "rest-json"}:
        return msgspec.json.encode(changed(data, decoded(body, msgspec.json.decode)))
    if protocol == "smithy-rpc-v2-cbor":
        return cbor2.dumps(changed(data, decoded(body, cbor2.loads)))
    if protocol == "query":
        return damaged_form(data, body)
    parts = re.split(rb"(<[^>]*>|&)", body)
    at = data.draw(st.integers(0, len(parts) - 1))
    odd = data.draw(st.sampled_from([b"", b"<a>", b"</a>", b"&#0;", b"&lt;", b"<!--", b"-1", b"\xff", parts[at] * 2]))
    return b"".join([*parts[:at], odd, *parts[at + 1 :]])


def damaged_form(data: st.DataObject, body: bytes) -> bytes:
    pairs = body.split(b"&")
    at = data.draw(st.integers(0, len(pairs) - 1))
    name, _, value = pairs[at].partition(b"=")
    if name != b"Action":
        value = data.draw(st.sampled_from([b"", b"-1", b"%00", b"%FF", b"a" * 3000, b"true", b"%7B", b"1e999"]))
    name = data.draw(st.sampled_from([name, name + b".1", name + b".member.0", name + b".entry.99999999999.key", name]))
    return b"&".join([*pairs[:at], name + b"=" + value, *pairs[at + 1 :]])


def decoded(body: bytes, decode: Any) -> Any:
    try:
        return decode(body) if body else {}
    except ValueError:
        return {}


def changed(data: st.DataObject, document: Any) -> Any:
    """The document with one value, somewhere in it, replaced."""
    if isinstance(document, dict) and document and data.draw(st.integers(0, 9)):
        name = data.draw(st.sampled_from(sorted(document)))
        return {**document, name: changed(data, document[name])}
    if isinstance(document, list) and document and data.draw(st.integers(0, 9)):
        at = data.draw(st.integers(0, len(document) - 1))
        return [*document[:at], changed(data, document[at]), *document[at + 1 :]]
    if isinstance(document, str) and data.draw(st.booleans()):
        return document + data.draw(st.text(string.printable, max_size=3))
    return data.draw(ODD)
