"""The Parameters and Secrets extension: what functions get from it, from its cache, and when it refuses."""

import json
from collections.abc import Callable
from typing import Any

import pytest

SOURCE = """
import os, urllib.request, urllib.error

def handler(event, context):
    port = os.environ["PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"]
    headers = {"X-Aws-Parameters-Secrets-Token": event.get("token", os.environ["AWS_SESSION_TOKEN"])}
    request = urllib.request.Request(
        f"http://localhost:{port}" + event["path"], headers=headers, method=event.get("method", "GET")
    )
    try:
        with urllib.request.urlopen(request) as reply:
            return [reply.status, reply.headers["Content-Type"], reply.read().decode()]
    except urllib.error.HTTPError as error:
        return [error.code, error.headers["X-Amzn-Errortype"], error.read().decode()]
"""
Ask = Callable[..., Any]


@pytest.fixture
def deploy(aws: Any, create: Callable[..., Any]) -> Callable[..., None]:
    def deploy_with(**variables: str) -> None:
        arn = f"arn:aws:lambda:{aws.region}:177933569100:layer:AWS-Parameters-and-Secrets-Lambda-Extension:11"
        create(SOURCE, Layers=[arn], Environment={"Variables": variables})

    return deploy_with


@pytest.fixture
def ask(invoke: Callable[..., Any]) -> Ask:
    """What the function is answered: the document, or the status, error and text of a refusal."""

    def ask_for(path: str, **event: Any) -> Any:
        status, kind, body = invoke({"path": path, **event})
        return json.loads(body) if status == 200 else (status, kind, body)

    return ask_for


def test_a_function_reads_parameters(aws: Any, deploy: Callable[..., None], ask: Ask) -> None:
    ssm = aws.client("ssm")
    ssm.put_parameter(Name="/shop/url", Type="String", Value="first")
    ssm.put_parameter(Name="/shop/url", Type="String", Value="second", Overwrite=True)
    ssm.label_parameter_version(Name="/shop/url", ParameterVersion=1, Labels=["old"])
    ssm.put_parameter(Name="key", Type="SecureString", Value="hush")
    deploy()
    path = "/systemsmanager/parameters/get"
    found = ask(f"{path}?name=%2Fshop%2Furl")
    parameter = found["Parameter"]
    assert found["ResultMetadata"] == {} and parameter["LastModifiedDate"].endswith("Z")
    expected = ssm.get_parameter(Name="/shop/url")["Parameter"]
    assert parameter | {"LastModifiedDate": expected["LastModifiedDate"]} == {
        **expected,
        "Selector": None,
        "SourceResult": None,
    }
    first = ask(f"{path}/?name=%2Fshop%2Furl&version=1")["Parameter"]
    assert (first["Value"], first["Version"], first["Selector"]) == ("first", 1, ":1")
    assert ask(f"{path}?name=%2Fshop%2Furl&label=old")["Parameter"]["Value"] == "first"
    assert ask(f"{path}?name=key&withDecryption=true")["Parameter"]["Value"] == "hush"
    assert ask(f"{path}?name=key")["Parameter"]["Value"] != "hush"


def test_a_function_reads_secrets(aws: Any, deploy: Callable[..., None], ask: Ask) -> None:
    secrets = aws.client("secretsmanager")
    first = secrets.create_secret(Name="shop/db", SecretString='{"user": "me"}')
    secrets.put_secret_value(SecretId="shop/db", SecretString="second")
    secrets.create_secret(Name="bytes", SecretBinary=b"\x00\xff")
    deploy()
    found = ask("/secretsmanager/get?secretId=shop%2Fdb")
    assert found["CreatedDate"].endswith("Z")
    assert (found["ARN"], found["Name"], found["SecretString"]) == (first["ARN"], "shop/db", "second")
    assert (found["SecretBinary"], found["VersionStages"], found["ResultMetadata"]) == (None, ["AWSCURRENT"], {})
    by_version = ask(f"/secretsmanager/get?secretId=shop%2Fdb&versionId={first['VersionId']}")
    assert by_version["SecretString"] == '{"user": "me"}'
    assert ask("/secretsmanager/get?secretId=shop%2Fdb&versionStage=AWSPREVIOUS") == by_version
    assert ask("/secretsmanager/get?secretId=bytes")["SecretBinary"] == "AP8="


def test_what_it_refuses(aws: Any, deploy: Callable[..., None], ask: Ask) -> None:
    deploy()
    failed = "an unexpected error occurred while executing request"
    assert ask("/systemsmanager/parameters/get?name=none") == (400, "ParameterNotFound", failed)
    assert ask("/secretsmanager/get?secretId=none") == (400, "ResourceNotFoundException", failed)
    assert ask("/systemsmanager/parameters/get") == (400, "ValidationException", failed)
    refused = (401, "AccessDeniedException", "bad session token or header key")
    assert ask("/secretsmanager/get?secretId=none", token="other") == refused
    assert ask("/elsewhere")[0] == 404
    assert ask("/secretsmanager/get?secretId=none", method="POST")[0] == 405


def test_answers_are_cached_for_as_long_as_the_function_wants(aws: Any, deploy: Callable[..., None], ask: Ask) -> None:
    ssm = aws.client("ssm")
    path = "/systemsmanager/parameters/get?name=p"
    ssm.put_parameter(Name="p", Type="String", Value="first")
    deploy(SSM_PARAMETER_STORE_TTL="60")
    assert ask(path)["Parameter"]["Value"] == "first"
    ssm.put_parameter(Name="p", Type="String", Value="second", Overwrite=True)
    aws.advance(50)
    assert ask(path)["Parameter"]["Value"] == "first"
    aws.advance(10)
    assert ask(path)["Parameter"]["Value"] == "second"


@pytest.mark.parametrize(
    "variables",
    [
        {"SSM_PARAMETER_STORE_TTL": "0"},
        {"PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED": "FALSE"},
        {"PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE": "0"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_functions_can_do_without_the_cache(
    aws: Any, deploy: Callable[..., None], ask: Ask, variables: dict[str, str]
) -> None:
    ssm = aws.client("ssm")
    path = "/systemsmanager/parameters/get?name=p"
    ssm.put_parameter(Name="p", Type="String", Value="first")
    deploy(**variables)
    assert ask(path)["Parameter"]["Value"] == "first"
    ssm.put_parameter(Name="p", Type="String", Value="second", Overwrite=True)
    assert ask(path)["Parameter"]["Value"] == "second"


def test_a_full_cache_forgets_what_was_not_used_longest(aws: Any, deploy: Callable[..., None], ask: Ask) -> None:
    secrets = aws.client("secretsmanager")
    deploy(PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE="1")
    for name in ("a", "b"):
        secrets.create_secret(Name=name, SecretString="first")
        assert ask(f"/secretsmanager/get?secretId={name}")["SecretString"] == "first"
        secrets.put_secret_value(SecretId=name, SecretString="second")
    assert ask("/secretsmanager/get?secretId=b")["SecretString"] == "first"
    assert ask("/secretsmanager/get?secretId=a")["SecretString"] == "second"


def test_functions_share_no_cache_and_another_port_can_be_asked_for(
    aws: Any, create: Callable[..., Any], deploy: Callable[..., None], ask: Ask, invoke: Callable[..., Any]
) -> None:
    ssm = aws.client("ssm")
    ssm.put_parameter(Name="p", Type="String", Value="first")
    deploy()
    path = "/systemsmanager/parameters/get?name=p"
    assert ask(path)["Parameter"]["Value"] == "first"
    ssm.put_parameter(Name="p", Type="String", Value="second", Overwrite=True)
    arn = f"arn:aws:lambda:{aws.region}:177933569100:layer:AWS-Parameters-and-Secrets-Lambda-Extension:11"
    variables = {"PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": "2774"}
    create(SOURCE, "g", Layers=[arn], Environment={"Variables": variables})
    status, kind, body = invoke({"path": path}, "g")
    assert (status, kind, json.loads(body)["Parameter"]["Value"]) == (200, "application/json", "second")
