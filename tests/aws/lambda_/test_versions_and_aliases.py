"""Versions, aliases and layers."""

from collections.abc import Callable
from typing import Any

import pytest

from aws.lambda_.conftest import package
from aws.lambda_.test_function_settings import refusal


@pytest.fixture
def published(functions: Any, create: Callable[..., Any]) -> str:
    """A function with the versions 1 and 2; its ARN."""
    arn = create(Publish=True)["FunctionArn"]
    functions.update_function_configuration(FunctionName="f", Timeout=9)
    functions.publish_version(FunctionName="f")
    return str(arn)


def test_equal_versions_are_published_once(functions: Any, create: Callable[..., Any]) -> None:
    create(Description="a")
    first = functions.publish_version(FunctionName="f", Description="first")
    again = functions.publish_version(FunctionName="f", Description="again")
    assert (again["Version"], again["Description"]) == ("1", "first")
    assert again["RevisionId"] == first["RevisionId"]
    functions.update_function_configuration(FunctionName="f", Description="b")
    second = functions.publish_version(FunctionName="f")
    assert (second["Version"], second["Description"]) == ("2", "b")


def test_a_version_can_be_bound_to_a_hash(functions: Any, create: Callable[..., Any]) -> None:
    sha256 = create()["CodeSha256"]
    assert functions.publish_version(FunctionName="f", CodeSha256=sha256)["Version"] == "1"
    assert refusal(functions.publish_version, FunctionName="f", CodeSha256="other") == (
        "InvalidParameterValueException",
        f"CodeSHA256 (other) is different from current CodeSHA256 in $LATEST ({sha256}). "
        "Please try again with the CodeSHA256 in $LATEST.",
    )


def test_versions_are_listed_in_pages(functions: Any, published: str) -> None:
    pages = functions.get_paginator("list_versions_by_function").paginate(
        FunctionName="f", PaginationConfig={"PageSize": 1}
    )
    assert [each["Version"] for page in pages for each in page["Versions"]] == ["$LATEST", "1", "2"]


def test_an_alias_is_told_whole(functions: Any, published: str) -> None:
    made = functions.create_alias(
        FunctionName="f",
        Name="live",
        FunctionVersion="1",
        Description="d",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}},
    )
    shown = functions.get_alias(FunctionName="f", Name="live")
    for reply in (made, shown):
        reply.pop("ResponseMetadata")
    assert made == shown
    assert shown.pop("RevisionId")
    assert shown == {
        "AliasArn": f"{published}:live",
        "Name": "live",
        "FunctionVersion": "1",
        "Description": "d",
        "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.25}},
    }


@pytest.mark.parametrize(
    ("settings", "code", "message"),
    [
        ({"FunctionVersion": "9"}, "ResourceNotFoundException", "Function not found: {arn}:9"),
        (
            {"RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}},
            "InvalidParameterValueException",
            "Invalid function version 1. Function version 1 is already included in routing configuration.",
        ),
        (
            {"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.5, "3": 0.5}}},
            "InvalidParameterValueException",
            "Number of items in AdditionalVersionWeights cannot be greater than 1",
        ),
        (
            {"FunctionVersion": "$LATEST", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.5}}},
            "InvalidParameterValueException",
            "$LATEST is not supported for an alias pointing to more than 1 version",
        ),
        (
            {"RoutingConfig": {"AdditionalVersionWeights": {"2": 2.0}}},
            "ValidationException",
            "1 validation error detected: Value '{{2=2.0}}' at 'routingConfig.additionalVersionWeights' failed to "
            "satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
            "Member must have value greater than or equal to 0.0, Member must not be null]",
        ),
        (
            {"RoutingConfig": {"AdditionalVersionWeights": {"$LATEST": 0.5}}},
            "ValidationException",
            "1 validation error detected: Value '{{$LATEST=0.5}}' at 'routingConfig.additionalVersionWeights' failed "
            "to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to "
            "1024, Member must have length greater than or equal to 1, "
            "Member must satisfy regular expression pattern: [0-9]+]",
        ),
        ({"FunctionName": "g"}, "ResourceNotFoundException", "Function not found: {other}:1"),
        ({"Name": "taken"}, "ResourceConflictException", "Alias already exists: {arn}:taken"),
    ],
)
def test_aliases_that_cannot_be_are_refused(
    functions: Any, published: str, settings: dict[str, Any], code: str, message: str
) -> None:
    functions.create_alias(FunctionName="f", Name="taken", FunctionVersion="1")
    request = {"FunctionName": "f", "Name": "live", "FunctionVersion": "1", **settings}
    expected = message.format(arn=published, other=published[:-1] + "g")
    assert refusal(functions.create_alias, **request) == (code, expected)


def test_missing_aliases_are_told_by_their_arns(functions: Any, published: str) -> None:
    named = {"FunctionName": "f", "Name": "none"}
    assert refusal(functions.get_alias, **named)[1] == f"Cannot find alias arn: {published}:none"
    assert refusal(functions.update_alias, **named)[1] == f"Alias not found: {published}:none"
    assert functions.delete_alias(**named)["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_aliases_of_a_version_are_listed_in_pages(functions: Any, published: str) -> None:
    for name, version in (("c", "1"), ("a", "1"), ("b", "2")):
        functions.create_alias(FunctionName="f", Name=name, FunctionVersion=version)
    pages = functions.get_paginator("list_aliases").paginate(
        FunctionName="f", FunctionVersion="1", PaginationConfig={"PageSize": 1}
    )
    assert [each["Name"] for page in pages for each in page["Aliases"]] == ["a", "c"]


def test_a_stale_revision_of_an_alias_is_refused(functions: Any, published: str) -> None:
    made = functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    updated = functions.update_alias(FunctionName="f", Name="live", Description="x", RevisionId=made["RevisionId"])
    assert updated["Description"] == "x"
    answer = refusal(functions.update_alias, FunctionName="f", Name="live", RevisionId=made["RevisionId"])
    assert answer[0] == "PreconditionFailedException"


def test_layer_versions_count_up_and_are_never_reused(functions: Any) -> None:
    content = {"ZipFile": package()}
    for expected in (1, 2):
        assert functions.publish_layer_version(LayerName="l", Content=content)["Version"] == expected
    functions.delete_layer_version(LayerName="l", VersionNumber=2)
    made = functions.publish_layer_version(
        LayerName="l",
        Content=content,
        Description="d",
        LicenseInfo="MIT",
        CompatibleRuntimes=["python3.11"],
        CompatibleArchitectures=["arm64"],
    )
    assert made["Version"] == 3
    shown = functions.get_layer_version(LayerName="l", VersionNumber=3)
    assert shown["Content"]["CodeSize"] == len(content["ZipFile"])
    for member in ("Description", "LicenseInfo", "CompatibleRuntimes", "CompatibleArchitectures"):
        assert shown[member] == made[member]
    assert "CompatibleRuntimes" not in functions.get_layer_version(LayerName="l", VersionNumber=1)


def test_layers_are_found_by_what_they_go_with(functions: Any) -> None:
    content = {"ZipFile": package()}
    functions.publish_layer_version(LayerName="a", Content=content, CompatibleRuntimes=["python3.11"])
    functions.publish_layer_version(LayerName="b", Content=content, CompatibleArchitectures=["arm64"])

    def names(**request: Any) -> list[str]:
        return [each["LayerName"] for each in functions.list_layers(**request)["Layers"]]

    assert names() == ["a", "b"]
    assert names(CompatibleRuntime="python3.11") == ["a"]
    assert names(CompatibleArchitecture="arm64") == ["b"]
    assert len(functions.list_layer_versions(LayerName="a", CompatibleRuntime="nodejs20.x")["LayerVersions"]) == 0
    for call in (
        lambda: functions.list_layers(CompatibleRuntime="cobol1"),
        lambda: functions.publish_layer_version(LayerName="c", Content=content, CompatibleRuntimes=["cobol1"]),
    ):
        code, message = refusal(call)
        assert code == "ValidationException"
        assert "Member must satisfy enum value set" in message


def test_layers_that_are_not_there_are_told(functions: Any) -> None:
    for call in (functions.get_layer_version, functions.delete_layer_version):
        expected = ("InvalidParameterValueException", "Layer Version Cannot be less than 1")
        assert refusal(call, LayerName="l", VersionNumber=0) == expected
    answer = refusal(functions.get_layer_version, LayerName="l", VersionNumber=1)
    assert answer == ("ResourceNotFoundException", "The resource you requested does not exist.")
    assert functions.delete_layer_version(LayerName="l", VersionNumber=1)["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_functions_keep_the_layers_that_they_have(
    functions: Any, create: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    content = {"ZipFile": package("VALUE = 7\n", "python/layered.py")}
    layer = functions.publish_layer_version(LayerName="l", Content=content)["LayerVersionArn"]
    create("import layered\ndef handler(event, context):\n    return layered.VALUE\n", Layers=[layer])
    functions.delete_layer_version(LayerName="l", VersionNumber=1)
    functions.update_function_configuration(FunctionName="f", Layers=[layer], Timeout=9)
    assert invoke() == 7
    assert refusal(create, name="g", Layers=[layer])[1] == f"Layer version {layer} does not exist."


def test_layers_of_a_function_are_checked(aws: Any, functions: Any, create: Callable[..., Any]) -> None:
    content = {"ZipFile": package()}
    arns = [functions.publish_layer_version(LayerName="l", Content=content)["LayerVersionArn"] for _ in range(2)]
    assert refusal(create, Layers=arns)[1] == (
        "Two different versions of the same layer are not allowed to be referenced in the same function. "
        f"{arns[0]} and {arns[1]} are versions of the same layer."
    )
    assert refusal(create, Layers=[f"{arns[0]}"] * 6)[1] == "Cannot reference more than 5 layers."
    elsewhere = arns[0].replace("us-east-1", "eu-west-1")
    assert refusal(create, Layers=[elsewhere])[1] == (
        "Layers are not in the same region as the function. Layers are expected to be in region us-east-1."
    )


def test_a_layer_of_another_account_needs_its_permission(aws: Any, functions: Any, create: Callable[..., Any]) -> None:
    owner = aws.client("lambda", aws_access_key_id="000000000042", aws_secret_access_key="x")
    layer = owner.publish_layer_version(LayerName="l", Content={"ZipFile": package()})["LayerVersionArn"]
    code, message = refusal(create, Layers=[layer])
    assert code == "AccessDeniedException"
    assert message.endswith("because no resource-based policy allows the lambda:GetLayerVersion action")
    owner.add_layer_version_permission(
        LayerName="l", VersionNumber=1, StatementId="s", Action="lambda:GetLayerVersion", Principal=aws.account
    )
    assert create(Layers=[layer])["Layers"][0]["Arn"] == layer


def test_permissions_of_layers_become_a_policy(functions: Any) -> None:
    functions.publish_layer_version(LayerName="l", Content={"ZipFile": package()})
    named = {"LayerName": "l", "VersionNumber": 1}
    permission = {**named, "Action": "lambda:GetLayerVersion", "Principal": "*", "StatementId": "s"}
    assert refusal(functions.get_layer_version_policy, **named)[1] == "No policy is associated with the given resource."
    made = functions.add_layer_version_permission(**permission, OrganizationId="o-1234567890")
    assert '"aws:PrincipalOrgID":"o-1234567890"' in made["Statement"]
    assert refusal(functions.add_layer_version_permission, **permission)[0] == "ResourceConflictException"
    stale = {**permission, "StatementId": "t", "RevisionId": "stale"}
    answer = refusal(functions.add_layer_version_permission, **stale)
    assert answer[0] == "PreconditionFailedException"
    assert "Call the GetLayerPolicy API" in answer[1]
    answer = refusal(functions.remove_layer_version_permission, **named, StatementId="none")
    assert answer[1] == "Statement none is not found in resource policy."
    functions.remove_layer_version_permission(**named, StatementId="s", RevisionId=made["RevisionId"])
    other = {"LayerName": "l", "VersionNumber": 2}
    assert refusal(functions.get_layer_version_policy, **other)[0] == "ResourceNotFoundException"
