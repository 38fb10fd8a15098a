"""CDK projects, by an app that writes what the CDK's library writes."""

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_projects import CODE, function, open_app, queue, runs, told, write_project
from serein.deploy import BuildFailed, DeployFailed, StackFailed, TemplateInvalid
from serein.testing import Serein


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "code").mkdir(parents=True)
    (folder / "code" / "index.py").write_text(CODE)
    return folder


def _stacks(aws: Serein, **options: Any) -> dict[str, Any]:
    found = aws.client("cloudformation", **options).describe_stacks()["Stacks"]
    return {stack["StackName"]: stack for stack in found}


def _invoke(aws: Serein, name: str) -> object:
    return json.load(aws.client("lambda").invoke(FunctionName=name)["Payload"])


def test_an_app_is_run_bootstrapped_for_and_deployed(aws: Serein, project: Path) -> None:
    write_project(
        project, {"stacks": {"Api": function(properties={"tags": {"team": "rain"}})}}, context={"color": "blue"}
    )
    deployed = open_app(aws, project).deploy()
    assert (deployed.name, deployed.is_changed) == ("Api", True)
    assert _invoke(aws, deployed.resources["Function"]) == "first"
    stacks = _stacks(aws)
    assert stacks.keys() == {"Api", "CDKToolkit"}
    assert stacks["Api"]["Tags"] == [{"Key": "team", "Value": "rain"}]
    assert aws.client("ssm").get_parameter(Name="/cdk-bootstrap/hnb659fds/version")["Parameter"]["Value"] == "30"
    role = f"cdk-hnb659fds-deploy-role-{aws.account}-{aws.region}"
    assert aws.client("iam").get_role(RoleName=role)["Role"]["RoleName"] == role
    environment = told(project)["environment"]
    assert environment["CDK_DEFAULT_ACCOUNT"] == aws.account
    assert environment["CDK_DEFAULT_REGION"] == environment["AWS_REGION"] == aws.region
    assert environment["AWS_ENDPOINT_URL"] == aws.endpoint
    assert told(project)["context"]["color"] == "blue"
    assert told(project)["context"]["aws:cdk:bundling-stacks"] == ["**"]
    assert not (project / "cdk.out").exists()
    assert open_app(aws, project).deploy().is_changed is False


def test_an_assembly_is_taken_as_it_is(aws: Serein, project: Path) -> None:
    write_project(project, {"stacks": {"Api": function()}})
    open_app(aws, project).plan()
    (project / ".serein" / "cdk.out").rename(project / "cdk.out")
    (project / "cdk.json").unlink()
    for path in (project, project / "cdk.out"):
        deployed = open_app(aws, path).deploy()
        assert _invoke(aws, deployed.resources["Function"]) == "first"
    assert runs(project) == 1


def test_stacks_and_stages_are_deployed_in_order_with_what_they_share(aws: Serein, project: Path) -> None:
    name = {"Name": "QueueName", "Value": {"Fn::GetAtt": ["Queue", "QueueName"]}}
    parameter = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Value": {"Fn::ImportValue": "Shared"}},
    }
    app = {
        "stacks": {
            "Uses": {"template": {"Resources": {"Name": parameter}}, "after": ["Makes"]},
            "Makes": queue(sections={"Outputs": {"Out": {**name, "Export": {"Name": "Shared"}}}}),
        },
        "stages": {
            "Prod": {"stacks": {"ProdApi": queue(displayName="Prod/Api", properties={"stackName": "prod-api"})}}
        },
    }
    write_project(project, app)
    deployed = open_app(aws, project).deploy()
    value = aws.client("ssm").get_parameter(Name=deployed.resources["Uses/Name"])["Parameter"]["Value"]
    assert value == deployed.outputs["Makes/Out"]
    assert deployed.types["Prod/Api/Queue"] == "AWS::SQS::Queue"
    assert _stacks(aws).keys() == {"CDKToolkit", "Makes", "Uses", "prod-api"}
    said: list[str] = []
    gone = open_app(aws, project, say=said.append).delete()
    assert sorted(gone) == ["Makes", "Uses", "prod-api"]
    assert gone.index("Uses") < gone.index("Makes")
    assert _stacks(aws).keys() == {"CDKToolkit"}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("A*", {"A1", "A2"}), ("Prod/*", {"Inner"}), ("B,A1", {"A1", "B"}), ("Inner", {"Inner"}), ("A2", {"A2", "A1"})],
)
def test_stacks_are_chosen_by_patterns_with_those_they_need(
    aws: Serein, project: Path, pattern: str, expected: set[str]
) -> None:
    app = {
        "stacks": {"A1": queue(), "A2": queue(after=["A1"]), "B": queue()},
        "stages": {"Prod": {"stacks": {"Inner": queue(displayName="Prod/Inner")}}},
    }
    write_project(project, app)
    assert {plan.stack for plan in open_app(aws, project, pattern).plan()} == expected


def test_a_stack_that_is_not_there_is_refused_with_those_that_are(aws: Serein, project: Path) -> None:
    write_project(project, {"stacks": {"A1": queue(), "B": queue()}})
    with pytest.raises(TemplateInvalid, match=r"The app has no stack C\*. It has: A1, B\."):
        open_app(aws, project, "C*").deploy()
    with pytest.raises(TemplateInvalid, match=r"--stack 'prod/\*'"):
        open_app(aws, project, stage="prod")
    write_project(project, {"stacks": {}})
    with pytest.raises(TemplateInvalid, match="has no stacks"):
        open_app(aws, project).deploy()


def test_a_stack_for_another_region_and_account_is_deployed_there(aws: Serein, project: Path) -> None:
    other = str(int(aws.account) + 1)
    stacks = {
        "Near": queue(environment=f"aws://{aws.account}/{aws.region}"),
        "Far": queue(environment=f"aws://{aws.account}/eu-west-1"),
        "Other": queue(environment=f"aws://{other}/eu-west-1"),
    }
    write_project(project, {"stacks": stacks})
    deployed = open_app(aws, project).deploy()
    assert _stacks(aws).keys() == {"CDKToolkit", "Near"}
    assert _stacks(aws, region_name="eu-west-1").keys() == {"CDKToolkit", "Far"}
    found = aws.client("cloudformation", region_name="eu-west-1", aws_access_key_id=other).describe_stacks()["Stacks"]
    assert {stack["StackName"] for stack in found} == {"CDKToolkit", "Other"}
    assert deployed.resources.keys() == {"Near/Queue"}
    assert f"The stack Far is in {aws.account}/eu-west-1." in deployed.warnings
    assert f"The stack Other is in {other}/eu-west-1." in deployed.warnings


def test_context_that_is_missing_is_looked_up_and_the_app_runs_again(aws: Serein, project: Path) -> None:
    aws.client("ssm").put_parameter(Name="/wanted", Value="found", Type="String")
    place = {"account": aws.account, "region": aws.region}
    missing = [
        {"key": "zones", "provider": "availability-zones", "props": place},
        {"key": "wanted", "provider": "ssm", "props": {**place, "parameterName": "/wanted"}},
        {
            "key": "dummy",
            "provider": "ssm",
            "props": {**place, "parameterName": "/absent", "dummyValue": "x", "ignoreErrorOnMissingContext": True},
        },
    ]
    sections = {"Description": "CONTEXT:wanted CONTEXT:zones CONTEXT:dummy"}
    write_project(project, {"stacks": {"One": queue(sections=sections)}, "missing": missing})
    open_app(aws, project).deploy()
    zones = [f"{aws.region}{letter}" for letter in "abc"]
    assert _stacks(aws)["One"]["Description"] == f"found {zones} x"
    assert runs(project) == 2
    open_app(aws, project).deploy()
    assert runs(project) == 3
    assert not (project / "cdk.context.json").exists()


@pytest.mark.parametrize(
    ("provider", "why"),
    [
        ("plugin", "Serein looks up no plugin"),
        ("vpc-provider", "vpc-provider can't be looked up"),
        ("ssm", "ssm finds nothing"),
    ],
)
def test_context_that_is_nowhere_is_named(aws: Serein, project: Path, provider: str, why: str) -> None:
    missing = [
        {"key": "k", "provider": provider, "props": {"parameterName": "/absent", "filter": {"isDefault": "true"}}}
    ]
    write_project(project, {"stacks": {"One": queue()}, "missing": missing})
    with pytest.raises(TemplateInvalid, match=why):
        open_app(aws, project).deploy()


def test_context_of_cdk_json_comes_before_that_of_cdk_context_json(aws: Serein, project: Path) -> None:
    (project / "cdk.context.json").write_text(json.dumps({"a": "kept", "b": "kept", "large": "x" * 200_000}))
    write_project(
        project,
        {"stacks": {"One": queue()}},
        context={"a": "said", "@aws-cdk/aws-ec2:restrictDefaultSecurityGroup": True},
        pathMetadata=False,
        versionReporting=False,
    )
    open_app(aws, project).plan()
    context = told(project)["context"]
    assert (context["a"], context["b"], len(context["large"])) == ("said", "kept", 200_000)
    assert context["aws:cdk:enable-path-metadata"] is False
    assert context["aws:cdk:disable-version-reporting"] is True
    assert context["@aws-cdk/aws-ec2:restrictDefaultSecurityGroup"] is False
    assert context["@aws-cdk/customresources:installLatestAwsSdkDefault"] is False


def test_what_the_app_calls_wrong_is_refused_and_its_warnings_are_shown(aws: Serein, project: Path) -> None:
    metadata = {"/One/Queue": [{"type": "aws:cdk:warning", "data": "Think of it."}]}
    write_project(project, {"stacks": {"One": queue(metadata=metadata)}})
    assert "One/Queue: Think of it." in open_app(aws, project).deploy().warnings
    metadata["/One"] = [{"type": "aws:cdk:error", "data": "Never do it."}]
    write_project(project, {"stacks": {"One": queue(metadata=metadata)}})
    with pytest.raises(TemplateInvalid, match="Never do it"):
        open_app(aws, project).deploy()


def test_termination_protection_follows_the_app(aws: Serein, project: Path) -> None:
    write_project(project, {"stacks": {"One": queue(properties={"terminationProtection": True})}})
    application = open_app(aws, project)
    application.deploy()
    with pytest.raises(StackFailed):
        application.delete()
    write_project(project, {"stacks": {"One": queue()}})
    application.deploy()
    assert application.delete() == ["One"]
    assert application.delete() == []


def test_parameters_go_to_the_stacks_that_declare_them(aws: Serein, project: Path) -> None:
    sections = {"Parameters": {"Size": {"Type": "String", "Default": "small"}}}
    write_project(
        project, {"stacks": {"One": queue(sections=sections), "Two": queue(sections=sections), "Three": queue()}}
    )
    open_app(aws, project, parameters={"Size": "large", "Two:Size": "huge"}).deploy()
    found = _stacks(aws)
    assert [found[name]["Parameters"][0]["ParameterValue"] for name in ("One", "Two")] == ["large", "huge"]
    with pytest.raises(TemplateInvalid, match="No stack of the app has the parameters Sise"):
        open_app(aws, project, parameters={"Sise": "large"}).deploy()


@pytest.mark.parametrize(
    ("says", "hint"),
    [
        ("Error: Cannot find module 'aws-cdk-lib'", "npm install"),
        ("ModuleNotFoundError: No module named 'aws_cdk'", "pip install -r requirements.txt"),
        ("something else", "something else"),
    ],
)
def test_an_app_that_fails_is_told_with_what_to_do(aws: Serein, project: Path, says: str, hint: str) -> None:
    write_project(project, {"says": says, "fails": True})
    with pytest.raises(BuildFailed) as failed:
        open_app(aws, project).deploy()
    assert says in str(failed.value)
    assert hint in str(failed.value)


def test_projects_that_can_not_be_read_are_refused(aws: Serein, project: Path) -> None:
    write_project(project, {}, app="true")
    with pytest.raises(TemplateInvalid, match="wrote no assembly"):
        open_app(aws, project).deploy()
    write_project(project, {}, app="")
    with pytest.raises(TemplateInvalid, match='needs "app"'):
        open_app(aws, project)
    (project / "cdk.json").write_text("{")
    with pytest.raises(TemplateInvalid, match=r"cdk\.json can't be read"):
        open_app(aws, project)
    write_project(project, {"stacks": {"A": queue(after=["B"]), "B": queue(after=["A"])}})
    with pytest.raises(TemplateInvalid, match="depend on one another"):
        open_app(aws, project).deploy()


def test_the_build_command_runs_first_and_tools_of_the_project_are_found(aws: Serein, project: Path) -> None:
    tools = project / "node_modules" / ".bin"
    tools.mkdir(parents=True)
    (tools / "own-tool").write_text("#!/bin/sh\ntouch built\n")
    (tools / "own-tool").chmod(0o755)
    write_project(project, {"stacks": {"One": queue()}}, build="own-tool")
    open_app(aws, project).plan()
    assert (project / "built").exists()


def test_a_failing_stack_is_told_and_those_before_it_stay(aws: Serein, project: Path) -> None:
    broken = {"template": {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 9000}}}}}
    write_project(project, {"stacks": {"Good": queue(), "Bad": {**broken, "after": ["Good"]}}})
    with pytest.raises(DeployFailed):
        open_app(aws, project).deploy()
    assert "Good" in _stacks(aws)
    write_project(project, {"stacks": {"Good": queue(), "Bad": queue(after=["Good"])}})
    assert open_app(aws, project).deploy().is_changed


def test_variables_of_the_machine_are_added_to_functions(aws: Serein, project: Path) -> None:
    write_project(project, {"stacks": {"Api": function(), "Other": queue()}})
    deployed = open_app(aws, project, environment={"LEVEL": "debug", "Function": {"OWN": 1}}).deploy()
    found = aws.client("lambda").get_function_configuration(FunctionName=deployed.resources["Api/Function"])
    assert found["Environment"]["Variables"] == {"LEVEL": "debug", "OWN": "1"}
