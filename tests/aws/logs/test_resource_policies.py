"""Resource policies of CloudWatch Logs, and their CloudFormation type."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture
def logs(aws: Any) -> Any:
    return aws.client("logs")


def _refusal(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**request)
    return str(refused.value.response["Error"]["Code"])


def test_policies_are_put_replaced_listed_by_name_and_deleted(logs: Any) -> None:
    for name in ("b", "a"):
        logs.put_resource_policy(policyName=name, policyDocument="{}")
    put = logs.put_resource_policy(policyName="a", policyDocument=DOCUMENT)["resourcePolicy"]
    assert (put["policyName"], put["policyDocument"], put["policyScope"]) == ("a", DOCUMENT, "ACCOUNT")
    page = logs.describe_resource_policies(limit=1)
    assert page["resourcePolicies"] == [put]
    rest = logs.describe_resource_policies(limit=1, nextToken=page["nextToken"])
    assert [each["policyName"] for each in rest["resourcePolicies"]] == ["b"]
    assert "nextToken" not in rest
    assert logs.describe_resource_policies(policyScope="RESOURCE")["resourcePolicies"] == []
    logs.delete_resource_policy(policyName="a")
    assert [each["policyName"] for each in logs.describe_resource_policies()["resourcePolicies"]] == ["b"]
    assert _refusal(logs.delete_resource_policy, policyName="a") == "ResourceNotFoundException"


def test_an_account_has_ten_policies_and_documents_are_objects(logs: Any) -> None:
    for number in range(10):
        logs.put_resource_policy(policyName=f"p{number}", policyDocument=DOCUMENT)
    logs.put_resource_policy(policyName="p0", policyDocument="{}")
    assert _refusal(logs.put_resource_policy, policyName="p10", policyDocument="{}") == "LimitExceededException"
    for document in ("[]", "text"):
        assert _refusal(logs.put_resource_policy, policyName="p0", policyDocument=document) == (
            "InvalidParameterException"
        )
    assert _refusal(logs.put_resource_policy, policyName="p0") == "InvalidParameterException"
    assert _refusal(logs.describe_resource_policies, nextToken="x") == "InvalidParameterException"
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:g"
    request = {"policyName": "p0", "policyDocument": "{}", "resourceArn": arn}
    assert _refusal(logs.put_resource_policy, **request) == "NotImplemented"


def test_a_stack_makes_changes_and_removes_a_policy(aws: Any, logs: Any) -> None:
    properties = {"PolicyName": "p", "PolicyDocument": "{}"}
    template = {"Resources": {"Policy": {"Type": "AWS::Logs::ResourcePolicy", "Properties": properties}}}
    stacks = aws.client("cloudformation")
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(template))
    aws.idle()
    properties["PolicyDocument"] = DOCUMENT
    stacks.update_stack(StackName="s", TemplateBody=json.dumps(template))
    aws.idle()
    found = logs.describe_resource_policies()["resourcePolicies"]
    assert [(each["policyName"], each["policyDocument"]) for each in found] == [("p", DOCUMENT)]
    stacks.delete_stack(StackName="s")
    aws.idle()
    assert logs.describe_resource_policies()["resourcePolicies"] == []
