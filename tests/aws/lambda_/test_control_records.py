"""What is kept beside functions: policies, tags, code signing, runtime management, scaling, capacity providers."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from aws.lambda_.test_function_settings import refusal

PUBLISHERS = {"SigningProfileVersionArns": ["arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/1"]}
ROLE = "arn:aws:iam::123456789012:role/r"
PROVIDER = {
    "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    "PermissionsConfig": {"CapacityProviderOperatorRoleArn": ROLE},
}
PERMISSION = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
MISSING_SIGNING = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-00000000000000000"


@pytest.mark.parametrize(
    ("given", "principal", "condition"),
    [
        ({"Principal": "*"}, "*", None),
        ({"Principal": "123456789012"}, {"AWS": "arn:aws:iam::123456789012:root"}, None),
        ({"Principal": ROLE}, {"AWS": ROLE}, None),
        ({"SourceAccount": "123456789012"}, None, {"StringEquals": {"AWS:SourceAccount": "123456789012"}}),
        ({"SourceArn": "arn:aws:s3:::b"}, None, {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}}),
        ({"PrincipalOrgID": "o-1234567890"}, None, {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}),
        ({"EventSourceToken": "t"}, None, {"StringEquals": {"lambda:EventSourceToken": "t"}}),
        ({"FunctionUrlAuthType": "NONE"}, None, {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}),
        ({"InvokedViaFunctionUrl": True}, None, {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}),
    ],
)
def test_a_permission_becomes_a_statement(
    functions: Any, create: Callable[..., Any], given: dict[str, Any], principal: Any, condition: Any
) -> None:
    arn = create()["FunctionArn"]
    reply = functions.add_permission(FunctionName="f", **{**PERMISSION, **given})
    statement = json.loads(reply["Statement"])
    expected = {
        "Sid": "s",
        "Effect": "Allow",
        "Principal": principal or {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": arn,
    }
    assert statement == (expected | {"Condition": condition} if condition else expected)


def test_versions_and_aliases_have_policies_of_their_own(functions: Any, create: Callable[..., Any]) -> None:
    arn = create(Publish=True)["FunctionArn"]
    alias = functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    functions.add_permission(FunctionName="f", Qualifier="live", RevisionId=alias["RevisionId"], **PERMISSION)
    functions.add_permission(FunctionName="f:1", Qualifier="1", **PERMISSION)
    policy = functions.get_policy(FunctionName="f", Qualifier="live")
    assert json.loads(policy["Policy"])["Statement"][0]["Resource"] == f"{arn}:live"
    assert refusal(functions.get_policy, FunctionName="f")[1] == "The resource you requested does not exist."
    stale = {"FunctionName": "f", "Qualifier": "live", "StatementId": "s"}
    answer = refusal(functions.remove_permission, **stale, RevisionId="stale")
    assert answer[0] == "PreconditionFailedException"
    assert "Call the GetPolicy API" in answer[1]
    functions.remove_permission(**stale, RevisionId=policy["RevisionId"])


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ({"Principal": "invalid.nonaws.com"}, "InvalidParameterValueException", "The provided principal was invalid."),
        ({"Qualifier": "$LATEST"}, "InvalidParameterValueException", "We currently do not support adding policies for"),
        ({"Qualifier": "42"}, "ResourceNotFoundException", "Function not found: {arn}:42"),
        ({"Qualifier": "none"}, "ResourceNotFoundException", "Cannot find alias arn: {arn}:none"),
        ({"RevisionId": "stale"}, "PreconditionFailedException", "The Revision Id provided does not match"),
        ({"StatementId": "a" * 65, "SourceArn": "arn:aws:s3:::" + "x" * 9_900}, "", ""),
    ],
)
def test_permissions_that_cannot_be_are_refused(
    functions: Any, create: Callable[..., Any], given: dict[str, Any], code: str, message: str
) -> None:
    arn = create()["FunctionArn"]
    request = {"FunctionName": "f", **PERMISSION, **given}
    if code:
        found = refusal(functions.add_permission, **request)
        assert found[0] == code
        assert found[1].startswith(message.format(arn=arn))
        return
    for number in range(2):
        functions.add_permission(**{**request, "StatementId": f"s{number}"})
    assert refusal(functions.add_permission, **request)[0] == "PolicyLengthExceededException"


def test_what_is_missing_of_a_policy_is_told(aws: Any, functions: Any, create: Callable[..., Any]) -> None:
    create()
    answer = refusal(functions.remove_permission, FunctionName="f", StatementId="s")
    assert answer == ("ResourceNotFoundException", "No policy is associated with the given resource.")
    functions.add_permission(FunctionName="f", **PERMISSION)
    answer = refusal(functions.remove_permission, FunctionName="f", StatementId="t")
    assert answer[1] == "Statement t is not found in resource policy."
    gone = f"arn:aws:lambda:us-east-1:{aws.account}:function:none"
    answer = refusal(functions.remove_permission, FunctionName="none", StatementId="s")
    assert answer[1] == f"No policy found for: {gone}"
    assert refusal(functions.add_permission, FunctionName="none", **PERMISSION)[1] == f"Function not found: {gone}"


def test_a_whole_policy_is_put_shown_and_deleted(functions: Any, create: Callable[..., Any]) -> None:
    arn = create()["FunctionArn"]
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": arn}],
    }
    put = functions.put_resource_policy(ResourceArn=arn, Policy=json.dumps(document))
    shown = functions.get_resource_policy(ResourceArn=arn)
    assert (shown["Policy"], shown["RevisionId"]) == (put["Policy"], put["RevisionId"])
    assert functions.get_policy(FunctionName="f")["Policy"] == put["Policy"]
    stale = {"ResourceArn": arn, "RevisionId": "00000000-0000-0000-0000-000000000000"}
    assert refusal(functions.put_resource_policy, Policy=json.dumps(document), **stale)[0] == (
        "PreconditionFailedException"
    )
    assert refusal(functions.delete_resource_policy, **stale)[0] == "PreconditionFailedException"
    functions.delete_resource_policy(ResourceArn=arn, RevisionId=put["RevisionId"])
    assert refusal(functions.get_resource_policy, ResourceArn=arn)[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "policy",
    [
        "no json",
        "[]",
        "{}",
        '{"Statement": [{"Effect": "Perhaps", "Principal": "*", "Action": "*"}]}',
        '{"Statement": [{"Effect": "Allow", "Action": "*"}]}',
        '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3:::b"}]}',
    ],
)
def test_documents_that_are_no_policies_are_refused(functions: Any, create: Callable[..., Any], policy: str) -> None:
    arn = create()["FunctionArn"]
    answer = refusal(functions.put_resource_policy, ResourceArn=arn, Policy=policy)
    assert answer[0] == "InvalidParameterValueException"


def test_tags_have_a_limit_and_rules(functions: Any, create: Callable[..., Any]) -> None:
    arn = create()["FunctionArn"]
    many = {f"k{number}": "" for number in range(51)}
    expected = ("InvalidParameterValueException", "Number of tags exceeds resource tag limit.")
    assert refusal(functions.tag_resource, Resource=arn, Tags=many) == expected
    assert refusal(functions.tag_resource, Resource=arn, Tags={})[0] == "InvalidParameterValueException"
    assert refusal(functions.tag_resource, Resource=f"{arn}:1", Tags={"a": "1"})[1] == (
        "Tags on function aliases and versions are not supported. Please specify a function ARN."
    )
    missing = f"{arn}x"
    assert refusal(functions.list_tags, Resource=missing)[1] == f"Function not found: {missing}"
    mapping = arn.replace("function:f", "event-source-mapping:00000000-0000-0000-0000-000000000000")
    assert refusal(functions.list_tags, Resource=mapping)[1] == f"Event source mapping not found: {mapping}"
    provider = arn.replace("function:f", "capacity-provider:none")
    assert refusal(functions.list_tags, Resource=provider)[1] == f"Capacity provider not found: {provider}"
    assert refusal(functions.list_tags, Resource="arn:aws:something")[0] == "ValidationException"


def test_code_signing_configs_are_kept_with_their_functions(functions: Any, create: Callable[..., Any]) -> None:
    config = functions.create_code_signing_config(AllowedPublishers=PUBLISHERS, Tags={"a": "1"})["CodeSigningConfig"]
    assert config["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Warn"}
    arn = config["CodeSigningConfigArn"]
    function = create(CodeSigningConfigArn=arn)["FunctionArn"]
    assert functions.list_functions_by_code_signing_config(CodeSigningConfigArn=arn)["FunctionArns"] == [function]
    assert refusal(functions.delete_code_signing_config, CodeSigningConfigArn=arn)[0] == "ResourceConflictException"
    updated = functions.update_code_signing_config(
        CodeSigningConfigArn=arn, Description="d", CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"}
    )["CodeSigningConfig"]
    assert updated["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Enforce"}
    assert functions.get_code_signing_config(CodeSigningConfigArn=arn)["CodeSigningConfig"] == updated
    functions.tag_resource(Resource=arn, Tags={"b": "2"})
    assert functions.list_tags(Resource=arn)["Tags"] == {"a": "1", "b": "2"}
    functions.delete_function_code_signing_config(FunctionName="f")
    assert "CodeSigningConfigArn" not in functions.get_function_code_signing_config(FunctionName="f")
    put = functions.put_function_code_signing_config(FunctionName="f", CodeSigningConfigArn=arn)
    assert (put["FunctionName"], put["CodeSigningConfigArn"]) == ("f", arn)
    functions.delete_function(FunctionName="f")
    functions.delete_code_signing_config(CodeSigningConfigArn=arn)
    assert functions.list_code_signing_configs()["CodeSigningConfigs"] == []


def test_code_signing_configs_are_listed_in_pages(functions: Any, create: Callable[..., Any]) -> None:
    made = {
        functions.create_code_signing_config(AllowedPublishers=PUBLISHERS)["CodeSigningConfig"]["CodeSigningConfigArn"]
        for _ in range(3)
    }
    pages = functions.get_paginator("list_code_signing_configs").paginate(PaginationConfig={"PageSize": 2})
    assert {each["CodeSigningConfigArn"] for page in pages for each in page["CodeSigningConfigs"]} == made
    arn = made.pop()
    for name in ("b", "a", "c"):
        create(name=name, CodeSigningConfigArn=arn)
    pages = functions.get_paginator("list_functions_by_code_signing_config").paginate(
        CodeSigningConfigArn=arn, PaginationConfig={"PageSize": 2}
    )
    assert [each.rpartition(":")[2] for page in pages for each in page["FunctionArns"]] == ["a", "b", "c"]


def test_code_signing_configs_that_are_not_there_are_told(functions: Any, create: Callable[..., Any]) -> None:
    create()
    for operation in ("get_code_signing_config", "delete_code_signing_config", "update_code_signing_config"):
        assert refusal(getattr(functions, operation), CodeSigningConfigArn=MISSING_SIGNING) == (
            "ResourceNotFoundException",
            f"The Lambda code signing configuration {MISSING_SIGNING} can not be found.",
        )
    expected = (
        "CodeSigningConfigNotFoundException",
        "The code signing configuration cannot be found. "
        f"Check that the provided configuration is not deleted: {MISSING_SIGNING}.",
    )
    put = functions.put_function_code_signing_config
    assert refusal(put, FunctionName="f", CodeSigningConfigArn=MISSING_SIGNING) == expected
    assert refusal(put, FunctionName="none", CodeSigningConfigArn=MISSING_SIGNING) == expected
    assert refusal(create, name="g", CodeSigningConfigArn=MISSING_SIGNING) == expected
    assert refusal(functions.get_function_code_signing_config, FunctionName="none")[0] == "ResourceNotFoundException"
    assert refusal(functions.get_function, FunctionName="g")[0] == "ResourceNotFoundException"


def test_runtime_management_is_kept_for_each_version(functions: Any, create: Callable[..., Any]) -> None:
    arn = create(Publish=True)["FunctionArn"]
    version = functions.get_function_configuration(FunctionName="f")["RuntimeVersionConfig"]["RuntimeVersionArn"]
    shown = functions.get_runtime_management_config(FunctionName="f")
    assert (shown["UpdateRuntimeOn"], shown["FunctionArn"]) == ("Auto", f"{arn}:$LATEST")
    put = functions.put_runtime_management_config(
        FunctionName="f", Qualifier="1", UpdateRuntimeOn="Manual", RuntimeVersionArn=version
    )
    assert (put["UpdateRuntimeOn"], put["RuntimeVersionArn"], put["FunctionArn"]) == ("Manual", version, f"{arn}:1")
    assert functions.get_runtime_management_config(FunctionName="f")["UpdateRuntimeOn"] == "Auto"
    for request in ({"UpdateRuntimeOn": "Manual"}, {"UpdateRuntimeOn": "Auto", "RuntimeVersionArn": version}):
        answer = refusal(functions.put_runtime_management_config, FunctionName="f", **request)
        assert answer[0] == "InvalidParameterValueException"
    answer = refusal(functions.get_runtime_management_config, FunctionName="f", Qualifier="9")
    assert answer == ("ResourceNotFoundException", f"Function not found: {arn}:9")


def test_capacity_providers_are_kept_with_their_versions(functions: Any, create: Callable[..., Any]) -> None:
    made = functions.create_capacity_provider(CapacityProviderName="c", Tags={"a": "1"}, **PROVIDER)["CapacityProvider"]
    assert made["State"] == "Pending"
    arn = made["CapacityProviderArn"]
    assert functions.get_capacity_provider(CapacityProviderName=arn)["CapacityProvider"]["State"] == "Active"
    assert refusal(functions.create_capacity_provider, CapacityProviderName="c", **PROVIDER)[0] == (
        "ResourceConflictException"
    )
    updated = functions.update_capacity_provider(
        CapacityProviderName="c", CapacityProviderScalingConfig={"MaxVCpuCount": 12}
    )["CapacityProvider"]
    assert updated["CapacityProviderScalingConfig"] == {"MaxVCpuCount": 12}
    assert functions.list_tags(Resource=arn)["Tags"] == {"a": "1"}
    config = {"LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": arn}}
    function = create(CapacityProviderConfig=config, Publish=True)["FunctionArn"]
    (version,) = functions.list_function_versions_by_capacity_provider(CapacityProviderName="c")["FunctionVersions"]
    assert version == {"FunctionArn": f"{function}:1", "State": "Active"}
    assert refusal(functions.delete_capacity_provider, CapacityProviderName="c")[0] == "ResourceConflictException"
    functions.delete_function(FunctionName="f")
    assert functions.delete_capacity_provider(CapacityProviderName="c")["CapacityProvider"]["State"] == "Deleting"
    answer = refusal(functions.get_capacity_provider, CapacityProviderName="c")
    assert answer == ("ResourceNotFoundException", f"Capacity provider not found: {arn}")


def test_capacity_providers_are_listed_in_pages(functions: Any) -> None:
    for name in ("c", "a", "b"):
        functions.create_capacity_provider(CapacityProviderName=name, **PROVIDER)
    first = functions.list_capacity_providers(MaxItems=2)
    rest = functions.list_capacity_providers(MaxItems=2, Marker=first["NextMarker"])
    found = first["CapacityProviders"] + rest["CapacityProviders"]
    assert [each["CapacityProviderArn"].rpartition(":")[2] for each in found] == ["a", "b", "c"]
    assert functions.list_capacity_providers(State="Failed")["CapacityProviders"] == []


def test_scaling_is_kept_for_functions_with_capacity_providers(functions: Any, create: Callable[..., Any]) -> None:
    create(Publish=True)
    named = {"FunctionName": "f", "Qualifier": "1"}
    bounds = {"MinExecutionEnvironments": 1, "MaxExecutionEnvironments": 3}
    answer = refusal(functions.put_function_scaling_config, FunctionScalingConfig=bounds, **named)
    assert answer[0] == "InvalidParameterValueException"
    arn = functions.create_capacity_provider(CapacityProviderName="c", **PROVIDER)["CapacityProvider"]
    config = {"LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": arn["CapacityProviderArn"]}}
    functions.update_function_configuration(FunctionName="f", CapacityProviderConfig=config)
    named["Qualifier"] = functions.publish_version(FunctionName="f")["Version"]
    assert functions.put_function_scaling_config(FunctionScalingConfig=bounds, **named)["FunctionState"] == "Active"
    shown = functions.get_function_scaling_config(**named)
    assert shown["AppliedFunctionScalingConfig"] == shown["RequestedFunctionScalingConfig"] == bounds
    wrong = {"MinExecutionEnvironments": 4, "MaxExecutionEnvironments": 3}
    answer = refusal(functions.put_function_scaling_config, FunctionScalingConfig=wrong, **named)
    assert answer[0] == "InvalidParameterValueException"
    functions.put_function_scaling_config(**named)
    assert "AppliedFunctionScalingConfig" not in functions.get_function_scaling_config(**named)
