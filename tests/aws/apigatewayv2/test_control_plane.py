"""The control plane of HTTP APIs."""

import json

import pytest
from botocore.exceptions import ClientError

from serein.testing import Serein

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"


def _error(failure: pytest.ExceptionInfo[ClientError]) -> tuple[str, str, int]:
    response = failure.value.response
    return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_an_api_is_created_shown_changed_and_deleted(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    made = apis.create_api(Name="orders", ProtocolType="HTTP", Description="d", Tags={"a": "b"})
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["ApiEndpoint"].startswith(f"http://{made['ApiId']}.execute-api.localhost:")
    assert made["RouteSelectionExpression"] == "$request.method $request.path"
    shown = apis.get_api(ApiId=made["ApiId"])
    assert (shown["Name"], shown["Description"], shown["Tags"]) == ("orders", "d", {"a": "b"})
    assert shown["CreatedDate"] == made["CreatedDate"]
    apis.update_api(ApiId=made["ApiId"], Name="orders2", Description="")
    shown = apis.get_api(ApiId=made["ApiId"])
    assert shown["Name"] == "orders2"
    assert "Description" not in shown
    assert [api["ApiId"] for api in apis.get_apis()["Items"]] == [made["ApiId"]]
    apis.delete_api(ApiId=made["ApiId"])
    with pytest.raises(ClientError) as failure:
        apis.get_api(ApiId=made["ApiId"])
    assert _error(failure) == (
        "NotFoundException",
        f"Invalid API identifier specified {aws.account}:{made['ApiId']}",
        404,
    )


def test_apis_come_in_pages(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    made = {apis.create_api(Name=f"api{number}", ProtocolType="HTTP")["ApiId"] for number in range(3)}
    first = apis.get_apis(MaxResults="2")
    second = apis.get_apis(MaxResults="2", NextToken=first["NextToken"])
    assert {api["ApiId"] for api in first["Items"] + second["Items"]} == made
    assert "NextToken" not in second


def test_routes_are_unique_and_well_formed(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    api_id = apis.create_api(Name="x", ProtocolType="HTTP")["ApiId"]
    route = apis.create_route(ApiId=api_id, RouteKey="GET /a")
    assert route["AuthorizationType"] == "NONE"
    with pytest.raises(ClientError) as failure:
        apis.create_route(ApiId=api_id, RouteKey="GET /a")
    assert _error(failure)[0::2] == ("ConflictException", 409)
    with pytest.raises(ClientError) as failure:
        apis.create_route(ApiId=api_id, RouteKey="nonsense")
    assert _error(failure) == (
        "BadRequestException",
        "The provided route key is not formatted properly for HTTP protocol. "
        'Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"',
        400,
    )
    apis.update_route(ApiId=api_id, RouteId=route["RouteId"], RouteKey="POST /a")
    assert [found["RouteKey"] for found in apis.get_routes(ApiId=api_id)["Items"]] == ["POST /a"]
    apis.delete_route(ApiId=api_id, RouteId=route["RouteId"])
    assert apis.get_routes(ApiId=api_id)["Items"] == []


@pytest.mark.parametrize(
    "settings",
    [
        {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION},
        {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION, "PayloadFormatVersion": "3.0"},
        {"IntegrationType": "AWS_PROXY", "IntegrationUri": "nonsense", "PayloadFormatVersion": "2.0"},
        {"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://example.com"},
        {"IntegrationType": "MOCK"},
        {
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": FUNCTION,
            "PayloadFormatVersion": "2.0",
            "TimeoutInMillis": 30_001,
        },
    ],
)
def test_integrations_that_make_no_sense_are_refused(aws: Serein, settings: dict[str, object]) -> None:
    apis = aws.client("apigatewayv2")
    api_id = apis.create_api(Name="x", ProtocolType="HTTP")["ApiId"]
    with pytest.raises(ClientError) as failure:
        apis.create_integration(ApiId=api_id, **settings)
    assert _error(failure)[0::2] == ("BadRequestException", 400)


def test_stages_follow_changes_only_with_auto_deploy(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    api_id = apis.create_api(Name="x", ProtocolType="HTTP")["ApiId"]
    with pytest.raises(ClientError, match="no routes exist"):
        apis.create_deployment(ApiId=api_id)
    apis.create_route(ApiId=api_id, RouteKey="GET /a")
    manual = apis.create_deployment(ApiId=api_id, Description="first")
    assert (manual["DeploymentStatus"], manual["AutoDeployed"]) == ("DEPLOYED", False)
    apis.create_stage(ApiId=api_id, StageName="prod", DeploymentId=manual["DeploymentId"], StageVariables={"a": "b"})
    apis.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    before = apis.get_stage(ApiId=api_id, StageName="$default")["DeploymentId"]
    apis.create_route(ApiId=api_id, RouteKey="GET /b")
    assert apis.get_stage(ApiId=api_id, StageName="$default")["DeploymentId"] != before
    assert apis.get_stage(ApiId=api_id, StageName="prod")["DeploymentId"] == manual["DeploymentId"]
    with pytest.raises(ClientError) as failure:
        apis.delete_deployment(ApiId=api_id, DeploymentId=manual["DeploymentId"])
    assert _error(failure)[0] == "ConflictException"
    apis.update_stage(ApiId=api_id, StageName="prod", StageVariables={"a": "", "c": "d"})
    assert apis.get_stage(ApiId=api_id, StageName="prod")["StageVariables"] == {"c": "d"}
    with pytest.raises(ClientError) as failure:
        apis.create_stage(ApiId=api_id, StageName="prod")
    assert _error(failure)[0] == "ConflictException"


def test_quick_create_makes_a_default_route_and_stage(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    api_id = apis.create_api(Name="x", ProtocolType="HTTP", Target=FUNCTION)["ApiId"]
    (route,) = apis.get_routes(ApiId=api_id)["Items"]
    (integration,) = apis.get_integrations(ApiId=api_id)["Items"]
    (stage,) = apis.get_stages(ApiId=api_id)["Items"]
    assert (route["RouteKey"], route["Target"]) == ("$default", f"integrations/{integration['IntegrationId']}")
    assert (integration["PayloadFormatVersion"], integration["IntegrationUri"]) == ("2.0", FUNCTION)
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    with pytest.raises(ClientError) as failure:
        apis.delete_integration(ApiId=api_id, IntegrationId=integration["IntegrationId"])
    assert _error(failure)[0] == "ConflictException"


def test_an_openapi_definition_is_imported_and_imported_again(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    body = {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {"responses": {}}}}}
    made = apis.import_api(Body=json.dumps(body))
    assert (made["Name"], made["Version"]) == ("t", "1")
    assert made["Warnings"] == ["No integration found for route GET /a"]
    body["paths"] = {"/b": {"post": {"responses": {}}}}
    apis.reimport_api(ApiId=made["ApiId"], Body=json.dumps(body))
    assert [route["RouteKey"] for route in apis.get_routes(ApiId=made["ApiId"])["Items"]] == ["POST /b"]
    with pytest.raises(ClientError) as failure:
        apis.import_api(Body="nonsense")
    assert _error(failure)[0] == "BadRequestException"


def test_apis_and_stages_can_be_tagged(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    api_id = apis.create_api(Name="x", ProtocolType="HTTP")["ApiId"]
    apis.create_stage(ApiId=api_id, StageName="prod")
    for arn in (
        f"arn:aws:apigateway:us-east-1::/apis/{api_id}",
        f"arn:aws:apigateway:us-east-1::/apis/{api_id}/stages/prod",
    ):
        apis.tag_resource(ResourceArn=arn, Tags={"a": "1", "b": "2"})
        apis.untag_resource(ResourceArn=arn, TagKeys=["a"])
        assert apis.get_tags(ResourceArn=arn)["Tags"] == {"b": "2"}


def test_accounts_do_not_see_each_others_apis(aws: Serein) -> None:
    api_id = aws.client("apigatewayv2").create_api(Name="x", ProtocolType="HTTP")["ApiId"]
    other = Serein(aws.endpoint)
    with pytest.raises(ClientError) as failure:
        other.client("apigatewayv2").get_api(ApiId=api_id)
    assert _error(failure)[0] == "NotFoundException"


def test_what_a_quick_create_made_follows_its_api(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    api_id = apis.create_api(Name="x", ProtocolType="HTTP", Target=FUNCTION)["ApiId"]
    apis.create_route(ApiId=api_id, RouteKey="GET /taken")
    apis.update_api(ApiId=api_id, Target="https://example.com/a", RouteKey="GET /a")
    (integration,) = apis.get_integrations(ApiId=api_id)["Items"]
    assert (integration["IntegrationType"], integration["IntegrationUri"]) == ("HTTP_PROXY", "https://example.com/a")
    assert sorted(route["RouteKey"] for route in apis.get_routes(ApiId=api_id)["Items"]) == ["GET /a", "GET /taken"]
    with pytest.raises(ClientError, match="ConflictException"):
        apis.update_api(ApiId=api_id, RouteKey="GET /taken")
    plain = apis.create_api(Name="y", ProtocolType="HTTP")["ApiId"]
    with pytest.raises(ClientError, match="BadRequestException"):
        apis.update_api(ApiId=plain, Target=FUNCTION)


def test_a_required_parameter_of_a_route_is_taken_away(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    api_id = apis.create_api(Name="x", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")[
        "ApiId"
    ]
    name = "route.request.querystring.a"
    route = apis.create_route(ApiId=api_id, RouteKey="$connect", RequestParameters={name: {"Required": True}})
    request = {"ApiId": api_id, "RouteId": route["RouteId"], "RequestParameterKey": name}
    apis.delete_route_request_parameter(**request)
    assert not apis.get_route(ApiId=api_id, RouteId=route["RouteId"]).get("RequestParameters")
    with pytest.raises(ClientError, match="NotFoundException"):
        apis.delete_route_request_parameter(**request)
