"""Parameter Store through boto3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import Aws


@pytest.fixture
def ssm(aws: Aws) -> Any:
    return aws.client("ssm")


def refusal(function: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        function(**request)
    error = refused.value.response["Error"]
    return error["Code"], error.get("Message", "")


def put(ssm: Any, name: str, value: str = "v", kind: str = "String", **more: Any) -> Any:
    return ssm.put_parameter(Name=name, Value=value, Type=kind, **more)


def test_a_parameter_has_versions(aws: Aws, ssm: Any) -> None:
    assert put(ssm, "/app/url", "one")["Version"] == 1
    code, message = refusal(ssm.put_parameter, Name="/app/url", Value="two", Type="String")
    assert code == "ParameterAlreadyExists"
    assert message.startswith("The parameter already exists. To overwrite this value")
    assert ssm.put_parameter(Name="/app/url", Value="two", Overwrite=True)["Version"] == 2
    found = ssm.get_parameter(Name="/app/url")["Parameter"]
    assert (found["Name"], found["Value"], found["Version"], found["Type"]) == ("/app/url", "two", 2, "String")
    assert found["ARN"] == f"arn:aws:ssm:{aws.region}:{aws.account}:parameter/app/url"
    assert found["DataType"] == "text"
    older = ssm.get_parameter(Name="/app/url:1")["Parameter"]
    assert (older["Value"], older["Selector"]) == ("one", ":1")
    assert ssm.get_parameter(Name=found["ARN"])["Parameter"]["Value"] == "two"
    assert refusal(ssm.get_parameter, Name="/app/url:9") == (
        "ParameterVersionNotFound",
        "Systems Manager could not find version 9 of /app/url. Verify the version and try again.",
    )


def test_a_missing_parameter_is_not_found_without_a_word(ssm: Any) -> None:
    for function in (ssm.get_parameter, ssm.get_parameter_history, ssm.delete_parameter):
        assert refusal(function, Name="nothing") == ("ParameterNotFound", "")


@pytest.mark.parametrize("name", ["a/b", "/a//b", "/a b", "ssm-x", "/ssm/x", "x@y", "/a/"])
def test_names_follow_awss_rules(ssm: Any, name: str) -> None:
    code, message = refusal(ssm.put_parameter, Name=name, Value="v", Type="String")
    assert code == "ValidationException"
    assert message.startswith('Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path')


def test_reserved_and_deep_names_are_refused(ssm: Any) -> None:
    assert refusal(ssm.put_parameter, Name="/aws/x", Value="v", Type="String")[0] == "AccessDeniedException"
    deep = "/x" * 16
    assert refusal(ssm.put_parameter, Name=deep, Value="v", Type="String")[0] == "HierarchyLevelLimitExceededException"


def test_a_new_parameter_wants_a_type_and_keeps_it(ssm: Any) -> None:
    assert refusal(ssm.put_parameter, Name="p", Value="v") == (
        "ValidationException",
        "A parameter type is required when you create a parameter.",
    )
    put(ssm, "p")
    code, _ = refusal(ssm.put_parameter, Name="p", Value="v", Type="SecureString", Overwrite=True)
    assert code == "HierarchyTypeMismatchException"


def test_a_secret_is_shown_only_when_it_is_wanted(ssm: Any) -> None:
    put(ssm, "secret", "hush", "SecureString")
    hidden = ssm.get_parameter(Name="secret")["Parameter"]["Value"]
    assert "hush" not in hidden
    assert ssm.get_parameter(Name="secret")["Parameter"]["Value"] == hidden
    assert ssm.get_parameter(Name="secret", WithDecryption=True)["Parameter"]["Value"] == "hush"
    (described,) = ssm.describe_parameters()["Parameters"]
    assert described["KeyId"] == "alias/aws/ssm"
    assert "Value" not in described


def test_values_have_sizes_by_tier(ssm: Any) -> None:
    code, message = refusal(ssm.put_parameter, Name="big", Value="x" * 4097, Type="String")
    assert code == "ValidationException"
    assert message.startswith("Standard tier parameters support a maximum parameter value of 4096 characters.")
    assert put(ssm, "big", "x" * 4097, Tier="Intelligent-Tiering")["Tier"] == "Advanced"
    code, message = refusal(ssm.put_parameter, Name="big", Value="x", Tier="Standard", Overwrite=True)
    assert "You can't downgrade a parameter" in message
    code, message = refusal(ssm.put_parameter, Name="big", Value="x" * 8193, Overwrite=True)
    assert message.startswith("Advanced tier parameters support a maximum parameter value of 8192 characters.")


def test_values_match_their_pattern_and_type(ssm: Any) -> None:
    put(ssm, "number", "12", AllowedPattern=r"^\d+$")
    assert refusal(ssm.put_parameter, Name="number", Value="x", Overwrite=True) == (
        "ParameterPatternMismatchException",
        r"Parameter value, cannot be validated against allowedPattern: ^\d+$",
    )
    code, _ = refusal(ssm.put_parameter, Name="bad", Value="x", Type="String", AllowedPattern="(")
    assert code == "InvalidAllowedPatternException"
    put(ssm, "json", '{"a": 1}', DataType="json")
    put(ssm, "jsonc", '{"a": 1 /* one */, "b": "//"} // end', DataType="jsonc")
    for value, kind in (("{", "json"), ("x", "integer"), ("300.1.1.1", "ipv4-address"), ("ami-x", "aws:ec2:image")):
        code, _ = refusal(ssm.put_parameter, Name="typed", Value=value, Type="String", DataType=kind)
        assert code == "ValidationException", kind
    code, message = refusal(ssm.put_parameter, Name="typed", Value="x", Type="String", DataType="nothing")
    assert "not supported: nothing" in message


def test_several_parameters_are_got_at_once(ssm: Any) -> None:
    for name in ("b", "a", "/c/d"):
        put(ssm, name, f"value of {name}")
    reply = ssm.get_parameters(Names=["b", "none", "a", "/c/d:7", "/c/d"])
    assert [one["Name"] for one in reply["Parameters"]] == ["/c/d", "a", "b"]
    assert sorted(reply["InvalidParameters"]) == ["/c/d:7", "none"]
    code, _ = refusal(ssm.get_parameters, Names=[f"p{n}" for n in range(11)])
    assert code == "ValidationException"


def test_a_level_and_all_levels_below_it_are_listed_in_pages(ssm: Any) -> None:
    for n in range(12):
        put(ssm, f"/app/p{n:02}", str(n))
    put(ssm, "/app/deep/er", "x", "SecureString")
    put(ssm, "/apple/x")
    first = ssm.get_parameters_by_path(Path="/app")
    assert len(first["Parameters"]) == 10
    second = ssm.get_parameters_by_path(Path="/app", NextToken=first["NextToken"])
    names = [one["Name"] for one in first["Parameters"] + second["Parameters"]]
    assert names == [f"/app/p{n:02}" for n in range(12)]
    assert "NextToken" not in second
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/app/", Recursive=True)
    assert len([one for page in pages for one in page["Parameters"]]) == 13
    secret = [{"Key": "Type", "Values": ["SecureString"]}]
    found = ssm.get_parameters_by_path(Path="/", Recursive=True, ParameterFilters=secret, WithDecryption=True)
    assert [(one["Name"], one["Value"]) for one in found["Parameters"]] == [("/app/deep/er", "x")]
    code, message = refusal(ssm.get_parameters_by_path, Path="app")
    assert code == "ValidationException"
    assert message.startswith("The parameter doesn't meet the parameter name requirements.")
    assert refusal(ssm.get_parameters_by_path, Path="/app", NextToken="x")[0] == "InvalidNextToken"
    tag = [{"Key": "tag:a", "Values": ["b"]}]
    assert refusal(ssm.get_parameters_by_path, Path="/app", ParameterFilters=tag)[0] == "InvalidFilterKey"


def test_history_tells_versions_and_labels(ssm: Any) -> None:
    for value in "abc":
        ssm.put_parameter(Name="p", Value=value, Type="String", Overwrite=True)
    reply = ssm.label_parameter_version(Name="p", ParameterVersion=1, Labels=["prod", "1st", "aws-x"])
    assert reply == reply | {"InvalidLabels": ["1st", "aws-x"], "ParameterVersion": 1}
    assert ssm.get_parameter(Name="p:prod")["Parameter"]["Value"] == "a"
    ssm.label_parameter_version(Name="p", Labels=["prod"])
    history = ssm.get_parameter_history(Name="p")["Parameters"]
    assert [(one["Version"], one["Value"], one["Labels"]) for one in history] == [
        (1, "a", []),
        (2, "b", []),
        (3, "c", ["prod"]),
    ]
    reply = ssm.unlabel_parameter_version(Name="p", ParameterVersion=3, Labels=["prod", "other"])
    assert (reply["RemovedLabels"], reply["InvalidLabels"]) == (["prod"], ["other"])
    assert refusal(ssm.get_parameter, Name="p:prod")[0] == "ParameterVersionNotFound"
    page = ssm.get_parameter_history(Name="p", MaxResults=2)
    assert len(ssm.get_parameter_history(Name="p", NextToken=page["NextToken"])["Parameters"]) == 1
    for n in range(10):
        ssm.label_parameter_version(Name="p", Labels=[f"l{n}"])
    code, _ = refusal(ssm.label_parameter_version, Name="p", Labels=["one-more"])
    assert code == "ParameterVersionLabelLimitExceeded"
    code, _ = refusal(ssm.label_parameter_version, Name="p", ParameterVersion=9, Labels=["x"])
    assert code == "ParameterVersionNotFound"


def test_a_hundred_versions_are_kept_unless_the_oldest_has_a_label(ssm: Any) -> None:
    for n in range(101):
        ssm.put_parameter(Name="p", Value=str(n), Type="String", Overwrite=True)
    assert refusal(ssm.get_parameter, Name="p:1")[0] == "ParameterVersionNotFound"
    ssm.label_parameter_version(Name="p", ParameterVersion=2, Labels=["kept"])
    code, message = refusal(ssm.put_parameter, Name="p", Value="x", Overwrite=True)
    assert code == "ParameterMaxVersionLimitExceeded"
    assert "Version 2, the oldest version, can't be deleted because it has a label" in message


def test_parameters_are_described_by_filters(ssm: Any) -> None:
    put(ssm, "/app/one", Tags=[{"Key": "team", "Value": "red"}], Description="first")
    put(ssm, "/app/deep/two", Tier="Advanced")
    put(ssm, "three", "x,y", "StringList")

    def names(*filters: dict[str, Any]) -> list[str]:
        return [one["Name"] for one in ssm.describe_parameters(ParameterFilters=list(filters))["Parameters"]]

    assert names() == ["/app/deep/two", "/app/one", "three"]
    assert names({"Key": "Type", "Values": ["StringList"]}) == ["three"]
    assert names({"Key": "Name", "Option": "BeginsWith", "Values": ["/app"]}) == ["/app/deep/two", "/app/one"]
    assert names({"Key": "Name", "Option": "Contains", "Values": ["o"]}) == ["/app/deep/two", "/app/one"]
    assert names({"Key": "Path", "Values": ["/app"]}) == ["/app/one"]
    assert names({"Key": "Path", "Option": "Recursive", "Values": ["/app"]}) == ["/app/deep/two", "/app/one"]
    assert names({"Key": "tag:team", "Values": ["red", "blue"]}) == ["/app/one"]
    assert names({"Key": "Tier", "Values": ["Advanced"]}) == ["/app/deep/two"]
    (described,) = ssm.describe_parameters(Filters=[{"Key": "Name", "Values": ["/app/one"]}])["Parameters"]
    assert described["Description"] == "first"
    assert described["LastModifiedUser"].startswith("arn:aws:")
    first = ssm.describe_parameters(MaxResults=2)
    assert [one["Name"] for one in ssm.describe_parameters(NextToken=first["NextToken"])["Parameters"]] == ["three"]
    for bad, code in (
        ({"Key": "Label", "Values": ["x"]}, "InvalidFilterKey"),
        ({"Key": "Type", "Values": ["x"]}, "InvalidFilterValue"),
        ({"Key": "Type", "Option": "Contains", "Values": ["String"]}, "InvalidFilterOption"),
    ):
        assert refusal(ssm.describe_parameters, ParameterFilters=[bad])[0] == code


def test_parameters_are_deleted(ssm: Any) -> None:
    put(ssm, "a")
    put(ssm, "b")
    ssm.delete_parameter(Name="a")
    assert ssm.delete_parameters(Names=["a", "b", "a b"]) | {"ResponseMetadata": 0} == {
        "DeletedParameters": ["b"],
        "InvalidParameters": ["a", "a b"],
        "ResponseMetadata": 0,
    }
    assert put(ssm, "a")["Version"] == 1


def test_tags_come_and_go(ssm: Any) -> None:
    tags = [{"Key": "a", "Value": "1"}]
    put(ssm, "p", Tags=tags)
    target = {"ResourceType": "Parameter", "ResourceId": "p"}
    ssm.add_tags_to_resource(**target, Tags=[{"Key": "b", "Value": "2"}])
    ssm.remove_tags_from_resource(**target, TagKeys=["a"])
    assert ssm.list_tags_for_resource(**target)["TagList"] == [{"Key": "b", "Value": "2"}]
    missing = {"ResourceType": "Parameter", "ResourceId": "none"}
    assert refusal(ssm.list_tags_for_resource, **missing)[0] == "InvalidResourceId"
    _, message = refusal(ssm.put_parameter, Name="p", Value="v", Tags=tags, Overwrite=True)
    assert message.startswith("Invalid request: tags and overwrite can't be used together.")


def test_a_parameter_expires_by_its_policy(aws: Aws, ssm: Any) -> None:
    now = put(ssm, "now") and ssm.get_parameter(Name="now")["Parameter"]["LastModifiedDate"]
    end = now.timestamp() + 3600
    policy = {"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": _iso(end)}}
    warning = {"Type": "ExpirationNotification", "Version": "1.0", "Attributes": {"Before": "1", "Unit": "Days"}}
    code, message = refusal(ssm.put_parameter, Name="p", Value="v", Type="String", Policies=json.dumps([policy]))
    assert "only supported for advanced-tier" in message
    put(ssm, "p", Tier="Advanced", Policies=json.dumps([policy, warning]))
    (described,) = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": ["p"]}])["Parameters"]
    assert [one["PolicyType"] for one in described["Policies"]] == ["Expiration", "ExpirationNotification"]
    aws.advance(3000)
    assert ssm.get_parameter(Name="p")["Parameter"]["Value"] == "v"
    aws.advance(700)
    assert refusal(ssm.get_parameter, Name="p")[0] == "ParameterNotFound"
    for bad, code in (
        ([{**policy, "Type": "Other"}], "InvalidPolicyTypeException"),
        ([{**policy, "Attributes": {}}], "InvalidPolicyAttributeException"),
        ([policy, policy], "IncompatiblePolicyException"),
        ([policy] * 11, "PoliciesLimitExceededException"),
    ):
        request = {"Name": "q", "Value": "v", "Type": "String", "Tier": "Advanced", "Policies": json.dumps(bad)}
        assert refusal(ssm.put_parameter, **request)[0] == code


def _iso(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).isoformat()


def test_a_template_makes_changes_and_removes_a_parameter(aws: Aws, ssm: Any) -> None:
    cloudformation = aws.client("cloudformation")

    def template(value: str) -> str:
        properties = {"Type": "String", "Value": value, "Tags": {"a": value}}
        return json.dumps(
            {
                "Resources": {"Url": {"Type": "AWS::SSM::Parameter", "Properties": properties}},
                "Outputs": {
                    "Name": {"Value": {"Ref": "Url"}},
                    "Value": {"Value": {"Fn::GetAtt": ["Url", "Value"]}},
                    "Type": {"Value": {"Fn::GetAtt": ["Url", "Type"]}},
                },
            }
        )

    cloudformation.create_stack(StackName="s", TemplateBody=template("one"))
    aws.idle()
    (stack,) = cloudformation.describe_stacks(StackName="s")["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert (outputs["Value"], outputs["Type"]) == ("one", "String")
    assert outputs["Name"].startswith("s-Url-")
    cloudformation.update_stack(StackName="s", TemplateBody=template("two"))
    aws.idle()
    assert ssm.get_parameter(Name=outputs["Name"])["Parameter"]["Value"] == "two"
    target = {"ResourceType": "Parameter", "ResourceId": outputs["Name"]}
    assert {"Key": "a", "Value": "two"} in ssm.list_tags_for_resource(**target)["TagList"]
    cloudformation.delete_stack(StackName="s")
    aws.idle()
    assert refusal(ssm.get_parameter, Name=outputs["Name"])[0] == "ParameterNotFound"
