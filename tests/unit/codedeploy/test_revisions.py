"""AppSpec files: what is read from them, and what is wrong with them."""

import json
from typing import Any

import pytest

from serein.services.codedeploy.configurations import find_own, steps_of
from serein.services.codedeploy.errors import InvalidRevisionException
from serein.services.codedeploy.revisions import AppSpec, parse_app_spec, parse_revision, revision_of

YAML = """
version: 0.0
Resources:
  - myFunction:
      Type: AWS::Lambda::Function
      Properties:
        Name: f
        Alias: live
        CurrentVersion: 1
        TargetVersion: "2"
Hooks:
  - BeforeAllowTraffic: before
  - AfterAllowTraffic: after
"""
SPEC = AppSpec("f", "live", "1", "2", "before", "after")


def test_yaml_and_json_say_the_same() -> None:
    assert parse_app_spec(YAML) == SPEC
    assert parse_app_spec(revision_of(SPEC)["appSpecContent"]["content"]) == SPEC
    assert parse_app_spec(YAML.replace("Resources", "resources").replace("Hooks", "hooks")) == SPEC


def document(**members: Any) -> str:
    properties = {"Name": "f", "Alias": "a", "CurrentVersion": "1", "TargetVersion": "2"}
    resource = {"Type": "AWS::Lambda::Function", "Properties": properties}
    return json.dumps({"version": 0.0, "Resources": [{"f": resource}]} | members)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "neither YAML nor JSON"),
        ("text", "must be an object"),
        (document(version=1.0), "version of the AppSpec file must be 0.0"),
        (document(Resources=[]), "exactly one resource"),
        (document(Resources={"f": {}}), "exactly one resource"),
        (document(Resources=[{"f": {"Type": "AWS::ECS::Service"}}]), "of the type AWS::Lambda::Function"),
        (document(Resources=[{"f": {"Type": "AWS::Lambda::Function"}}]), "must have properties"),
        (document(Resources=[{"f": {"Type": "AWS::Lambda::Function", "Properties": {}}}]), "must have Name"),
        (document(Hooks={"BeforeAllowTraffic": "x"}), "list of single hooks"),
        (document(Hooks=[{"BeforeInstall": "x"}]), "BeforeInstall is not a hook of Lambda deployments"),
        (document(Hooks=[{"BeforeAllowTraffic": 1}]), "must name a function"),
    ],
)
def test_a_wrong_file_is_refused(content: str, message: str) -> None:
    with pytest.raises(InvalidRevisionException, match=message):
        parse_app_spec(content)


def test_content_that_is_not_what_its_hash_says_is_refused() -> None:
    with pytest.raises(InvalidRevisionException, match="SHA256"):
        parse_revision({"revisionType": "AppSpecContent", "appSpecContent": {"content": YAML, "sha256": "0"}})


def test_a_linear_configuration_ends_with_everything() -> None:
    own = find_own("CodeDeployDefault.LambdaLinear10PercentEvery2Minutes")
    assert own is not None
    steps = steps_of(own)
    assert steps[0] == (0.0, 10.0)
    assert steps[-1] == (9 * 120.0, 100.0)
    assert len(steps) == 10
    odd = {"trafficRoutingConfig": {"type": "TimeBasedLinear", "timeBasedLinear": {}}}
    odd["trafficRoutingConfig"]["timeBasedLinear"] = {"linearPercentage": 30, "linearInterval": 1}
    assert [share for _, share in steps_of(odd)] == [30.0, 60.0, 90.0, 100.0]
