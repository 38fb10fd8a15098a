"""Assets of CDK apps, and saves while an app is up."""

import fcntl
import io
import json
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from cdk_projects import CODE, function, open_app, queue, runs, told, write_project
from serein.deploy import BuildFailed
from serein.deploy.cdk.application import CdkApplication
from serein.deploy.plans import Plan
from serein.testing import Serein

BUCKET = "cdk-hnb659fds-assets-{0.account}-{0.region}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "code" / ".hidden").mkdir(parents=True)
    (folder / "code" / "index.py").write_text(CODE)
    (folder / "code" / ".hidden" / "run.sh").write_text("true\n")
    (folder / "code" / ".hidden" / "run.sh").chmod(0o755)
    return folder


def _file(key: str, path: str, **more: Any) -> dict[str, Any]:
    place = {"bucketName": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}", "objectKey": key}
    return {"source": {"path": path, "packaging": "file"}, "destinations": {"here": place}, **more}


def _invoke(aws: Serein, name: str) -> object:
    return json.load(aws.client("lambda").invoke(FunctionName=name)["Payload"])


def _content(aws: Serein, bucket: str, key: str, **options: Any) -> bytes:
    body: bytes = aws.client("s3", **options).get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


def test_folders_are_zipped_whole_and_files_go_as_they_are(aws: Serein, project: Path) -> None:
    (project / "page.html").write_text("hello")
    files = {
        "f": _file("page.html", str(project / "page.html")),
        "made": {
            **_file("made.txt", ""),
            "source": {"executable": ["sh", "-c", f"echo made > {project}/made.txt; echo {project}/made.txt"]},
        },
    }
    write_project(project, {"stacks": {"Api": function(files=files)}})
    open_app(aws, project).deploy()
    bucket = BUCKET.format(aws)
    assert _content(aws, bucket, "page.html") == b"hello"
    assert _content(aws, bucket, "made.txt") == b"made\n"
    keys = [each["Key"] for each in aws.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    [zipped] = [key for key in keys if key.endswith(".zip")]
    with zipfile.ZipFile(io.BytesIO(_content(aws, bucket, zipped))) as package:
        assert sorted(package.namelist()) == [".hidden/run.sh", "index.py"]
        assert package.getinfo(".hidden/run.sh").external_attr >> 16 & 0o111


def test_assets_go_to_the_buckets_and_regions_that_they_name(aws: Serein, project: Path) -> None:
    (project / "page.html").write_text("hello")
    own, far = aws.unique("own"), aws.unique("far")
    asset = _file("page", str(project / "page.html"))
    asset["destinations"] = {
        "own": {"bucketName": own, "objectKey": "page"},
        "far": {"bucketName": far, "objectKey": "page", "region": "eu-west-1"},
    }
    write_project(project, {"stacks": {"One": queue(files={"f": asset})}})
    open_app(aws, project).deploy()
    assert _content(aws, own, "page") == b"hello"
    assert _content(aws, far, "page", region_name="eu-west-1") == b"hello"
    assert aws.client("s3").get_bucket_location(Bucket=far)["LocationConstraint"] == "eu-west-1"


def test_an_asset_that_can_not_be_made_is_named(aws: Serein, project: Path) -> None:
    write_project(project, {"stacks": {"One": queue(files={"f": _file("x", "nowhere")})}})
    with pytest.raises(BuildFailed, match=r"The asset f: .*nowhere does not exist"):
        open_app(aws, project).deploy()
    failing = {**_file("x", ""), "source": {"executable": ["sh", "-c", "echo broken >&2; exit 3"]}}
    write_project(project, {"stacks": {"One": queue(files={"f": failing})}})
    with pytest.raises(BuildFailed, match="broken"):
        open_app(aws, project).deploy()


def test_an_image_without_an_engine_is_refused_by_its_name(
    aws: Serein, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEREIN_CONTAINER_ENGINE", "off")
    (project / "code" / "Dockerfile").write_text("FROM scratch\n")
    place = {"repositoryName": "assets", "imageTag": "1"}
    source: dict[str, Any] = {"directory": str(project / "code")}
    write_project(
        project, {"stacks": {"One": queue(images={"i": {"source": source, "destinations": {"here": place}}})}}
    )
    with pytest.raises(BuildFailed, match=r"The image asset .*/code: its image is built by a container engine"):
        open_app(aws, project).deploy()


def test_assets_of_the_legacy_synthesizer_are_given_as_parameters(aws: Serein, project: Path) -> None:
    names = {"s3BucketParameter": "Bucket", "s3KeyParameter": "Key", "artifactHashParameter": "Hash"}
    asset = {"path": str(project / "code"), "id": "a1", "packaging": "zip", "sourceHash": "a1", **names}
    template = function()["template"]
    template = json.loads(json.dumps(template))
    template["Parameters"] = {name: {"Type": "String"} for name in names.values()}
    parts = {"Fn::Split": ["||", {"Ref": "Key"}]}
    key = {"Fn::Join": ["", [{"Fn::Select": [0, parts]}, {"Fn::Select": [1, parts]}]]}
    template["Resources"]["Function"]["Properties"]["Code"] = {"S3Bucket": {"Ref": "Bucket"}, "S3Key": key}
    properties = {"bootstrapStackVersionSsmParameter": None, "stackTemplateAssetObjectUrl": None}
    metadata = {"/Api": [{"type": "aws:cdk:asset", "data": asset}]}
    write_project(project, {"stacks": {"Api": {"template": template, "metadata": metadata, "properties": properties}}})
    deployed = open_app(aws, project).deploy()
    assert _invoke(aws, deployed.resources["Function"]) == "first"


def _save(project: Path, name: str, text: str) -> list[Path]:
    (project / name).write_text(text)
    return [project / name]


def test_saved_code_takes_effect_without_running_the_app(aws: Serein, project: Path) -> None:
    write_project(project, {"stacks": {"Api": function(), "Other": queue()}}, watch={"exclude": ["**/*.py"]})
    application = open_app(aws, project)
    deployed = application.deploy()
    name = deployed.resources["Api/Function"]
    second = CODE.replace("first", "second")
    assert application.redeploy(_save(project, "code/index.py", second)) == ["Function"]
    assert _invoke(aws, name) == "second"
    assert application.redeploy(_save(project, "code/index.py", second)) == []
    assert runs(project) == 1
    application.deploy()
    assert (_invoke(aws, name), runs(project)) == ("second", 2)


def test_a_file_that_comes_or_goes_or_is_the_apps_runs_it_again(aws: Serein, project: Path) -> None:
    write_project(project, {"stacks": {"Api": function(), "Other": queue()}})
    application = open_app(aws, project)
    name = application.deploy().resources["Api/Function"]
    new = _save(project, "code/more.py", "TEXT = 'more'\n")
    _save(project, "code/index.py", "import more\ndef handler(event, context):\n    return more.TEXT\n")
    shown: list[Plan] = []
    assert application.redeploy([*new, project / "code" / "index.py"], shown.append) == ["Api"]
    assert [(plan.stack, [each.logical_id for each in plan.resources]) for plan in shown] == [("Api", ["Function"])]
    assert (_invoke(aws, name), runs(project)) == ("more", 2)
    write_project(project, {"stacks": {"Api": function(), "Other": queue(), "New": queue()}})
    assert application.redeploy([project / "app.json"]) == ["New"]
    assert application.redeploy([project / "app.json"]) == []
    assert runs(project) == 3


def _edited(application: CdkApplication, project: Path, before: int) -> bool:
    """Whether saved code took effect without a run."""
    application.redeploy(_save(project, "code/index.py", f"{CODE}# {before}\n"))
    return runs(project) == before


def test_code_that_a_version_or_a_layer_holds_too_is_deployed_by_the_stack(aws: Serein, project: Path) -> None:
    version = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Function"}}}
    content = function()["template"]["Resources"]["Function"]["Properties"]["Code"]
    layer = {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": content}}
    for more in ({"Version": version}, {"Layer": layer}):
        stack = function()
        stack["template"] = {"Resources": {**stack["template"]["Resources"], **more}}
        write_project(project, {"stacks": {"Api": stack}})
        application = open_app(aws, project)
        application.deploy()
        assert not _edited(application, project, runs(project))


def test_files_that_cdk_json_does_not_watch_change_nothing(aws: Serein, project: Path) -> None:
    watch = {"include": ["lib/**"], "exclude": ["lib/*.md", "lib/gen"]}
    write_project(project, {"stacks": {"One": queue()}}, watch=watch)
    application = open_app(aws, project)
    application.deploy()
    (project / "lib" / "gen").mkdir(parents=True)
    for name in ("readme.txt", "lib/notes.md", "lib/gen/made.js", ".serein/x"):
        application.redeploy(_save(project, name, "text"))
    assert runs(project) == 1
    application.redeploy(_save(project, "lib/stack.py", "text"))
    assert runs(project) == 2
    application.redeploy([project / "cdk.json"])
    assert runs(project) == 3


def test_files_that_came_and_went_are_no_changes_and_cdk_json_is_read_again(aws: Serein, project: Path) -> None:
    write_project(project, {"stacks": {"Api": function(), "Other": queue()}})
    application = open_app(aws, project)
    application.deploy()
    saved = _save(project, "code/index.py", CODE.replace("first", "second"))
    assert application.redeploy([*saved, project / "code" / "4913"]) == ["Function"]
    assert runs(project) == 1
    write_project(project, {"stacks": {"Api": function(), "Other": queue()}}, context={"color": "green"})
    application.redeploy([project / "cdk.json"])
    assert told(project)["context"]["color"] == "green"
    (project / "code" / "index.py").unlink()
    application.redeploy([project / "code" / "index.py"])
    assert runs(project) == 3


def test_functions_that_the_library_adds_are_not_shown_as_the_apps(aws: Serein, project: Path) -> None:
    paths = {
        "Own": "Api/Own/Resource",
        "Retention": "Api/LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8a/Resource",
        "Deletes": "Api/Custom::S3AutoDeleteObjectsCustomResourceProvider/Handler",
        "Framework": "Api/Provider/framework-onEvent/Resource",
    }
    stack = function()
    made = stack["template"]["Resources"].pop("Function")
    for name, path in paths.items():
        stack["template"]["Resources"][name] = {**made, "Metadata": {"aws:cdk:path": path}}
    write_project(project, {"stacks": {"Api": stack}})
    deployed = open_app(aws, project).deploy()
    assert deployed.types == {"Role": "AWS::IAM::Role", "Own": "AWS::Lambda::Function"}
    assert deployed.resources.keys() == deployed.types.keys()


def test_an_asset_of_the_whole_project_goes_without_what_serein_keeps_in_it(aws: Serein, project: Path) -> None:
    (project / "code" / ".serein").mkdir()
    (project / "code" / ".serein" / "server.log").write_text("text")
    write_project(project, {"stacks": {"Api": function()}})
    deployed = open_app(aws, project).deploy()
    assert any("an asset of the whole project has .serein in it" in warning for warning in deployed.warnings)
    location = aws.client("lambda").get_function(FunctionName=deployed.resources["Function"])["Code"]["Location"]
    with urllib.request.urlopen(location) as reply, zipfile.ZipFile(io.BytesIO(reply.read())) as package:
        assert sorted(package.namelist()) == [".hidden/run.sh", "index.py"]


def test_commands_about_one_app_wait_for_one_another(aws: Serein, project: Path) -> None:
    write_project(project, {"stacks": {"Api": function()}})
    said: Queue[str] = Queue()
    first, second = open_app(aws, project), open_app(aws, project, say=said.put)
    first.deploy()
    with (project / ".serein" / "cdk.lock").open("w") as lock, ThreadPoolExecutor() as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        plan = pool.submit(second.plan)
        assert said.get(timeout=60) == "Waiting for another command that is about this app"
        assert not plan.done()
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert [each.is_empty for each in plan.result()] == [True]
