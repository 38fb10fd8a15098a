"""Function URLs: who may use them, host names, streams, throttles, lists."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from serein.testing import ServerProcess
from tests.aws.lambda_.conftest import package

ROOT = ("AKIAROOT000000000001", "root/secret+1")
ROLE = "arn:aws:iam::000000000000:role/r"
FORBIDDEN = {
    "Message": "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
}
NODE_STREAM = """
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  if (event.rawPath === '/fails') throw new Error('secret');
  if (event.rawPath === '/plain') { stream.setContentType('text/plain'); stream.write('hi'); stream.end(); return; }
  const metadata = { statusCode: 201, headers: { 'X-A': 'b' }, cookies: ['c=d', 'e=f'] };
  stream = awslambda.HttpResponseStream.from(stream, metadata);
  stream.write('one '); stream.write('two'); stream.end();
});
"""


def send(
    url: str, headers: dict[str, str] | None = None, method: str = "GET", body: bytes | None = None
) -> tuple[int, Any, bytes]:
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def signed(url: str, key: tuple[str, str], service: str = "lambda", body: bytes = b"") -> dict[str, str]:
    request = AWSRequest("GET", url, data=body)
    SigV4Auth(Credentials(*key), service, "us-east-1").add_auth(request)
    return dict(request.headers)


@pytest.fixture
def url_of(aws: Any, functions: Any) -> Callable[..., str]:
    def make(**settings: Any) -> str:
        config = functions.create_function_url_config(FunctionName="f", **{"AuthType": "NONE", **settings})
        url_id = config["FunctionUrl"].removeprefix("http://").split(".")[0]
        return f"{aws.endpoint}/_aws/lambda/url/{url_id}"

    return make


def test_a_signed_request_tells_the_function_who_signed_it(
    aws: Any, create: Callable[..., Any], url_of: Callable[..., str]
) -> None:
    create()
    url = url_of(AuthType="AWS_IAM") + "/x"
    assert send(url)[0] == 403
    status, _, body = send(url, signed(url, (aws.account, "any")))
    context = json.loads(body)["requestContext"]
    assert (status, context["accountId"]) == (200, aws.account)
    assert context["authorizer"]["iam"]["userArn"] == f"arn:aws:iam::{aws.account}:root"
    status, _, body = send(url, signed(url, (aws.account, "any"), service="execute-api"))
    assert (status, json.loads(body)) == (
        403,
        {"Message": "Credential should be scoped to correct service: 'lambda'."},
    )


def test_a_url_has_the_host_names_of_aws_and_of_this_machine(
    create: Callable[..., Any], url_of: Callable[..., str], aws: Any
) -> None:
    create()
    url_id = url_of().rpartition("/")[2]
    for domain in (
        f"{url_id}.lambda-url.us-east-1.on.aws",
        f"{url_id}.lambda-url.localhost",
        f"{url_id}.lambda-url.us-east-1.localhost",
    ):
        event = json.loads(send(f"{aws.endpoint}/a/b", {"Host": domain})[2])
        assert event["rawPath"] == "/a/b"
        assert (event["requestContext"]["domainName"], event["requestContext"]["domainPrefix"]) == (domain, url_id)
    assert send(f"{aws.endpoint}/", {"Host": f"{'0' * 32}.lambda-url.localhost"})[0] == 403


def test_bodies_that_are_not_text_are_base64(create: Callable[..., Any], url_of: Callable[..., str]) -> None:
    create()
    url = url_of()
    for kind, body, told in (
        ("text/plain", b"hi", ("hi", False)),
        ("application/json; charset=utf-8", b"{}", ("{}", False)),
        ("application/octet-stream", b"hi", ("aGk=", True)),
        ("application/x-www-form-urlencoded", b"a=b", ("YT1i", True)),
        ("text/plain", b"\xff", ("/w==", True)),
    ):
        event = json.loads(send(url, {"Content-Type": kind}, "POST", body)[2])
        assert (event["body"], event["isBase64Encoded"]) == told


def test_throttled_requests_are_told_so(functions: Any, create: Callable[..., Any], url_of: Callable[..., str]) -> None:
    create()
    url = url_of()
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    assert send(url)[0] == 429


def test_replies_that_make_no_sense_are_a_bad_gateway(create: Callable[..., Any], url_of: Callable[..., str]) -> None:
    create("import json\ndef handler(event, context):\n    return json.loads(event['body'])\n")
    url = url_of()
    for reply in ({"statusCode": "no"}, {"statusCode": 99}, {"statusCode": 200, "body": "a", "isBase64Encoded": True}):
        status, _, body = send(url, {"Content-Type": "application/json"}, "POST", json.dumps(reply).encode())
        assert (status, body) == (502, b"Internal Server Error")
    assert send(url, {"Content-Type": "application/json"}, "POST", b'"hi"')[2] == b'"hi"'


def test_a_stream_says_its_status_headers_and_cookies_first(
    create: Callable[..., Any], url_of: Callable[..., str]
) -> None:
    code = {"ZipFile": package(NODE_STREAM, "app.js")}
    create(Runtime="nodejs20.x", Code=code)
    url = url_of(InvokeMode="RESPONSE_STREAM")
    status, headers, body = send(url + "/")
    assert (status, headers["x-a"], headers.get_all("set-cookie"), body) == (201, "b", ["c=d", "e=f"], b"one two")
    status, headers, body = send(url + "/plain")
    assert (status, headers["content-type"], body) == (200, "text/plain", b"hi")
    status, _, body = send(url + "/fails")
    assert status == 502
    assert b"secret" not in body


def test_cors_replaces_what_the_function_says(create: Callable[..., Any], url_of: Callable[..., str]) -> None:
    create(
        "def handler(event, context):\n"
        "    return {'statusCode': 200, 'headers': {'Access-Control-Allow-Origin': 'https://own.example'}}\n"
    )
    url = url_of(
        Cors={
            "AllowOrigins": ["https://*.example"],
            "AllowCredentials": True,
            "ExposeHeaders": ["x-a", "x-b"],
            "AllowHeaders": ["x-c"],
            "AllowMethods": ["*"],
            "MaxAge": 5,
        }
    )
    _, headers, _ = send(url, {"Origin": "https://a.example"})
    assert headers.get_all("access-control-allow-origin") == ["https://a.example"]
    assert headers["access-control-allow-credentials"] == "true"
    assert headers["access-control-expose-headers"] == "x-a,x-b"
    assert headers["vary"] == "Origin"
    asks = {"Origin": "https://a.example", "Access-Control-Request-Method": "PUT"}
    _, headers, _ = send(url, asks, "OPTIONS")
    assert headers["access-control-allow-headers"] == "x-c"
    assert (headers["access-control-allow-methods"], headers["access-control-max-age"]) == ("*", "5")
    _, headers, _ = send(url, {**asks, "Origin": "https://b.test"}, "OPTIONS")
    assert "access-control-allow-origin" not in headers


def test_aliases_have_urls_of_their_own_and_lists_have_pages(
    functions: Any, create: Callable[..., Any], url_of: Callable[..., str]
) -> None:
    create("def handler(event, context):\n    return context.invoked_function_arn\n")
    functions.publish_version(FunctionName="f")
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    url_of()
    body = send(url_of(Qualifier="live"))[2]
    assert json.loads(body).endswith(":function:f:live")
    first = functions.list_function_url_configs(FunctionName="f", MaxItems=1)
    rest = functions.list_function_url_configs(FunctionName="f", Marker=first["NextMarker"])
    assert [each["FunctionArn"].rpartition(":")[2] for each in first["FunctionUrlConfigs"]] == ["f"]
    assert [each["FunctionArn"].rpartition(":")[2] for each in rest["FunctionUrlConfigs"]] == ["live"]


def test_what_is_missing_is_not_found(functions: Any, create: Callable[..., Any]) -> None:
    with pytest.raises(ClientError, match="Function does not exist"):
        functions.create_function_url_config(FunctionName="f", AuthType="NONE")
    with pytest.raises(ClientError, match="Function does not exist"):
        functions.update_function_url_config(FunctionName="f", AuthType="NONE")
    create()
    for change in (functions.create_function_url_config, functions.update_function_url_config):
        with pytest.raises(ClientError, match="Function does not exist"):
            change(FunctionName="f", AuthType="NONE", Qualifier="none")
    with pytest.raises(ClientError, match="The resource you requested does not exist"):
        functions.update_function_url_config(FunctionName="f", AuthType="NONE")
    with pytest.raises(ClientError, match="ValidationException"):
        functions.create_function_url_config(FunctionName="f", AuthType="NONE", Qualifier="1")


def test_replies_to_changes_show_the_mode_that_they_asked_for(functions: Any, create: Callable[..., Any]) -> None:
    create()
    assert "InvokeMode" not in functions.create_function_url_config(FunctionName="f", AuthType="NONE")
    assert functions.get_function_url_config(FunctionName="f")["InvokeMode"] == "BUFFERED"
    for mode in ("RESPONSE_STREAM", "BUFFERED"):
        assert functions.update_function_url_config(FunctionName="f", InvokeMode=mode)["InvokeMode"] == mode


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    settings = {"auth": "on", "root_access_key_id": ROOT[0], "root_secret_access_key": ROOT[1]}
    server = ServerProcess(tmp_path_factory.mktemp("urls"), settings)
    yield server
    server.stop()


def client(server: ServerProcess, service: str, key: tuple[str, ...] = ROOT) -> Any:
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    return boto3.client(
        service, endpoint_url=server.endpoint, region_name="us-east-1", **dict(zip(names, key, strict=False))
    )  # type: ignore[call-overload]


def test_where_keys_are_checked_signatures_and_policies_count(strict: ServerProcess) -> None:
    functions = client(strict, "lambda")
    source = {"ZipFile": package()}
    functions.create_function(FunctionName="f", Runtime="python3.11", Role=ROLE, Handler="app.handler", Code=source)
    functions.publish_version(FunctionName="f")
    functions.create_alias(FunctionName="f", Name="iam", FunctionVersion="1")
    urls = {}
    for kind, qualifier in (("NONE", {}), ("AWS_IAM", {"Qualifier": "iam"})):
        config = functions.create_function_url_config(FunctionName="f", AuthType=kind, **qualifier)
        url_id = urlsplit(config["FunctionUrl"]).netloc.partition(".")[0]
        urls[kind] = f"{strict.endpoint}/_aws/lambda/url/{url_id}/"
    status, _, body = send(urls["NONE"])
    assert (status, json.loads(body)) == (403, FORBIDDEN)
    functions.add_permission(
        FunctionName="f",
        StatementId="all",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )
    assert send(urls["NONE"])[0] == 200
    status, _, body = send(urls["AWS_IAM"])
    assert (status, json.loads(body)) == (403, FORBIDDEN)
    assert send(urls["AWS_IAM"], signed(urls["AWS_IAM"], ROOT))[0] == 200
    status, _, body = send(urls["AWS_IAM"], signed(urls["AWS_IAM"], (ROOT[0], "wrong")))
    assert status == 403
    assert "does not match the signature" in json.loads(body)["Message"]
    status, _, body = send(urls["AWS_IAM"], signed(urls["AWS_IAM"], ("AKIAUNKNOWN000000001", "wrong")))
    assert (status, json.loads(body)["Message"]) == (403, "The security token included in the request is invalid.")
