"""AWS::ApiGatewayV2::* in stacks."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from http_api import ECHO
from serein.testing import Serein

CORS = {"AllowOrigins": ["*"], "MaxAge": "5"}
FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Code": {"ZipFile": ECHO},
        "Handler": "index.handler",
        "Runtime": "python3.12",
        "Role": "arn:aws:iam::000000000000:role/r",
    },
}


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": properties}


def _ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def _template(route: str = "GET /a", **more: Any) -> dict[str, Any]:
    return {
        "Resources": {
            "Function": FUNCTION,
            "Api": _resource("Api", Name="raw", ProtocolType="HTTP", CorsConfiguration=CORS),
            "Integration": _resource(
                "Integration",
                ApiId=_ref("Api"),
                IntegrationType="AWS_PROXY",
                IntegrationUri={"Fn::GetAtt": ["Function", "Arn"]},
                PayloadFormatVersion="2.0",
                TimeoutInMillis="5000",
            ),
            "Route": _resource(
                "Route", ApiId=_ref("Api"), RouteKey=route, Target={"Fn::Sub": "integrations/${Integration}"}
            ),
            "Deployment": {**_resource("Deployment", ApiId=_ref("Api")), "DependsOn": "Route"},
            "Stage": _resource(
                "Stage",
                ApiId=_ref("Api"),
                StageName="prod",
                DeploymentId=_ref("Deployment"),
                StageVariables={"a": "1"},
                DefaultRouteSettings={"ThrottlingBurstLimit": "10"},
            ),
            "Default": _resource("Stage", ApiId=_ref("Api"), StageName="$default", AutoDeploy="true"),
            **more,
        },
        "Outputs": {"Api": {"Value": _ref("Api")}, "Url": {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}}},
    }


def _deploy(serein: Serein, template: dict[str, Any], *, is_update: bool = False) -> dict[str, str]:
    stacks = serein.client("cloudformation")
    request = {"StackName": "raw", "TemplateBody": json.dumps(template)}
    if is_update:
        stacks.update_stack(**request)
    else:
        stacks.create_stack(**request)
    stacks.get_waiter("stack_update_complete" if is_update else "stack_create_complete").wait(
        StackName="raw", WaiterConfig={"Delay": 0.1, "MaxAttempts": 300}
    )
    outputs = stacks.describe_stacks(StackName="raw")["Stacks"][0]["Outputs"]
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def test_a_stack_makes_changes_and_removes_an_api(serein: Serein) -> None:
    outputs = _deploy(serein, _template())
    apis = serein.client("apigatewayv2")
    api_id = outputs["Api"]
    assert apis.get_api(ApiId=api_id)["CorsConfiguration"] == {"AllowOrigins": ["*"], "MaxAge": 5}
    assert [route["RouteKey"] for route in apis.get_routes(ApiId=api_id)["Items"]] == ["GET /a"]
    stages = {stage["StageName"]: stage for stage in apis.get_stages(ApiId=api_id)["Items"]}
    assert stages["prod"]["StageVariables"] == {"a": "1"}
    assert stages["$default"]["AutoDeploy"] is True
    reasons = {
        row["LogicalResourceId"]: row.get("ResourceStatusReason", "")
        for row in serein.client("cloudformation").list_stack_resources(StackName="raw")["StackResourceSummaries"]
    }
    assert "DefaultRouteSettings" in reasons["Stage"]

    _deploy(serein, _template("GET /b"), is_update=True)
    assert [route["RouteKey"] for route in apis.get_routes(ApiId=api_id)["Items"]] == ["GET /b"]

    stacks = serein.client("cloudformation")
    stacks.delete_stack(StackName="raw")
    stacks.get_waiter("stack_delete_complete").wait(StackName="raw", WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
    with pytest.raises(ClientError):
        apis.get_api(ApiId=api_id)
