"""HTTP endpoints as destinations."""

import base64
import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from aws.firehose.conftest import Firehose, processing


class Endpoint:
    """An HTTP server that remembers what it is sent, and answers with the statuses that it is told, then 200."""

    def __init__(self) -> None:
        seen, answers = self.seen, self.answers = [], []  # type: ignore[var-annotated]

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers["content-encoding"] == "gzip":
                    body = gzip.decompress(body)
                request = json.loads(body)
                seen.append((self.path, self.headers, request))
                status = answers.pop(0) if answers else 200
                id = "another" if status == 0 else request["requestId"]
                reply = json.dumps({"requestId": id, "timestamp": request["timestamp"]}).encode()
                self.send_response(status or 200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/sink?x=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def bodies(self) -> list[list[bytes]]:
        return [[base64.b64decode(each["data"]) for each in request["records"]] for _, _, request in self.seen]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    yield endpoint
    endpoint.server.shutdown()
    endpoint.server.server_close()


def make(firehose: Firehose, endpoint: Endpoint, settings: dict[str, Any] | None = None, **members: Any) -> None:
    configuration: dict[str, Any] = {
        "EndpointConfiguration": {"Url": endpoint.url, "Name": "sink", **(settings or {})},
        "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0},
        "S3Configuration": firehose.configuration(BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 0}),
        **members,
    }
    firehose.client.create_delivery_stream(DeliveryStreamName="s", HttpEndpointDestinationConfiguration=configuration)


def test_an_endpoint_is_sent_records_as_aws_sends_them(firehose: Firehose, endpoint: Endpoint) -> None:
    attributes = [{"AttributeName": "team", "AttributeValue": "a"}]
    make(firehose, endpoint, {"AccessKey": "secret"}, RequestConfiguration={"CommonAttributes": attributes})
    firehose.put(b"one", b"two")
    assert firehose.objects() == {}
    ((path, headers, request),) = endpoint.seen
    assert path == "/sink?x=1" and endpoint.bodies() == [[b"one", b"two"]]
    assert headers["X-Amz-Firehose-Protocol-Version"] == "1.0"
    assert headers["X-Amz-Firehose-Request-Id"] == request["requestId"]
    assert headers["X-Amz-Firehose-Source-Arn"].endswith(":deliverystream/s")
    assert headers["X-Amz-Firehose-Access-Key"] == "secret"
    assert json.loads(headers["X-Amz-Firehose-Common-Attributes"]) == {"commonAttributes": {"team": "a"}}
    assert headers["Content-Type"] == "application/json"


def test_requests_are_compressed_and_keys_come_from_secrets(firehose: Firehose, endpoint: Endpoint) -> None:
    secret = firehose.aws.client("secretsmanager").create_secret(Name="k", SecretString='{"api_key": "hidden"}')
    make(
        firehose,
        endpoint,
        RequestConfiguration={"ContentEncoding": "GZIP"},
        SecretsManagerConfiguration={"Enabled": True, "SecretARN": secret["ARN"]},
    )
    firehose.put(b"one")
    firehose.aws.idle()
    ((_, headers, _),) = endpoint.seen
    assert (headers["Content-Encoding"], headers["X-Amz-Firehose-Access-Key"]) == ("gzip", "hidden")
    assert endpoint.bodies() == [[b"one"]]


def test_a_request_is_repeated_until_it_is_taken(firehose: Firehose, endpoint: Endpoint) -> None:
    endpoint.answers += [500, 0, 404]
    make(firehose, endpoint, S3BackupMode="AllData")
    firehose.put(b"one")
    firehose.aws.idle()
    firehose.aws.advance(60)
    assert endpoint.bodies() == [[b"one"]] * 4
    assert len({request["requestId"] for _, _, request in endpoint.seen}) == 1
    assert list(firehose.objects().values()) == [b"one"]


def test_what_an_endpoint_does_not_take_goes_to_the_bucket(firehose: Firehose, endpoint: Endpoint) -> None:
    endpoint.answers += [503] * 50
    make(firehose, endpoint, RetryOptions={"DurationInSeconds": 10})
    firehose.put(b"one", b"two")
    firehose.aws.idle()
    firehose.aws.advance(60)
    ((key, content),) = firehose.objects().items()
    lines = [json.loads(line) for line in content.splitlines()]
    assert key.startswith("http-endpoint-failed/20")
    assert [base64.b64decode(line["rawData"]) for line in lines] == [b"one", b"two"]
    assert lines[0]["errorCode"] == "HttpEndpoint.DestinationException" and lines[0]["attemptsMade"] > 1


def test_a_request_that_is_too_large_is_not_repeated(firehose: Firehose, endpoint: Endpoint) -> None:
    endpoint.answers += [413]
    make(firehose, endpoint)
    firehose.put(b"one")
    assert len(firehose.objects("http-endpoint-failed/")) == 1 and len(endpoint.seen) == 1


def test_an_endpoint_needs_what_it_needs(firehose: Firehose, endpoint: Endpoint) -> None:
    splitting = processing(("RecordDeAggregation", {"SubRecordType": "JSON"}))
    for settings, members, words in (
        ({"Url": "ftp://x"}, {}, "regular expression pattern"),
        ({}, {"ProcessingConfiguration": splitting}, "Dynamic partitioning"),
        ({}, {"SecretsManagerConfiguration": {"Enabled": True}}, "SecretARN is required"),
    ):
        with pytest.raises(firehose.client.exceptions.ClientError, match=words):
            make(firehose, endpoint, settings, **members)
