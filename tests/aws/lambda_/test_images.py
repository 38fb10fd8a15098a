"""Functions whose code is a container image, through the API; where no engine runs containers, the tests say so."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from container_images import build_image, containers, python_image, remove_image, require_engine
from serein.deploy.errors import BuildFailed
from serein.runtime.container_commands import SERVER_LABEL
from serein.runtime.containers import ContainerEngine
from serein.testing import ServerProcess
from tests.conftest import Aws

ROLE = "arn:aws:iam::123456789012:role/r"


def handler(text: str) -> dict[str, str]:
    return {"app.py": f"def handler(event, context):\n    return [{text!r}, event]\n"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    engine = " ".join(require_engine())
    server = ServerProcess(tmp_path_factory.mktemp("images"), {"container_engine": engine})
    yield server
    server.stop()


@pytest.fixture
def tag(aws: Aws) -> Iterator[str]:
    """An image's name that no other test has."""
    tag = f"localhost/serein-tests/{aws.unique('image')}:latest"
    yield tag
    remove_image(tag)


@pytest.fixture
def functions(server: ServerProcess) -> Any:
    return Aws(server.endpoint).client("lambda")


def invoke(functions: Any) -> Any:
    reply = functions.invoke(FunctionName="i", Payload=b'{"a": 1}')
    payload = json.loads(reply["Payload"].read())
    assert "FunctionError" not in reply, payload
    return payload


def test_a_function_keeps_the_image_that_its_uri_stood_for(functions: Any, tag: str, tmp_path: Path) -> None:
    first = build_image(tag, tmp_path, handler("one"))
    made = functions.create_function(
        FunctionName="i", Role=ROLE, PackageType="Image", Code={"ImageUri": tag}, Timeout=30, MemorySize=256
    )
    assert (made["PackageType"], made["CodeSha256"], made["CodeSize"]) == ("Image", first, 0)
    functions.get_waiter("function_active_v2").wait(FunctionName="i")
    repository = tag.removesuffix(":latest")
    assert functions.get_function(FunctionName="i")["Code"] == {
        "RepositoryType": "ECR",
        "ImageUri": tag,
        "ResolvedImageUri": f"{repository}@sha256:{first}",
    }
    assert invoke(functions) == ["one", {"a": 1}]
    second = build_image(tag, tmp_path, handler("two"))
    functions.update_function_configuration(FunctionName="i", Description="another environment")
    assert invoke(functions) == ["one", {"a": 1}]
    version = functions.publish_version(FunctionName="i")["Version"]
    assert functions.update_function_code(FunctionName="i", ImageUri=tag)["CodeSha256"] == second
    assert invoke(functions) == ["two", {"a": 1}]
    old = functions.invoke(FunctionName="i", Qualifier=version, Payload=b"2")
    assert json.loads(old["Payload"].read()) == ["one", 2]
    functions.delete_function(FunctionName="i")


def test_image_config_is_applied_and_replaced(functions: Any, tag: str, tmp_path: Path) -> None:
    files = {"app.py": "def one(e, c):\n    return 1\ndef two(e, c):\n    return 2\n"}
    build_image(tag, tmp_path, files)
    functions.create_function(
        FunctionName="i",
        Role=ROLE,
        PackageType="Image",
        Code={"ImageUri": tag},
        Timeout=30,
        ImageConfig={"Command": ["app.one"]},
    )
    assert invoke(functions) == 1
    functions.update_function_configuration(FunctionName="i", ImageConfig={"Command": ["app.two"]})
    assert invoke(functions) == 2
    functions.delete_function(FunctionName="i")


def test_a_missing_image_is_told_when_the_function_is_invoked(functions: Any) -> None:
    nowhere = "127.0.0.1:1/nobody/nothing:1"
    functions.create_function(FunctionName="m", Role=ROLE, PackageType="Image", Code={"ImageUri": nowhere})
    reply = functions.invoke(FunctionName="m")
    assert reply["FunctionError"] == "Unhandled"
    assert json.loads(reply["Payload"].read())["errorType"] == "InvalidImage"


def test_nothing_is_left_when_the_server_ends(tag: str, tmp_path: Path) -> None:
    engine = " ".join(require_engine())
    build_image(tag, tmp_path, handler("one"))
    label = f"{SERVER_LABEL}={ContainerEngine('off', {}, tmp_path / 'data' / 'functions' / 'runtime').label}"
    server = ServerProcess(tmp_path / "data", {"container_engine": engine})
    functions = Aws(server.endpoint).client("lambda")
    functions.create_function(FunctionName="i", Role=ROLE, PackageType="Image", Code={"ImageUri": tag}, Timeout=30)
    assert invoke(functions) == ["one", {"a": 1}]
    assert len(containers(label)) == 1
    server.stop()
    assert containers(label) == []


def test_without_an_engine_the_error_says_what_to_install(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, {"container_engine": "off"})
    functions = Aws(server.endpoint).client("lambda")
    functions.create_function(FunctionName="i", Role=ROLE, PackageType="Image", Code={"ImageUri": "example:1"})
    with pytest.raises(ClientError) as refused:
        functions.invoke(FunctionName="i")
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    assert "Install and start Docker or Podman" in refused.value.response["Error"]["Message"]
    server.stop()


TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Timeout: 30}
Resources:
  %s:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: i, PackageType: Image, ImageConfig: {Command: [app.handler]}}
    Metadata: {Dockerfile: Dockerfile.own, DockerContext: ./code, DockerTag: v1, DockerBuildArgs: {SAID: %s}}
"""


def test_a_sam_template_has_its_image_built_and_changed(
    server: ServerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEREIN_CONTAINER_ENGINE", " ".join(require_engine()))
    logical_id = f"Hello{os.getpid()}"
    code = tmp_path / "code"
    code.mkdir()
    dockerfile = f"FROM {python_image()}\nARG SAID\nENV SAID=$SAID\nCOPY app.py /var/task/\n"
    (code / "Dockerfile.own").write_text(dockerfile)
    (tmp_path / "template.yaml").write_text(TEMPLATE % (logical_id, "built"))
    aws = Aws(server.endpoint)
    functions = aws.client("lambda")
    for text in ("one", "two"):
        source = f"import os\ndef handler(event, context):\n    return [{text!r}, os.environ['SAID'], event]\n"
        (code / "app.py").write_text(source)
        aws.deploy(tmp_path)
        assert invoke(functions) == [text, "built", {"a": 1}]
    (code / "Dockerfile.own").write_text("FROM nothing-of-that-name:0\nRUN false\n")
    with pytest.raises(BuildFailed, match=f"{logical_id}: "):
        aws.deploy(tmp_path)
    remove_image(f"localhost/serein/{logical_id.lower()}:v1")


def test_deploying_an_image_without_an_engine_says_what_to_install(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEREIN_CONTAINER_ENGINE", "off")
    (tmp_path / "code").mkdir()
    (tmp_path / "template.yaml").write_text(TEMPLATE % ("Hello", "one"))
    with pytest.raises(BuildFailed, match=r"Dockerfile\.own does not exist"):
        aws.deploy(tmp_path)
    (tmp_path / "code" / "Dockerfile.own").write_text("FROM scratch\n")
    with pytest.raises(BuildFailed, match="Install and start Docker or Podman"):
        aws.deploy(tmp_path)
    (tmp_path / "template.yaml").write_text(TEMPLATE.replace("Metadata", "Mutterings") % ("Hello", "one"))
    with pytest.raises(BuildFailed, match="PackageType Image needs ImageUri, or Metadata"):
        aws.deploy(tmp_path)
