"""What deployments say: results, failures with their lines, JSON, and what would change."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli_runs import HELLO
from serein.cli.main import main
from serein.testing import Serein

Command = Callable[..., Result]
QUEUES = """
Parameters:
  Delay: {Type: Number, Default: 0}
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !Ref Delay
      Tags: [{Key: team, Value: one}]
  Events:
    Type: AWS::SNS::Topic
Outputs:
  Url: {Value: !Ref Orders, Description: Where orders wait}
  Api: {Value: https://abc123.execute-api.us-east-1.amazonaws.com/prod}
"""
ALIAS = "{Name: a, RoutingStrategy: {Type: TERMINAL, Message: closed}}"


@pytest.fixture
def command(serein: Serein, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command in this process, against the session's server, in the test's own account."""
    variables = {"AWS_ENDPOINT_URL": serein.endpoint, "AWS_ACCESS_KEY_ID": serein.account, "AWS_REGION": "us-east-1"}

    def run(*arguments: str | Path) -> Result:
        result = CliRunner().invoke(main, [str(each) for each in arguments], env=variables)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "template.yaml").write_text(QUEUES)
    return tmp_path / "shop"


def documents(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_deployment_tells_each_resource_and_then_only_what_changed(command: Command, folder: Path) -> None:
    first = command("deploy", folder)
    assert first.exit_code == 0, first.output
    assert re.search(r"✓ Orders\s+AWS::SQS::Queue\s+created", first.stderr)
    assert re.search(r"^shop: deployed in [\d.]+ s \(2 created\)\.$", first.stdout, re.MULTILINE)
    (folder / "template.yaml").write_text(QUEUES.replace("Value: one", "Value: two"))
    second = command("deploy", folder)
    assert "shop: deployed in" in second.stdout
    assert "(1 updated, 1 unchanged)" in second.stdout
    assert "Events" not in second.stderr
    assert "shop: nothing has changed (2 resources" in command("deploy", folder).stdout


def test_as_json_a_deployment_is_one_document_a_line_and_the_last_is_the_result(command: Command, folder: Path) -> None:
    *events, result = documents(command("deploy", folder, "--json"))
    told = [(each["resource"], each["status"]) for each in events if each["event"] == "resource"]
    assert {("Orders", "CREATE_COMPLETE"), ("Events", "CREATE_COMPLETE")} <= set(told)
    assert (result["event"], result["ok"]) == ("result", True)
    stack = result["stacks"][0]
    assert (stack["stack"], stack["changed"]) == ("shop", True)
    assert stack["changes"] == {"Orders": "created", "Events": "created"}
    assert stack["outputs"]["Api"].startswith("http://abc123.execute-api.localhost:")


@pytest.mark.parametrize(
    ("wrong", "line", "resource", "hint"),
    [
        (QUEUES.replace("DelaySeconds:", "DelaySecnds:"), 8, "Orders", "Did you mean DelaySeconds?"),
        (QUEUES.replace("AWS::SNS::Topic", "AWS::SNS::Topc"), 11, None, "Did you mean AWS::SNS::Topic?"),
        (QUEUES.replace("!Ref Delay", "!Ref Dela"), 8, None, "Did you mean Delay?"),
        (QUEUES.replace("!Ref Orders", "!ImportValue none"), None, None, None),
        (QUEUES.replace("Resources:", "Resources: ["), 6, None, None),
        (
            QUEUES.replace(
                "Type: AWS::SNS::Topic", "Type: AWS::SNS::Topic\n    Properties: {TopicName: !ImportValue no}"
            ),
            12,
            "Events",
            "Deploy the stack that exports it first. Exports here: none.",
        ),
    ],
)
def test_a_failure_names_the_line_and_what_to_do(
    command: Command, folder: Path, wrong: str, line: int | None, resource: str | None, hint: str | None
) -> None:
    (folder / "template.yaml").write_text(wrong)
    failed = command("deploy", folder, "--json")
    assert failed.exit_code == 1
    result = documents(failed)[-1]
    assert result["ok"] is False
    problem = result["error"]["problems"][0] if result["error"]["problems"] else {}
    assert (problem.get("line"), problem.get("resource"), problem.get("hint")) == (line, resource, hint), result


def test_a_failure_on_the_screen_shows_the_source_and_that_it_was_rolled_back(command: Command, folder: Path) -> None:
    (folder / "template.yaml").write_text(QUEUES.replace("DelaySeconds:", "DelaySecnds:"))
    failed = command("deploy", folder)
    assert failed.exit_code == 1
    assert "Rolling back the stack shop" in failed.stderr

    assert "The stack shop ended as ROLLBACK_COMPLETE: it was rolled back" in failed.stderr
    assert "  >  8 |       DelaySecnds: !Ref Delay" in failed.stderr
    assert f"{folder}/template.yaml:8" in failed.stderr
    (folder / "template.yaml").write_text(QUEUES)
    assert "shop: deployed in" in command("deploy", folder).stdout


def test_a_failure_in_what_sam_made_names_the_resource_that_it_was_made_from(command: Command, folder: Path) -> None:
    template = HELLO.replace("CodeUri: code/", "InlineCode: x = 1").replace(
        "Environment:", "AutoPublishAlias: live\n      ProvisionedConcurrencyConfig: {Nonsense: 1}\n      Environment:"
    )
    (folder / "template.yaml").write_text(template)
    result = documents(command("deploy", folder, "--json"))[-1]
    assert result["ok"] is False
    problem = result["error"]["problems"][0]
    assert problem["resource"] == "HelloAliaslive"
    assert problem["hint"].startswith("Made from Hello.")
    assert "ProvisionedConcurrencyConfig" in (folder / "template.yaml").read_text().splitlines()[problem["line"] - 1]


def test_missing_parameters_are_named_all_at_once_and_files_give_them(command: Command, folder: Path) -> None:
    (folder / "template.yaml").write_text(
        QUEUES.replace("Type: Number, Default: 0", "Type: Number").replace(
            "Parameters:", "Parameters:\n  Name: {Type: String}"
        )
    )
    failed = command("deploy", folder)
    assert failed.exit_code == 1
    assert "--param Name=… --param Delay=…" in failed.stderr
    for content in (
        [{"ParameterKey": "Name", "ParameterValue": "a"}, {"ParameterKey": "Delay", "ParameterValue": "7"}],
        {"Parameters": {"Name": "a", "Delay": 7}},
        {"Name": "a", "Delay": "7"},
        ["Name=a", "Delay=7"],
    ):
        (folder / "values.json").write_text(json.dumps(content))
        assert "a new stack" in command("diff", folder, "--param-file", folder / "values.json").stdout
    assert command("deploy", folder, "--param-file", folder / "values.json", "--param", "Delay=8").exit_code == 0
    (folder / "values.json").write_text("[1]")
    assert "1 is no parameter" in command("deploy", folder, "--param-file", folder / "values.json").stderr


def test_diff_shows_properties_before_and_after_and_changes_nothing(
    command: Command, serein: Serein, folder: Path
) -> None:
    new = command("diff", folder, "--exit-code")
    assert new.exit_code == 1
    assert "shop (a new stack): 2 added." in new.stdout
    assert serein.client("cloudformation").describe_stacks()["Stacks"] == []
    command("deploy", folder)
    assert command("diff", folder, "--exit-code").stdout == "shop: nothing would change.\n"
    changed = QUEUES.replace("Value: one", "Value: two").replace("AWS::SNS::Topic", "AWS::SQS::Queue")
    (folder / "template.yaml").write_text(changed + "  New: {Value: 1}\n")
    shown = command("diff", folder, "--param", "Delay=5").stdout
    assert "~ Orders  AWS::SQS::Queue\n" in shown
    assert "      DelaySeconds: 0 → 5\n" in shown
    assert "      Tags.0.Value: one → two\n" in shown
    assert re.search(r"± Events\s+AWS::SQS::Queue\s+is replaced", shown)
    result = documents(command("diff", folder, "--json"))[-1]["stacks"][0]
    assert {"name": "Tags.0.Value", "before": "one", "after": "two"} in result["changes"][1]["values"]
    stacks = serein.client("cloudformation")
    assert stacks.list_change_sets(StackName="shop")["Summaries"] == []


def test_diff_and_results_look_into_nested_stacks(command: Command, folder: Path) -> None:
    (folder / "queues.yaml").write_text(QUEUES)
    (folder / "template.yaml").write_text(
        "Resources:\n  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: queues.yaml}}\n"
        "  Other: {Type: AWS::SNS::Topic}\n"
    )
    first = documents(command("deploy", folder, "--json"))[-1]["stacks"][0]
    assert first["changes"].keys() == {"Inner", "Inner/Orders", "Inner/Events", "Other"}
    assert command("diff", folder).stdout == "shop: nothing would change.\n"
    (folder / "queues.yaml").write_text(QUEUES.replace("Default: 0", "Default: 5"))
    shown = command("diff", folder).stdout
    assert "~ Inner/Orders  AWS::SQS::Queue\n      DelaySeconds: 0 → 5\n" in shown
    assert "Other" not in shown
    assert "(2 updated, 1 unchanged)" in command("deploy", folder).stdout
    (folder / "queues.yaml").write_text(QUEUES.replace("AWS::SNS::Topic", "AWS::SNS::Topic\n    DependsOn: Nothing"))
    problem = documents(command("deploy", folder, "--json"))[-1]["error"]["problems"][0]
    assert problem["file"] == str(folder / "template.yaml")
    (folder / "queues.yaml").write_text(QUEUES.replace("DelaySeconds:", "DelaySecnds:"))
    problem = documents(command("deploy", folder, "--json"))[-1]["error"]["problems"][0]
    assert (problem["file"], problem["line"]) == (str(folder / "queues.yaml"), 8)


def test_what_has_no_effect_is_told_once_for_all_of_a_type_also_in_nested_stacks(
    command: Command, folder: Path
) -> None:
    aliases = "".join(f"  Fleet{number}: {{Type: AWS::GameLift::Alias, Properties: {ALIAS}}}\n" for number in range(7))
    (folder / "inner.yaml").write_text(f"Resources:\n{aliases}")
    nested = "  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml}}\n"
    (folder / "template.yaml").write_text(f"Resources:\n{nested}")
    (notice,) = (line for line in command("deploy", folder).stdout.splitlines() if "Notice" in line)
    assert re.search(
        r"Inner/Fleet\d, .* and 2 more \(AWS::GameLift::Alias\): Serein has no AWS::GameLift::Alias", notice
    )


def test_strict_refuses_what_would_have_no_effect_and_makes_nothing(
    command: Command, serein: Serein, folder: Path
) -> None:
    (folder / "template.yaml").write_text(QUEUES.replace("AWS::SNS::Topic", "AWS::GameLift::Alias"))
    refused = command("deploy", folder, "--strict")
    assert refused.exit_code == 1
    assert "refused by --strict" in refused.stderr
    assert "Serein has no AWS::GameLift::Alias yet" in refused.stderr
    assert f"{folder}/template.yaml:10" in refused.stderr
    assert serein.client("cloudformation").describe_stacks()["Stacks"] == []


def test_outputs_are_shown_as_a_table_as_json_and_as_variables(command: Command, folder: Path) -> None:
    command("deploy", folder)
    table = command("outputs", "shop").stdout
    assert re.search(r"^Url\s+http://.*/shop-Orders-\w+  Where orders wait$", table, re.MULTILINE)
    assert re.search(r"^\s+here  http://abc123\.execute-api\.localhost:\d+/prod$", table, re.MULTILINE)
    values = json.loads(command("outputs", "--json").stdout)
    assert values["Api"].endswith("/prod")
    assert f"export Api={values['Api']}\n" in command("outputs", "shop", "--env").stdout
    assert "no stack other. Stacks: shop." in command("outputs", "other").stderr
    listed = json.loads(command("stacks", "--json").stdout)["stacks"]
    assert [(each["stack"], each["status"], each["resources"]) for each in listed] == [("shop", "CREATE_COMPLETE", 2)]


def test_several_applications_of_a_serein_toml_are_deployed_in_order_and_deleted_backwards(
    command: Command, serein: Serein, folder: Path
) -> None:
    exported = QUEUES.replace("Description: Where orders wait", "Export: {Name: orders-url}")
    (folder / "template.yaml").write_text(exported)
    (folder.parent / "reader").mkdir()
    (folder.parent / "reader" / "main.yaml").write_text(
        """
Parameters: {Name: {Type: String}}
Resources:
  Address: {Type: AWS::SSM::Parameter, Properties: {Type: String, Name: !Ref Name, Value: !ImportValue orders-url}}
"""
    )
    toml = folder.parent / "serein.toml"
    toml.write_text(
        '[[applications]]\npath = "shop"\n\n[[applications]]\npath = "reader"\nstack = "mine"\n'
        '[applications.parameters]\nName = "/orders/url"\n'
    )
    done = command("deploy", folder.parent)
    assert done.exit_code == 0, done.output
    assert "shop: deployed" in done.stdout
    assert "mine: deployed" in done.stdout
    assert serein.client("ssm").get_parameter(Name="/orders/url")["Parameter"]["Value"].startswith("http")
    assert command("deploy", folder.parent, "--param", "Name=x").exit_code == 2
    assert command("delete", folder.parent).stdout == "mine: deleted.\nshop: deleted.\n"
    toml.write_text("colour = 1\n" + toml.read_text())
    refused = command("deploy", folder.parent)
    assert refused.exit_code == 1
    assert "colour is not known here. There are: applications, region, stage." in refused.stderr
    assert "serein.toml:1" in refused.stderr


def test_a_serein_toml_gives_functions_variables_and_parameters(
    command: Command, serein: Serein, project: Path
) -> None:
    toml = project / "serein.toml"
    toml.write_text(
        'stack = "mine"\nparameters = {Greeting = "moin"}\n[environment]\nLEVEL = "debug"\nHello = {ONLY = 1}\n'
    )
    assert command("deploy", project).exit_code == 0
    functions = serein.client("lambda").list_functions()["Functions"]
    assert functions[0]["Environment"]["Variables"] == {"GREETING": "moin", "LEVEL": "debug", "ONLY": "1"}
    toml.write_text(toml.read_text().replace("Hello", "Helo"))
    assert "no function of the template. It has: Hello." in command("deploy", project).stderr


def test_of_several_templates_in_a_folder_one_must_be_named_and_gives_the_stack_its_name(
    command: Command, folder: Path
) -> None:
    (folder / "template.yaml").rename(folder / "queues.yaml")
    (folder / "topics.yaml").write_text("Resources: {T: {Type: AWS::SNS::Topic}}")
    refused = command("deploy", folder)
    assert "several templates" in refused.stderr
    assert "queues.yaml, topics.yaml. Name the one to take." in refused.stderr
    assert "topics: deployed" in command("deploy", folder / "topics.yaml").stdout


def test_a_region_of_its_own_and_a_stage_of_samconfig(command: Command, serein: Serein, folder: Path) -> None:
    (folder / "samconfig.toml").write_text(
        '[prod.deploy.parameters]\nstack_name = "shop-prod"\nparameter_overrides = "Delay=9"\n'
    )
    done = command("deploy", folder, "--stage", "prod", "--region", "eu-west-1")
    assert "shop-prod: deployed" in done.stdout
    queues = serein.client("sqs", region_name="eu-west-1")
    url = queues.list_queues()["QueueUrls"][0]
    assert queues.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"] == {
        "DelaySeconds": "9"
    }
    assert "no environment test. It has: prod." in command("deploy", folder, "--stage", "test").stderr
