"""REST APIs' control plane: APIs, resources, methods, integrations, responses, models, validators, authorizers."""

import pytest

from rest_control import Api, make_api, patch, refusal
from serein.testing import Serein

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"
FUNCTION_URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


@pytest.fixture
def api(aws: Serein) -> Api:
    return make_api(aws)


def test_an_api_is_made_with_defaults_found_patched_and_deleted(aws: Serein) -> None:
    client = aws.client("apigateway")
    made = client.create_rest_api(name="shop", description="d", version="1", tags={"a": "b"}, minimumCompressionSize=5)
    api_id = made["id"]
    assert made["apiKeySource"] == "HEADER" and made["endpointConfiguration"]["types"] == ["EDGE"]
    assert client.get_rest_api(restApiId=api_id)["tags"] == {"a": "b"}
    patches = [
        patch("replace", "/name", "shop2"),
        patch("replace", "/apiKeySource", "AUTHORIZER"),
        patch("replace", "/policy", '{"Statement": []}'),
        patch("replace", "/disableExecuteApiEndpoint", "true"),
        patch("replace", "/minimumCompressionSize"),
        patch("replace", "/endpointConfiguration/types/EDGE", "REGIONAL"),
        patch("add", "/binaryMediaTypes/image~1png"),
    ]
    changed = client.update_rest_api(restApiId=api_id, patchOperations=patches)
    assert changed["name"] == "shop2" and changed["apiKeySource"] == "AUTHORIZER"
    assert changed["disableExecuteApiEndpoint"] is True and "minimumCompressionSize" not in changed
    assert changed["endpointConfiguration"]["types"] == ["REGIONAL"]
    assert changed["binaryMediaTypes"] == ["image/png"] and changed["policy"] == '{"Statement": []}'
    client.delete_rest_api(restApiId=api_id)
    expected = ("NotFoundException", f"Invalid API identifier specified {aws.account}:{api_id}")
    assert refusal(client.get_rest_api, restApiId=api_id) == expected
    assert refusal(client.delete_rest_api, restApiId=api_id) == expected


def test_an_api_is_cloned_with_all_its_parts(api: Api) -> None:
    validator = api.client.create_request_validator(restApiId=api.id, name="v", validateRequestBody=True)["id"]
    api.mock(api.resource("pets"), requestValidatorId=validator)
    clone = api.client.create_rest_api(name="clone", cloneFrom=api.id)
    found = api.client.get_resources(restApiId=clone["id"], embed=["methods"])["items"]
    assert [resource["path"] for resource in found] == ["/", "/pets"]
    assert found[0]["id"] == clone["rootResourceId"] and found[1]["parentId"] == clone["rootResourceId"]
    copied = found[1]["resourceMethods"]["GET"]
    assert copied["requestValidatorId"] != validator
    assert copied["methodIntegration"]["cacheNamespace"] == found[1]["id"]
    code, _ = refusal(api.client.create_rest_api, name="x", cloneFrom="nothing")
    assert code == "BadRequestException"


def test_what_an_api_cannot_be_is_refused_in_aws_s_words(aws: Serein) -> None:
    client = aws.client("apigateway")
    assert refusal(client.create_rest_api, name=" ")[0] == "BadRequestException"
    assert refusal(client.create_rest_api, name="x", description="")[1] == "Description cannot be an empty string"
    code, message = refusal(client.create_rest_api, name="x", apiKeySource="BODY")
    assert code == "ValidationException"
    assert message.startswith("1 validation error detected: Value 'BODY' at 'createRestApiInput.apiKeySource' failed")
    api_id = client.create_rest_api(name="x")["id"]
    for given, words in (
        (patch("replace", "/nothing", "x"), "Invalid patch path /nothing"),
        (patch("add", "/name", "x"), "Invalid patch operation specified. Must be one of: [replace]"),
        (patch("replace", "/apiKeySource", "BODY"), "Invalid API key source specified"),
        (patch("replace", "/name", ""), "Name cannot be empty"),
    ):
        assert words in refusal(client.update_rest_api, restApiId=api_id, patchOperations=[given])[1]


def test_lists_come_in_pages(aws: Serein) -> None:
    client = aws.client("apigateway")
    ids = {client.create_rest_api(name=f"api-{number}")["id"] for number in range(5)}
    pages = list(client.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["items"]) for page in pages] == [2, 2, 1]
    assert {item["id"] for page in pages for item in page["items"]} == ids
    assert refusal(client.get_rest_apis, position="!")[0] == "BadRequestException"
    assert refusal(client.get_rest_apis, limit=0)[0] == "BadRequestException"


def test_resources_stand_and_move_in_a_tree(api: Api) -> None:
    pets = api.resource("pets")
    pet = api.resource("{petId}", pets)
    api.resource("toys", pet)
    shops = api.resource("shops")
    moved = api.client.update_resource(
        restApiId=api.id, resourceId=pet, patchOperations=[patch("replace", "/parentId", shops)]
    )
    assert moved["path"] == "/shops/{petId}"
    paths = [resource["path"] for resource in api.client.get_resources(restApiId=api.id)["items"]]
    assert paths == ["/", "/pets", "/shops", "/shops/{petId}", "/shops/{petId}/toys"]
    api.client.delete_resource(restApiId=api.id, resourceId=shops)
    assert len(api.client.get_resources(restApiId=api.id)["items"]) == 2
    assert refusal(api.client.delete_resource, restApiId=api.id, resourceId=api.root)[0] == "BadRequestException"
    assert refusal(api.client.get_resource, restApiId=api.id, resourceId=pet)[0] == "NotFoundException"
    for part in ("a b", "{x", "x}", "{a+b}", "", "a/b"):
        code, message = refusal(api.client.create_resource, restApiId=api.id, parentId=api.root, pathPart=part)
        assert code == "BadRequestException" and "path part only allow" in message


def test_a_method_is_put_shown_with_its_resource_and_deleted(api: Api) -> None:
    place = api.mock(
        operationName="list",
        apiKeyRequired=True,
        requestParameters={"method.request.querystring.q": True},
        requestModels={"application/json": "Empty"},
    )
    embedded = api.client.get_resource(restApiId=api.id, resourceId=api.root, embed=["methods"])
    assert embedded["resourceMethods"]["GET"]["methodIntegration"]["type"] == "MOCK"
    assert api.client.get_resources(restApiId=api.id)["items"][0]["resourceMethods"] == {"GET": {}}
    expected = ("ConflictException", "Method already exists for this resource")
    assert refusal(api.client.put_method, **place, authorizationType="NONE") == expected
    api.client.delete_method(**place)
    assert api.client.put_method(**place, authorizationType="none")["authorizationType"] == "NONE"
    api.client.delete_method(**place)
    assert refusal(api.client.get_method, **place) == ("NotFoundException", "Invalid Method identifier specified")


def test_a_method_refuses_what_it_refers_to_in_vain(api: Api) -> None:
    place = {"restApiId": api.id, "resourceId": api.root, "httpMethod": "GET"}
    for settings, words in (
        ({"authorizationType": "MAGIC"}, "Invalid authorization type specified"),
        ({"authorizationType": "CUSTOM"}, "Invalid authorizer ID specified."),
        ({"authorizationType": "NONE", "requestValidatorId": "x"}, "Invalid Request Validator identifier specified"),
        (
            {"authorizationType": "NONE", "requestModels": {"application/json": "No"}},
            "Invalid model identifier specified: No",
        ),
        (
            {"authorizationType": "NONE", "requestParameters": {"method.request.body.x": True}},
            "Invalid mapping expression specified",
        ),
    ):
        code, message = refusal(api.client.put_method, **place, **settings)
        assert code == "BadRequestException" and message.startswith(words)


def test_an_integration_is_checked_by_its_type(api: Api) -> None:
    place = {"restApiId": api.id, "resourceId": api.root, "httpMethod": "GET"}
    api.client.put_method(**place, authorizationType="NONE", requestParameters={"method.request.querystring.q": False})
    post = {"integrationHttpMethod": "POST"}
    for settings, words in (
        ({"type": "HTTP"}, "Enumeration value for HttpMethod must be non-empty"),
        ({"type": "HTTP", **post, "uri": "ftp://x"}, "Invalid HTTP endpoint specified for URI"),
        ({"type": "AWS", **post, "uri": "arn:x"}, "Invalid ARN specified in the request"),
        (
            {"type": "AWS", **post, "uri": "arn:aws:apigateway:us-east-1:sqs:queue"},
            "AWS ARN for integration must contain path or action",
        ),
        (
            {"type": "AWS_PROXY", **post, "uri": "arn:aws:apigateway:us-east-1:sqs:action/SendMessage"},
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function",
        ),
        (
            {"type": "AWS_PROXY", **post, "uri": FUNCTION_URI, "timeoutInMillis": 30000},
            "Timeout should be between 50 ms and 29000 ms",
        ),
        (
            {"type": "AWS_PROXY", **post, "uri": FUNCTION_URI, "credentials": "me"},
            "Invalid ARN specified in the request",
        ),
        ({"type": "MOCK", "passthroughBehavior": "SOMETIMES"}, "Invalid passthroughBehavior specified"),
        (
            {"type": "MOCK", "requestTemplates": {"json": "x"}},
            "Validation Result: warnings : [], errors : [Invalid content type specified: json]",
        ),
        (
            {"type": "MOCK", "requestParameters": {"integration.request.header.x": "method.request.header.y"}},
            "Invalid mapping expression specified: Validation Result",
        ),
        (
            {"type": "HTTP_PROXY", **post, "uri": "http://x/", "connectionType": "VPC_LINK"},
            "ConnectionId must be specified",
        ),
    ):
        code, message = refusal(api.client.put_integration, **place, **settings)
        assert code == "BadRequestException" and message.startswith(words), message
    mapped = {"integration.request.header.x": "method.request.querystring.q", "integration.request.path.y": "'z'"}
    made = api.client.put_integration(**place, type="AWS_PROXY", **post, uri=FUNCTION_URI, requestParameters=mapped)
    assert made["timeoutInMillis"] == 29000 and made["cacheNamespace"] == api.root
    changed = api.client.update_integration(
        **place,
        patchOperations=[
            patch("replace", "/timeoutInMillis", "1000"),
            patch("add", "/cacheKeyParameters/method.request.querystring.q"),
            patch("add", "/requestTemplates/application~1json", "{}"),
            patch("remove", "/requestParameters/integration.request.path.y"),
            patch("replace", "/tlsConfig/insecureSkipVerification", "true"),
        ],
    )
    assert changed["timeoutInMillis"] == 1000 and changed["cacheKeyParameters"] == ["method.request.querystring.q"]
    assert changed["requestTemplates"] == {"application/json": "{}"} and len(changed["requestParameters"]) == 1
    assert changed["tlsConfig"] == {"insecureSkipVerification": True}
    bad = [patch("replace", "/timeoutInMillis", "10")]
    assert "Timeout should be" in refusal(api.client.update_integration, **place, patchOperations=bad)[1]
    api.client.delete_integration(**place)
    assert refusal(api.client.get_integration, **place)[1] == "Invalid Integration identifier specified"


def test_responses_map_only_what_the_method_declares(api: Api) -> None:
    place = api.mock()
    header = "method.response.header.X"
    words = f"Invalid mapping expression parameter specified: {header}"
    mapped = {header: "integration.response.header.Y"}
    put = api.client.put_integration_response
    assert words in refusal(put, **place, statusCode="200", responseParameters=mapped)[1]
    api.client.put_method_response(**place, statusCode="200", responseParameters={header: False})
    made = put(**place, statusCode="200", responseParameters=mapped, contentHandling="CONVERT_TO_TEXT")
    assert made["responseParameters"] == mapped
    again = refusal(api.client.put_method_response, **place, statusCode="200")
    assert again == ("ConflictException", "Response already exists for this resource")
    changed = api.client.update_integration_response(
        **place,
        statusCode="200",
        patchOperations=[
            patch("replace", "/selectionPattern", "2.."),
            patch("replace", f"/responseParameters/{header}", "'fixed'"),
            patch("add", "/responseTemplates/application~1json", "{}"),
        ],
    )
    assert changed["selectionPattern"] == "2.." and changed["responseParameters"] == {header: "'fixed'"}
    api.client.delete_integration_response(**place, statusCode="200")
    api.client.delete_method_response(**place, statusCode="200")
    for call in (
        api.client.get_integration_response,
        api.client.get_method_response,
        api.client.delete_method_response,
    ):
        assert refusal(call, **place, statusCode="200")[1] == "Invalid Response status code specified"


def test_models_are_checked_flattened_and_made_templates(api: Api) -> None:
    create = api.client.create_model
    named = {"restApiId": api.id, "contentType": "application/json"}
    for schema in (
        "{",
        "[]",
        '{"type": "thing"}',
        '{"properties": {"a": {"type": 1}}}',
        '{"required": [1]}',
        '{"items": 5}',
    ):
        code, _ = refusal(create, **named, name="Bad", schema=schema)
        assert code == "BadRequestException", schema
    assert refusal(create, **named, name="a-b", schema="{}")[0] == "BadRequestException"
    create(**named, name="Toy", schema='{"type": "object", "properties": {"name": {"type": "string"}}}')
    reference = f"https://apigateway.amazonaws.com/restapis/{api.id}/models/Toy"
    create(**named, name="Toys", schema=f'{{"type": "array", "items": {{"$ref": "{reference}"}}}}')
    flat = api.client.get_model(restApiId=api.id, modelName="Toys", flatten=True)["schema"]
    assert "#/definitions/Toy" in flat and '"name"' in flat
    template = api.client.get_model_template(restApiId=api.id, modelName="Toys")["value"]
    assert "#foreach($elem in $inputRoot)" in template and '"$elem.name"' in template
    assert refusal(api.client.delete_model, restApiId=api.id, modelName="Toy")[0] == "ConflictException"
    api.client.delete_model(restApiId=api.id, modelName="Toys")
    api.client.delete_model(restApiId=api.id, modelName="Toy")


def test_authorizers_are_checked_by_their_type(api: Api) -> None:
    create = api.client.create_authorizer
    token = {"restApiId": api.id, "name": "t", "type": "TOKEN", "authorizerUri": FUNCTION_URI}
    header = "method.request.header.Authorization"
    for settings in (
        {**token, "identitySource": "nothing"},
        {**token, "identitySource": header, "authorizerUri": "x"},
        {**token, "identitySource": header, "authorizerResultTtlInSeconds": 3601},
        {**token, "identitySource": header, "identityValidationExpression": "("},
        {**token, "type": "REQUEST"},
        {**token, "type": "REQUEST", "identitySource": "body.x"},
        {"restApiId": api.id, "name": "c", "type": "COGNITO_USER_POOLS"},
        {"restApiId": api.id, "name": "c", "type": "COGNITO_USER_POOLS", "providerARNs": ["arn:aws:sqs:a:b:c"]},
    ):
        assert refusal(create, **settings)[0] == "BadRequestException", settings
    made = create(**token, identitySource=header)
    assert made["authorizerResultTtlInSeconds"] == 300 and made["authType"] == "custom"
    assert refusal(create, **token, identitySource=header)[0] == "ConflictException"
    api.mock(authorizationType="CUSTOM", authorizerId=made["id"])
    place = {"restApiId": api.id, "authorizerId": made["id"]}
    assert refusal(api.client.delete_authorizer, **place)[0] == "ConflictException"
    patches = [patch("replace", "/authorizerResultTtlInSeconds", "0"), patch("replace", "/name", "u")]
    changed = api.client.update_authorizer(**place, patchOperations=patches)
    assert changed["authorizerResultTtlInSeconds"] == 0 and changed["name"] == "u"
    pools = ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_a"]
    pool = create(restApiId=api.id, name="c", type="COGNITO_USER_POOLS", providerARNs=pools)
    assert pool["authType"] == "cognito_user_pools"
    api.client.delete_authorizer(restApiId=api.id, authorizerId=pool["id"])
    assert [found["name"] for found in api.client.get_authorizers(restApiId=api.id)["items"]] == ["u"]
    missing = refusal(api.client.get_authorizer, restApiId=api.id, authorizerId=pool["id"])
    assert missing == ("NotFoundException", "Invalid Authorizer identifier specified")


def test_gateway_responses_have_defaults_that_the_general_ones_change(api: Api) -> None:
    put, get = api.client.put_gateway_response, api.client.get_gateway_response
    assert len(api.client.get_gateway_responses(restApiId=api.id, limit=500)["items"]) == 21
    headers = {"gatewayresponse.header.X": "'y'"}
    put(restApiId=api.id, responseType="DEFAULT_4XX", responseParameters=headers)
    shown = get(restApiId=api.id, responseType="THROTTLED")
    assert shown["responseParameters"] == headers and shown["statusCode"] == "429" and shown["defaultResponse"]
    for bad in ({"nothing.X": "'y'"}, {"gatewayresponse.header.X": "y"}):
        assert (
            refusal(put, restApiId=api.id, responseType="THROTTLED", responseParameters=bad)[0] == "BadRequestException"
        )
    api.client.delete_gateway_response(restApiId=api.id, responseType="DEFAULT_4XX")
    assert get(restApiId=api.id, responseType="THROTTLED")["responseParameters"] == {}
