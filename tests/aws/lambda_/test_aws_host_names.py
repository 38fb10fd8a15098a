"""AWS's own host names in functions: they lead to the server, over HTTPS on 443 that the function trusts."""

import io
import json
import shutil
import ssl
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from serein.wire.tls import context_for, ensure_authority

PYTHON = """
import json, os, socket, ssl, urllib.request
def handler(event, context):
    found = {}
    for url in event:
        with urllib.request.urlopen(url, timeout=10) as reply:
            found[url] = [reply.status, reply.read().decode()]
    return found
"""
NODE = """
const https = require("https");
const get = (url) => new Promise((resolve, reject) => {
  https.get({ hostname: new URL(url).hostname, port: 443, path: new URL(url).pathname }, (reply) => {
    let text = "";
    reply.on("data", (chunk) => (text += chunk)).on("end", () => resolve([reply.statusCode, text]));
  }).on("error", reject);
});
const all = async (urls, read) =>
  Object.fromEntries(await Promise.all(urls.map(async (url) => [url, await read(url)])));
exports.handler = (urls) => all(urls, get);
exports.plain = (place) => new Promise((resolve, reject) => {
  require("http").get({ ...place, path: "/_serein/health" }, (reply) => resolve(reply.statusCode)).on("error", reject);
});
exports.fetching = (urls) => all(urls, async (url) => {
  const reply = await fetch(url);
  return [reply.status, await reply.text()];
});
"""


BOOTSTRAP = """#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while :; do
  url=$(curl -sS -D /tmp/head "$api/next" | tr -d '"')
  id=$(grep -i lambda-runtime-aws-request-id /tmp/head | tr -d ' \\r' | cut -d: -f2)
  unset SSL_CERT_FILE CURL_CA_BUNDLE
  printf '"%s"' "$(curl -sS "$url" 2>&1)" | curl -sS -o /dev/null --data-binary @- "$api/$id/response"
done
"""
"""A program that asks for the URL that it is given, and trusts what the system trusts."""


@pytest.fixture
def objects(aws: Any) -> str:
    """A bucket with an object that anybody may read."""
    s3, bucket = aws.client("s3"), aws.unique("bucket")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="hello.txt", Body=b"hello")
    return str(bucket)


def urls_of(functions: Any, bucket: str, region: str) -> list[str]:
    config = functions.create_function_url_config(FunctionName="greeter", AuthType="NONE")
    functions.add_permission(
        FunctionName="greeter",
        StatementId="public",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )
    url_id = config["FunctionUrl"].split("//")[1].split(".")[0]
    return [
        f"https://{bucket}.s3.{region}.amazonaws.com/hello.txt",
        f"https://s3.{region}.amazonaws.com/{bucket}/hello.txt",
        f"https://{url_id}.lambda-url.{region}.on.aws/",
    ]


def test_a_python_function_reaches_the_server_under_awss_names(
    aws: Any, functions: Any, create: Callable[..., Any], invoke: Callable[..., Any], objects: str
) -> None:
    create("def handler(event, context): return {'statusCode': 200, 'body': 'greetings'}", name="greeter")
    create(PYTHON)
    urls = urls_of(functions, objects, aws.region)
    found = invoke(urls)
    assert [found[url] for url in urls] == [[200, "hello"], [200, "hello"], [200, "greetings"]]


@pytest.mark.parametrize("handler", ["index.handler", "index.fetching"])
def test_a_node_function_reaches_the_server_under_awss_names(
    aws: Any, functions: Any, create: Callable[..., Any], invoke: Callable[..., Any], objects: str, handler: str
) -> None:
    create("def handler(event, context): return {'statusCode': 200, 'body': 'greetings'}", name="greeter")
    create(Runtime="nodejs20.x", Handler=handler, Code={"ZipFile": node_package()})
    urls = urls_of(functions, objects, aws.region)
    found = invoke(urls)
    assert [found[url] for url in urls] == [[200, "hello"], [200, "hello"], [200, "greetings"]]


@pytest.mark.parametrize("prefix", ["sync-", "stream-"])
def test_a_prefix_that_sdks_put_before_the_host_does_no_harm(
    aws: Any, create: Callable[..., Any], invoke: Callable[..., Any], prefix: str
) -> None:
    health = f"{aws.endpoint.replace('://', f'://{prefix}')}/_serein/health"
    create(PYTHON)
    assert invoke([health])[health][0] == 200
    create(name="node", Runtime="nodejs20.x", Handler="index.plain", Code={"ZipFile": node_package()})
    assert invoke({"hostname": f"{prefix}127.0.0.1", "port": urlsplit(aws.endpoint).port}, name="node") == 200


def node_package() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.js", NODE)
    return content.getvalue()


def test_a_program_reaches_the_server_under_awss_names(
    aws: Any, create: Callable[..., Any], invoke: Callable[..., Any], objects: str
) -> None:
    if shutil.which("curl") is None:
        pytest.skip("the program of this test is curl")
    create(Runtime="provided.al2023", Handler="none", Code={"ZipFile": program_package()}, Timeout=20)
    url = f"https://{objects}.s3.{aws.region}.amazonaws.com/hello.txt"
    found = invoke(url)
    isolation = json.loads(urllib.request.urlopen(f"{aws.endpoint}/_serein/state").read())["functions"]
    if isolation["isolation"] != "sandbox" or any("host names" in notice for notice in isolation["notices"]):
        pytest.skip(f"names can't be served here: {isolation['notices']}")
    assert [found, invoke(url.replace("https", "http"))] == ["hello", "hello"]


def program_package() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, BOOTSTRAP)
    return content.getvalue()


def test_boto3_may_be_told_the_host_that_aws_has(
    aws: Any, create: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    aws.client("sqs").create_queue(QueueName="mine")
    create(
        "import boto3, os\ndef handler(event, context):\n"
        " sqs = boto3.client('sqs', endpoint_url=f\"https://sqs.{os.environ['AWS_REGION']}.amazonaws.com\")\n"
        " return sqs.list_queues()['QueueUrls'][0].rsplit('/', 1)[1]"
    )
    assert invoke() == "mine"


def test_what_a_function_sets_itself_stays(create: Callable[..., Any], invoke: Callable[..., Any]) -> None:
    create(
        "import os\ndef handler(event, context):\n"
        " return [os.environ.get(n) for n in ('SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'SEREIN_AWS_HOSTS')]",
        Environment={"Variables": {"SSL_CERT_FILE": "/var/task/own.pem"}},
    )
    own, bundle, address = invoke()
    assert own == "/var/task/own.pem" and bundle.endswith("bundle.pem") and address is None


def test_certificates_are_signed_by_an_authority_that_is_kept(tmp_path: Path) -> None:
    ensure_authority(tmp_path)
    authority = (tmp_path / "ca.pem").read_bytes()
    ensure_authority(tmp_path)
    assert (tmp_path / "ca.pem").read_bytes() == authority
    assert (tmp_path / "ca.key").stat().st_mode & 0o777 == 0o600
    server = context_for(tmp_path, "a.execute-api.eu-west-1.amazonaws.com")
    client = ssl.create_default_context(cafile=str(tmp_path / "bundle.pem"))
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    left = client.wrap_bio(one, other, server_hostname="a.execute-api.eu-west-1.amazonaws.com")
    right = server.wrap_bio(other, one, server_side=True)
    done = 0
    for _ in range(8):
        for side in (left, right):
            try:
                side.do_handshake()
                done += 1
            except ssl.SSLWantReadError:
                continue
    assert done and left.getpeercert()
