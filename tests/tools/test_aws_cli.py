"""The AWS CLI's own way to deploy a template with local code."""

from collections.abc import Callable
from typing import Any

from client_programs import aws_command
from sam_application import CODE, FLOW, TEMPLATE
from serein.testing import Serein


def test_the_cli_packages_deploys_updates_and_deletes_a_template(
    program: Callable[..., Any], aws: Serein, get: Callable[[str], Any]
) -> None:
    cli = program(aws_command())
    bucket = aws.unique("packages")
    cli.write({"template.yaml": TEMPLATE, "src/app.py": CODE, "flows/flow.asl.yaml": FLOW})
    cli("s3", "mb", f"s3://{bucket}")
    package = ["--template-file", "template.yaml", "--s3-bucket", bucket, "--output-template-file", "packaged.yaml"]
    cli("cloudformation", "package", *package)
    deploy = ["--template-file", "packaged.yaml", "--stack-name", "hello", "--capabilities", "CAPABILITY_IAM"]
    cli("cloudformation", "deploy", *deploy)
    stacks = aws.client("cloudformation")
    url = stacks.describe_stacks(StackName="hello")["Stacks"][0]["Outputs"][0]["OutputValue"]
    assert get(url) == "hello"
    cli("cloudformation", "deploy", *deploy, "--parameter-overrides", "Greeting=hi")
    assert get(url) == "hi"
    assert "flow" in cli("stepfunctions", "list-state-machines")
    cli("cloudformation", "delete-stack", "--stack-name", "hello")
    cli("cloudformation", "wait", "stack-delete-complete", "--stack-name", "hello")
    assert not aws.client("lambda").list_functions()["Functions"]
