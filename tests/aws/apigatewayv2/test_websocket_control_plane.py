"""The control plane of WebSocket APIs: what is kept, what is shown, and what is refused."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from serein.testing import Serein
from websocket_api import MOCK_OK, STAGE, WebSocketApi


@pytest.fixture
def api(aws: Serein) -> WebSocketApi:
    return WebSocketApi(aws)


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(**request)
    told = error.value.response["Error"]
    return told["Code"], told["Message"]


def test_an_api_is_shown_with_its_defaults(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    made = apis.create_api(Name="chat", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    assert made["ProtocolType"] == "WEBSOCKET"
    assert made["RouteSelectionExpression"] == "$request.body.action"
    assert made["ApiKeySelectionExpression"] == "$request.header.x-api-key"
    assert made["DisableSchemaValidation"] is False
    assert made["ApiEndpoint"].startswith(f"ws://{made['ApiId']}.execute-api.localhost")
    assert "CorsConfiguration" not in made
    shown = apis.get_api(ApiId=made["ApiId"])
    assert shown["Name"] == "chat"
    changed = apis.update_api(
        ApiId=made["ApiId"],
        RouteSelectionExpression="${request.body.kind}",
        ApiKeySelectionExpression="$context.authorizer.usageIdentifierKey",
        DisableSchemaValidation=True,
        Description="d",
    )
    assert changed["RouteSelectionExpression"] == "${request.body.kind}"
    assert changed["ApiKeySelectionExpression"] == "$context.authorizer.usageIdentifierKey"
    assert changed["DisableSchemaValidation"] is True
    apis.delete_api(ApiId=made["ApiId"])
    assert refusal(apis.get_api, ApiId=made["ApiId"])[0] == "NotFoundException"


@pytest.mark.parametrize(
    "settings",
    [
        {"RouteSelectionExpression": None},
        {"RouteSelectionExpression": "action"},
        {"RouteSelectionExpression": "$request.header.x"},
        {"RouteSelectionExpression": "$"},
        {"ApiKeySelectionExpression": "$request.header.key"},
        {"CorsConfiguration": {"AllowOrigins": ["*"]}},
        {"Target": "arn:aws:lambda:us-east-1:123456789012:function:f"},
        {"RouteKey": "$default"},
        {"Name": "x" * 129},
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused(aws: Serein, settings: dict[str, Any]) -> None:
    request = {
        "Name": "chat",
        "ProtocolType": "WEBSOCKET",
        "RouteSelectionExpression": "$request.body.action",
        **settings,
    }
    given = {name: value for name, value in request.items() if value is not None}
    assert refusal(aws.client("apigatewayv2").create_api, **given)[0] == "BadRequestException"


def test_routes_are_kept_changed_and_deleted(api: WebSocketApi) -> None:
    route_id = api.route(
        "join",
        RouteResponseSelectionExpression="$default",
        OperationName="Join",
        ModelSelectionExpression="$default",
        RequestModels={"$default": "m"},
    )
    shown = api.apis.get_route(ApiId=api.id, RouteId=route_id)
    assert (shown["RouteKey"], shown["AuthorizationType"], shown["ApiKeyRequired"]) == ("join", "NONE", False)
    assert shown["RequestModels"] == {"$default": "m"}
    integration = api.integration(IntegrationType="MOCK")
    changed = api.apis.update_route(
        ApiId=api.id, RouteId=route_id, RouteKey="enter", Target=f"integrations/{integration}"
    )
    assert (changed["RouteKey"], changed["RouteResponseSelectionExpression"]) == ("enter", "$default")
    assert refusal(api.apis.delete_integration, ApiId=api.id, IntegrationId=integration)[0] == "ConflictException"
    response = api.apis.create_route_response(ApiId=api.id, RouteId=route_id, RouteResponseKey="$default")
    api.apis.delete_route(ApiId=api.id, RouteId=route_id)
    code, _ = refusal(
        api.apis.get_route_response, ApiId=api.id, RouteId=route_id, RouteResponseId=response["RouteResponseId"]
    )
    assert code == "NotFoundException"


def test_what_routes_may_not_have_is_refused(api: WebSocketApi) -> None:
    def refused(**settings: Any) -> tuple[str, str]:
        return refusal(api.apis.create_route, ApiId=api.id, **settings)

    assert refused(RouteKey="$other")[0] == "BadRequestException"
    assert refused(RouteKey="")[0] == "BadRequestException"
    assert refused(RouteKey="join", AuthorizationType="AWS_IAM") == (
        "BadRequestException",
        "Currently, authorization is restricted to the $connect route only",
    )
    assert refused(RouteKey="$connect", AuthorizationType="JWT")[0] == "BadRequestException"
    assert refused(RouteKey="$connect", AuthorizationType="CUSTOM")[0] == "BadRequestException"
    assert refused(RouteKey="join", ApiKeyRequired=True)[0] == "BadRequestException"
    assert refused(RouteKey="join", RouteResponseSelectionExpression="$other")[0] == "BadRequestException"
    assert refused(RouteKey="join", RequestParameters={"x": {"Required": True}})[0] == "BadRequestException"
    assert refused(RouteKey="join", AuthorizationScopes=["a"])[0] == "BadRequestException"
    assert refused(RouteKey="join", Target="nowhere")[0] == "BadRequestException"
    assert refused(RouteKey="join", Target="integrations/none")[0] == "NotFoundException"
    api.route("join")
    assert refused(RouteKey="join")[0] == "ConflictException"


def test_integrations_have_defaults_and_limits(api: WebSocketApi) -> None:
    function = api.uri(f"arn:aws:lambda:{api.aws.region}:{api.aws.account}:function:f")
    made = api.apis.create_integration(ApiId=api.id, IntegrationType="AWS_PROXY", IntegrationUri=function)
    assert (made["TimeoutInMillis"], made["PayloadFormatVersion"]) == (29000, "1.0")
    assert (made["PassthroughBehavior"], made["ConnectionType"]) == ("WHEN_NO_MATCH", "INTERNET")
    assert "IntegrationResponseSelectionExpression" not in made
    mock = api.apis.create_integration(ApiId=api.id, IntegrationType="MOCK", RequestTemplates=MOCK_OK)
    assert mock["IntegrationResponseSelectionExpression"] == "${integration.response.statuscode}"
    changed = api.apis.update_integration(ApiId=api.id, IntegrationId=made["IntegrationId"], TimeoutInMillis=50)
    assert changed["TimeoutInMillis"] == 50
    for settings in (
        {"IntegrationType": "AWS_PROXY"},
        {"IntegrationType": "AWS_PROXY", "IntegrationUri": "arn:aws:s3:::bucket"},
        {"IntegrationType": "AWS", "IntegrationUri": "x"},
        {"IntegrationType": "HTTP", "IntegrationUri": "ftp://x", "IntegrationMethod": "POST"},
        {"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://example.com"},
        {"IntegrationType": "MOCK", "TimeoutInMillis": 29001},
        {"IntegrationType": "MOCK", "PayloadFormatVersion": "2.0"},
        {"IntegrationType": "MOCK", "TemplateSelectionExpression": "$"},
        {"IntegrationType": "MOCK", "IntegrationSubtype": "SQS-SendMessage"},
        {"IntegrationType": "MOCK", "RequestParameters": {"x": "y"}},
        {"IntegrationType": "MOCK", "RequestParameters": {"integration.request.header.x": "y"}},
    ):
        code, _ = refusal(api.apis.create_integration, ApiId=api.id, **settings)
        assert code == "BadRequestException", settings


def test_responses_of_integrations_are_kept_changed_and_deleted(api: WebSocketApi) -> None:
    integration = api.integration(IntegrationType="MOCK")
    place = {"ApiId": api.id, "IntegrationId": integration}
    made = api.apis.create_integration_response(
        **place, IntegrationResponseKey="/4\\d\\d/", ResponseTemplates={"$default": "x"}
    )
    assert "IntegrationId" not in made
    one = {**place, "IntegrationResponseId": made["IntegrationResponseId"]}
    assert api.apis.get_integration_response(**one)["IntegrationResponseKey"] == "/4\\d\\d/"
    changed = api.apis.update_integration_response(
        **one, IntegrationResponseKey="$default", ContentHandlingStrategy="CONVERT_TO_TEXT"
    )
    assert changed["ContentHandlingStrategy"] == "CONVERT_TO_TEXT"
    for key in ("$default", "200", "/(/"):
        code, _ = refusal(api.apis.create_integration_response, **place, IntegrationResponseKey=key)
        assert code == "BadRequestException"
    assert len(api.apis.get_integration_responses(**place)["Items"]) == 1
    api.apis.delete_integration_response(**one)
    assert api.apis.get_integration_responses(**place)["Items"] == []
    assert refusal(api.apis.delete_integration_response, **one)[0] == "NotFoundException"
    assert refusal(api.apis.get_integration_responses, ApiId=api.id, IntegrationId="none")[0] == "NotFoundException"


def test_responses_of_routes_have_one_key(api: WebSocketApi) -> None:
    place = {"ApiId": api.id, "RouteId": api.route("join")}
    assert refusal(api.apis.create_route_response, **place, RouteResponseKey="200")[0] == "BadRequestException"
    made = api.apis.create_route_response(**place, RouteResponseKey="$default", ResponseModels={"$default": "m"})
    one = {**place, "RouteResponseId": made["RouteResponseId"]}
    assert api.apis.get_route_response(**one)["ResponseModels"] == {"$default": "m"}
    assert refusal(api.apis.create_route_response, **place, RouteResponseKey="$default")[0] == "BadRequestException"
    changed = api.apis.update_route_response(**one, ModelSelectionExpression="$default")
    assert changed["ModelSelectionExpression"] == "$default"
    assert [each["RouteResponseId"] for each in api.apis.get_route_responses(**place)["Items"]] == [
        made["RouteResponseId"]
    ]
    api.apis.delete_route_response(**one)
    assert refusal(api.apis.get_route_response, **one)[0] == "NotFoundException"


def test_an_http_api_has_no_responses(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    api_id = apis.create_api(Name="http", ProtocolType="HTTP")["ApiId"]
    route = apis.create_route(ApiId=api_id, RouteKey="GET /")["RouteId"]
    code, _ = refusal(apis.create_route_response, ApiId=api_id, RouteId=route, RouteResponseKey="$default")
    assert code == "BadRequestException"


def test_models_are_kept_and_give_a_template(api: WebSocketApi) -> None:
    schema = (
        '{"type": "object", "properties": {"text": {"type": "string"}, "n": {"type": "integer"}, '
        '"tags": {"type": "array", "items": {"type": "string"}}}}'
    )
    made = api.apis.create_model(ApiId=api.id, Name="message", Schema=schema)
    assert made["ContentType"] == "application/json"
    one = {"ApiId": api.id, "ModelId": made["ModelId"]}
    assert api.apis.get_model(**one)["Schema"] == schema
    template = api.apis.get_model_template(**one)["Value"]
    assert "#set($inputRoot = $input.path('$'))" in template
    assert '"text" : "$inputRoot.text"' in template
    assert '"n" : $inputRoot.n' in template
    assert "#foreach($elem in $inputRoot.tags)" in template
    assert api.apis.update_model(**one, Description="d")["Description"] == "d"
    assert refusal(api.apis.create_model, ApiId=api.id, Name="message", Schema="{}")[0] == "ConflictException"
    assert refusal(api.apis.create_model, ApiId=api.id, Name="a b", Schema="{}")[0] == "BadRequestException"
    assert refusal(api.apis.create_model, ApiId=api.id, Name="b", Schema="{")[0] == "BadRequestException"
    assert [model["Name"] for model in api.apis.get_models(ApiId=api.id)["Items"]] == ["message"]
    api.apis.delete_model(**one)
    assert refusal(api.apis.get_model, **one)[0] == "NotFoundException"


def test_authorizers_take_the_identity_sources_of_websockets(api: WebSocketApi) -> None:
    function = api.uri(f"arn:aws:lambda:{api.aws.region}:{api.aws.account}:function:f")
    request = {"ApiId": api.id, "Name": "a", "AuthorizerType": "REQUEST", "AuthorizerUri": function}
    made = api.apis.create_authorizer(**request, IdentitySource=["route.request.header.Auth"])
    assert made["IdentitySource"] == ["route.request.header.Auth"]
    code, _ = refusal(api.apis.create_authorizer, **{**request, "Name": "b"}, IdentitySource=["$request.header.Auth"])
    assert code == "BadRequestException"
    jwt = {"Issuer": "https://x", "Audience": ["a"]}
    code, _ = refusal(
        api.apis.create_authorizer,
        ApiId=api.id,
        Name="c",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Auth"],
        JwtConfiguration=jwt,
    )
    assert code == "BadRequestException"


def test_a_deployment_needs_a_route_and_stays_while_a_stage_serves_it(api: WebSocketApi) -> None:
    assert refusal(api.apis.create_deployment, ApiId=api.id)[0] == "BadRequestException"
    api.mock("$default", MOCK_OK)
    api.deploy()
    deployment = api.apis.get_stage(ApiId=api.id, StageName=STAGE)["DeploymentId"]
    code, _ = refusal(api.apis.delete_deployment, ApiId=api.id, DeploymentId=deployment)
    assert code == "ConflictException"


def test_a_stage_may_follow_changes_by_itself(api: WebSocketApi) -> None:
    api.mock("$default", MOCK_OK, {"$default": "one"})
    api.apis.create_stage(ApiId=api.id, StageName=STAGE, AutoDeploy=True)
    with api.client() as client:
        client.send("x")
        assert client.text() == "one"
        api.mock("two", MOCK_OK, {"$default": "two"})
        client.send({"action": "two"})
        assert client.text() == "two"
