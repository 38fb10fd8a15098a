"""Plugins of the Serverless Framework whose effect is built in, deployed together and driven."""

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from serein.deploy import Application, Target
from serein.testing import Serein

SERVICE = """
service: shop
plugins: [serverless-wsgi, serverless-python-requirements, serverless-lift, serverless-domain-manager]
custom:
  wsgi: {app: web/store.app, textMimeTypes: [application/custom]}
  pythonRequirements: {vendor: vendored, zip: true}
  customDomain: {domainName: DOMAIN, basePath: v1, apiType: http, endpointType: REGIONAL}
constructs:
  jobs: {type: queue, worker: {handler: jobs.run}}
  files: {type: storage}
provider:
  name: aws
  runtime: python3.12
  environment:
    QUEUE: ${construct:jobs.queueUrl}
    BUCKET: ${construct:files.bucketName}
functions:
  web: {handler: wsgi_handler.handler, events: [httpApi: '*', http: {path: '{any+}', method: any}]}
"""
APP = """
import json
import os
import boto3
from library import NAME

def app(environ, start_response):
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    if path == "/jobs" and method == "POST":
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
        boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=body)
        start_response("202 Accepted", [("Content-Type", "text/plain")])
        return [b"queued"]
    if path == "/picture":
        start_response("200 OK", [("Content-Type", "image/x")])
        return [bytes([0, 255])]
    seen = {"path": path, "script": environ["SCRIPT_NAME"], "query": environ["QUERY_STRING"], "name": NAME,
            "header": environ.get("HTTP_X_MINE"), "cookie": environ.get("HTTP_COOKIE")}
    headers = [("Content-Type", "application/custom"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    start_response("418 I'm a teapot", headers)
    return [json.dumps(seen).encode()]
"""
WORKER = """
import os
import boto3

def run(event, context):
    for record in event["Records"]:
        boto3.client("s3").put_object(Bucket=os.environ["BUCKET"], Key=record["body"], Body=b"done")
"""


SECOND = """
service: second
plugins: [serverless-domain-manager]
custom:
  customDomain: {domainName: DOMAIN, basePath: v2, apiType: http, endpointType: REGIONAL}
provider: {name: aws, runtime: python3.12}
functions:
  f: {handler: app.f, events: [httpApi: GET /there]}
"""


def application(aws: Serein, folder: Path) -> Application:
    keys = {"aws_access_key_id": aws.account, "aws_secret_access_key": "test"}
    return Application(folder, Target(boto3.session.Session(**keys, region_name=aws.region), aws.endpoint))


class Site:
    """The deployed service as a client sees it."""

    def __init__(self, aws: Serein, application: Application, domain: str) -> None:
        self.aws, self.application, self.domain = aws, application, domain
        self.ids = application.deploy().resources

    def ask(self, path: str, method: str = "GET", body: str | None = None, **headers: str) -> tuple[Any, bytes]:
        server = urlsplit(self.aws.endpoint)
        connection = http.client.HTTPConnection(server.hostname or "", server.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            return reply, reply.read()
        finally:
            connection.close()

    def http_api(self, path: str) -> str:
        return f"/_aws/execute-api/{self.ids['HttpApi']}/$default{path}"


@pytest.fixture(scope="module")
def site(serein_module: Serein, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder: Path = tmp_path_factory.mktemp("shop")
    domain = f"{serein_module.unique('api')}.example.com"
    for name, text in {
        "serverless.yml": SERVICE.replace("DOMAIN", domain),
        "web/store.py": APP,
        "jobs.py": "import unzip_requirements\nimport library\n" + WORKER,
        "vendored/library.py": "NAME = 'vendored'\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Site(serein_module, application(serein_module, folder), domain)


def test_a_wsgi_application_answers_an_http_api(site: Site) -> None:
    reply, body = site.ask(site.http_api("/a%20b/c?x=1&x=2"), **{"X-Mine": "yes", "Cookie": "k=v"})
    assert reply.status == 418
    assert reply.headers.get_all("set-cookie") == ["a=1", "b=2"]
    assert json.loads(body) == {
        "path": "/a b/c",
        "script": "",
        "query": "x=1&x=2",
        "name": "vendored",
        "header": "yes",
        "cookie": "k=v",
    }


def test_a_wsgi_application_answers_a_rest_api_below_its_stage(site: Site) -> None:
    reply, body = site.ask(f"/_aws/execute-api/{site.ids['ApiGatewayRestApi']}/dev/x/y?q=1")
    assert reply.status == 418
    assert reply.headers.get_all("set-cookie") == ["a=1", "b=2"]
    seen = json.loads(body)
    assert (seen["path"], seen["query"]) == ("/x/y", "q=1")


def test_a_wsgi_application_may_answer_bytes(site: Site) -> None:
    assert site.ask(site.http_api("/picture"))[1] == bytes([0, 255])


def test_a_worker_of_a_queue_is_invoked_with_what_was_sent(site: Site) -> None:
    assert site.ask(site.http_api("/jobs"), "POST", "first")[1] == b"queued"
    site.aws.wait_until_idle()
    found = site.aws.client("s3").list_objects_v2(Bucket=site.ids["filesBucket23E7585D"])
    assert [each["Key"] for each in found["Contents"]] == ["first"]


def test_the_api_answers_at_its_own_domain(site: Site) -> None:
    reply, body = site.ask("/v1/hello", Host=site.domain)
    assert reply.status == 418
    assert json.loads(body)["path"].endswith("/hello")


def test_services_share_a_domain_and_neither_changes_it_again(site: Site, tmp_path: Path) -> None:
    (tmp_path / "serverless.yml").write_text(SECOND.replace("DOMAIN", site.domain))
    (tmp_path / "app.py").write_text("def f(event, context):\n    return 'second'\n")
    second = application(site.aws, tmp_path).deploy()
    assert not [kind for kind in second.types.values() if kind.endswith("DomainName")]
    assert site.ask("/v2/there", Host=site.domain)[1] == b"second"
    assert site.ask("/v1/there", Host=site.domain)[0].status == 418
    assert site.application.deploy().is_changed is False
