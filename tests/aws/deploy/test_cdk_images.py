"""Image assets of CDK apps, built and run by a container engine; where none runs containers, the test says so."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdk_projects import ROLE, open_app, write_project
from container_images import python_image, remove_image, require_engine
from serein.testing import ServerProcess
from tests.conftest import Aws


@pytest.fixture
def engine_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    engine = " ".join(require_engine())
    monkeypatch.setenv("SEREIN_CONTAINER_ENGINE", engine)
    server = ServerProcess(tmp_path / "server", {"container_engine": engine})
    yield Aws(server.endpoint)
    server.stop()


def test_an_image_asset_is_built_and_its_function_runs(engine_server: Aws, tmp_path: Path) -> None:
    project = tmp_path / "shop"
    (project / "image").mkdir(parents=True)
    (project / "image" / "app.py").write_text(
        "import os\ndef handler(event, context):\n    return os.environ['SAID']\n"
    )
    (project / "image" / "Dockerfile").write_text(
        f"FROM {python_image()}\nARG SAID\nENV SAID=$SAID\nCOPY app.py /var/task/\n"
    )
    source = {"directory": str(project / "image"), "dockerBuildArgs": {"SAID": "hello"}}
    repository, tag = "cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}", "a" * 64
    images = {"i": {"source": source, "destinations": {"here": {"repositoryName": repository, "imageTag": tag}}}}
    uri = f"${{AWS::AccountId}}.dkr.ecr.${{AWS::Region}}.${{AWS::URLSuffix}}/{repository}:{tag}"
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "PackageType": "Image",
            "Code": {"ImageUri": {"Fn::Sub": uri}},
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "MemorySize": 256,
            "Timeout": 30,
        },
    }
    template = {"Resources": {"Role": ROLE, "Function": function}}
    write_project(project, {"stacks": {"Api": {"template": template, "images": images}}})
    name = open_app(engine_server, project).deploy().resources["Function"]
    found = engine_server.client("lambda").get_function(FunctionName=name)["Code"]["ImageUri"]
    try:
        assert json.load(engine_server.client("lambda").invoke(FunctionName=name)["Payload"]) == "hello"
    finally:
        remove_image(found)
