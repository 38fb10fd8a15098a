"""Deployments in a terminal: the tree of resources that fills in, questions, and no colours where none are wanted."""

import re
from pathlib import Path

import pytest

from serein.testing import Serein
from terminals import Terminal

TEMPLATE = """
Parameters:
  Delay: {Type: Number, Description: Seconds to wait}
  Secret: {Type: String, NoEcho: true}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay}}
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: inner.yaml}
"""
INNER = "Resources: {Topic: {Type: AWS::SNS::Topic}}"


@pytest.fixture
def variables(environment: dict[str, str], serein: Serein) -> dict[str, str]:
    return {**environment, "AWS_ENDPOINT_URL": serein.endpoint, "AWS_ACCESS_KEY_ID": serein.account}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "shop" / "inner.yaml").write_text(INNER)
    return tmp_path / "shop"


def test_a_terminal_asks_for_parameters_and_shows_a_tree_that_fills_in(
    variables: dict[str, str], serein: Serein, folder: Path
) -> None:
    ran = Terminal(["deploy"], variables, folder, {"Delay:": "4", "Secret:": "hidden"})
    shown = "\n".join(ran.screen.lines)
    assert ran.exit_code == 0, shown
    assert "Seconds to wait" in shown
    assert "hidden" not in ran.raw
    assert "\033[32m✓" in ran.raw
    # Every row once, nested ones under their stack.
    rows = [line.rstrip() for line in ran.screen.lines if line.startswith("✓")]
    assert sorted(re.split(r"\s{2,}", row[2:].strip())[:3] for row in rows) == [
        ["Inner", "AWS::CloudFormation::Stack", "created"],
        ["Queue", "AWS::SQS::Queue", "created"],
        ["Topic", "AWS::SNS::Topic", "created"],
    ]
    names = [row[2:] for row in rows]
    inner = next(number for number, name in enumerate(names) if name.startswith("Inner"))
    assert names[inner + 1].startswith("  Topic")
    assert ran.screen.is_cursor_shown
    assert not re.search("[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]", shown), "something is still turning"
    # A picture comes whole: what moves the cursor stands between the marks that begin and end it.
    pictures = re.findall(r"\033\[\?2026h(.*?)\033\[\?2026l", ran.raw, re.DOTALL)
    outside = re.sub(r"\033\[\?2026h.*?\033\[\?2026l", "", ran.raw, flags=re.DOTALL)
    assert pictures
    assert "\033[J" not in outside
    url = serein.client("sqs").list_queues()["QueueUrls"][0]
    told = serein.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])
    assert told["Attributes"]["DelaySeconds"] == "4"


def test_no_color_leaves_the_tree_and_takes_the_colours(variables: dict[str, str], folder: Path) -> None:
    given = ["deploy", "--param", "Delay=1", "--param", "Secret=x"]
    ran = Terminal(given, {**variables, "NO_COLOR": "1"}, folder, {})
    assert ran.exit_code == 0, ran.raw
    assert not re.search(r"\033\[[0-9;]*m", ran.raw)
    assert any(line.startswith("✓ Queue") for line in ran.screen.lines)


def test_a_failure_in_a_terminal_leaves_the_tree_above_its_cause(variables: dict[str, str], folder: Path) -> None:
    (folder / "inner.yaml").write_text(INNER.replace("AWS::SNS::Topic", "AWS::SNS::Topic, Properties: {Nonsense: 1}"))
    ran = Terminal(["deploy", "--param", "Delay=1", "--param", "Secret=x"], variables, folder, {})
    shown = "\n".join(ran.screen.lines)
    assert ran.exit_code == 1, shown
    assert re.search(r"^✗   Topic +AWS::SNS::Topic +failed", shown, re.MULTILINE)
    assert "Inner/Topic  AWS::SNS::Topic" in shown
    assert "inner.yaml:1" in shown
    assert ran.screen.is_cursor_shown
