"""The CDK's command line and library, as npm has them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdk_projects import open_app
from client_programs import node_modules
from serein.testing import Serein

_APP = Path(__file__).parent / "cdk"
_QUIET = {
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "CI": "true",
    "NODE_OPTIONS": "--no-warnings",
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "true",
}


@pytest.fixture
def cdk(program: Callable[..., Any]) -> Any:
    """The command line, in a folder with the app."""
    modules = node_modules(_APP / "package.json")
    made = program((str(modules / ".bin" / "cdk"),), **_QUIET)
    shutil.copytree(_APP, made.folder, dirs_exist_ok=True)
    (made.folder / "node_modules").symlink_to(modules)
    (made.folder / "package-lock.json").write_text('{"lockfileVersion": 3, "packages": {}}')
    return made


def _outputs(aws: Serein, stack: str) -> dict[str, str]:
    found = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    return {each["OutputKey"]: each["OutputValue"] for each in found}


def _invoke(aws: Serein, name: str, event: dict[str, Any]) -> Any:
    return json.load(aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))["Payload"])


def _check_helpers(aws: Serein) -> None:
    """Everything that the helpers of the app were to do is done."""
    storage, api = _outputs(aws, "Storage"), _outputs(aws, "Api")
    bucket = storage["BucketName"]
    page = aws.client("s3").get_object(Bucket=bucket, Key="web/index.html")
    assert (page["ContentType"], page["Body"].read()) == ("text/html", b"<h1>hello</h1>\n")
    queue = _invoke(aws, api["HelloName"], {})["queue"]
    config = json.load(aws.client("s3").get_object(Bucket=bucket, Key="web/config.json")["Body"])
    assert config == {"queue": queue}
    aws.client("s3").put_object(Bucket=bucket, Key="new", Body=b"")
    aws.wait_until_idle()
    keys = set()
    sqs = aws.client("sqs")
    while found := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        records = [record for each in found for record in json.loads(each["Body"]).get("Records", ())]
        keys |= {record["s3"]["object"]["key"] for record in records}
    assert "new" in keys
    assert (api["Called1"], api["Answer"]) == ("kept", "Create 42")
    assert _invoke(aws, api["BundledName"], {"name": "rain"}) == "hello rain"
    groups = aws.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{api['HelloName']}")["logGroups"]
    assert groups[0]["retentionInDays"] == 7


def test_cdk_bootstraps_deploys_compares_swaps_and_destroys(cdk: Any, aws: Serein) -> None:
    cdk("bootstrap", f"aws://{aws.account}/{aws.region}")
    cdk("deploy", "--all", "--require-approval", "never", "--outputs-file", "outputs.json")
    _check_helpers(aws)
    assert json.loads((cdk.folder / "outputs.json").read_text())["Api"] == _outputs(aws, "Api")
    code = cdk.folder / "code" / "index.js"
    code.write_text(code.read_text().replace("version: 1", "version: 2"))
    assert "Number of stacks with differences: 1" in cdk("diff", "--all")
    made = ("--app", "cdk.out")
    cdk(*made, "deploy", "Api", "--exclusively", "--hotswap", "--require-approval", "never")
    assert _invoke(aws, _outputs(aws, "Api")["HelloName"], {})["version"] == 2
    cdk(*made, "destroy", "--all", "--force")
    found = aws.client("cloudformation").describe_stacks()["Stacks"]
    assert [stack["StackName"] for stack in found] == ["CDKToolkit"]


def test_the_same_app_is_deployed_without_the_command_line_which_finds_all_as_it_would_make_it(
    cdk: Any, aws: Serein, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in _QUIET.items():
        monkeypatch.setenv(name, value)
    application = open_app(aws, cdk.folder)
    deployed = application.deploy()
    _check_helpers(aws)
    code = cdk.folder / "code" / "index.js"
    code.write_text(code.read_text().replace("version: 1", "version: 2"))
    functions = [name for name, kind in deployed.types.items() if kind == "AWS::Lambda::Function"]
    assert application.redeploy([code]) == [name[4:] for name in functions if name.startswith("Api/Hello")]
    assert _invoke(aws, _outputs(aws, "Api")["HelloName"], {})["version"] == 2
    made = str(cdk.folder / ".serein" / "cdk.out")
    cdk("bootstrap", f"aws://{aws.account}/{aws.region}")
    assert "Number of stacks with differences: 0" in cdk("--app", made, "diff", "--all")
    assert sorted(application.delete()) == ["Api", "Storage"]
