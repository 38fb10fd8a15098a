"""REST APIs made of OpenAPI documents, changed by them, and exported as such."""

import io
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openapi_spec_validator
import pytest
import yaml

from rest_control import Api, make_api, patch, refusal
from serein.testing import Serein

FUNCTION_URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:000000000000:function:f/invocations"
)
OPENAPI_3 = """
openapi: 3.0.1
info: {title: shop, description: all of it, version: "2"}
servers: [{url: "https://x.example.com/{basePath}", variables: {basePath: {default: v1/shop}}}]
x-amazon-apigateway-binary-media-types: [image/png]
x-amazon-apigateway-minimum-compression-size: 100
x-amazon-apigateway-api-key-source: AUTHORIZER
x-amazon-apigateway-policy: {Version: "2012-10-17", Statement: []}
x-amazon-apigateway-request-validators:
  all: {validateRequestBody: true, validateRequestParameters: true}
  params: {validateRequestParameters: true}
x-amazon-apigateway-request-validator: params
x-amazon-apigateway-gateway-responses:
  DEFAULT_4XX: {responseParameters: {gatewayresponse.header.X: "'y'"}}
  THROTTLED: {statusCode: 420, responseTemplates: {application/json: "{}"}}
x-amazon-apigateway-documentation:
  version: "1"
  documentationParts:
    - {location: {type: API}, properties: {description: the shop}}
    - {location: {type: METHOD, path: /pets, method: GET}, properties: {description: lists}}
paths:
  /pets:
    parameters: [{$ref: "#/components/parameters/Limit"}]
    get:
      operationId: listPets
      security: [{pool: [read]}]
      responses:
        "200":
          description: ok
          headers: {X-Total: {schema: {type: integer}}}
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Pet"}}}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:dynamodb:action/Scan
        credentials: arn:aws:iam::000000000000:role/r
        passthroughBehavior: when_no_templates
        requestTemplates: {application/json: '{"TableName": "pets"}'}
        responses:
          default: {statusCode: 200, responseParameters: {method.response.header.X-Total: "'1'"}}
          "4\\\\d{2}": {statusCode: 400, responseTemplates: {application/json: "{}"}}
    post:
      x-amazon-apigateway-request-validator: all
      security: [{token: []}, {key: []}]
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses: {"201": {description: made}}
      x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: "FUNCTION", timeoutInMillis: 3000}
  /{proxy+}:
    x-amazon-apigateway-any-method:
      security: [{signed: []}]
      responses: {}
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: ANY, uri: "http://example.com/"}
components:
  parameters:
    Limit: {name: limit, in: query, required: true, schema: {type: integer}}
  schemas:
    Pet:
      type: object
      required: [name]
      properties: {name: {type: string}, parent: {$ref: "#/components/schemas/Pet"}}
  securitySchemes:
    pool:
      type: apiKey
      name: Authorization
      in: header
      x-amazon-apigateway-authtype: cognito_user_pools
      x-amazon-apigateway-authorizer:
        type: cognito_user_pools
        providerARNs: [arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_a]
    token:
      type: apiKey
      name: X-Token
      in: header
      x-amazon-apigateway-authtype: custom
      x-amazon-apigateway-authorizer: {type: token, authorizerUri: "FUNCTION", authorizerResultTtlInSeconds: 0}
    key: {type: apiKey, name: x-api-key, in: header}
    signed: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
""".replace("FUNCTION", FUNCTION_URI)
SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "old", "version": "1"},
    "basePath": "/v1/old",
    "consumes": ["application/json"],
    "paths": {
        "/toys/{id}": {
            "put": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "type": "string"},
                    {"name": "toy", "in": "body", "schema": {"type": "object"}},
                    {"name": "f", "in": "formData", "type": "string"},
                ],
                "responses": {"200": {"description": "ok", "schema": {"$ref": "#/definitions/Toy"}}},
                "x-amazon-apigateway-integration": {"type": "mock"},
            }
        }
    },
    "definitions": {"Toy": {"type": "object"}},
}


def methods_of(api_id: str, client: Any) -> dict[str, Any]:
    found = client.get_resources(restApiId=api_id, embed=["methods"], limit=500)["items"]
    return {
        f"{verb} {resource['path']}": method
        for resource in found
        for verb, method in resource.get("resourceMethods", {}).items()
    }


@pytest.fixture
def shop(aws: Serein) -> Api:
    client = aws.client("apigateway")
    made = client.import_rest_api(body=OPENAPI_3.encode())
    return Api(client, made["id"], made["rootResourceId"])


def test_a_document_of_openapi_3_is_imported_with_its_extensions(shop: Api) -> None:
    api = shop.client.get_rest_api(restApiId=shop.id)
    assert (api["name"], api["description"], api["version"]) == ("shop", "all of it", "2")
    assert api["binaryMediaTypes"] == ["image/png"] and api["minimumCompressionSize"] == 100
    assert api["apiKeySource"] == "AUTHORIZER" and json.loads(api["policy"])["Statement"] == []
    methods = methods_of(shop.id, shop.client)
    assert sorted(methods) == ["ANY /{proxy+}", "GET /pets", "POST /pets"]
    validators = shop.client.get_request_validators(restApiId=shop.id)["items"]
    names = {validator["id"]: validator["name"] for validator in validators}
    listed, made, rest = methods["GET /pets"], methods["POST /pets"], methods["ANY /{proxy+}"]
    assert names[listed["requestValidatorId"]] == "params" and names[made["requestValidatorId"]] == "all"
    assert listed["requestParameters"] == {"method.request.querystring.limit": True}
    assert listed["authorizationType"] == "COGNITO_USER_POOLS" and listed["authorizationScopes"] == ["read"]
    assert made["authorizationType"] == "CUSTOM" and made["apiKeyRequired"]
    assert made["requestModels"] == {"application/json": "Pet"} and rest["authorizationType"] == "AWS_IAM"
    responses = listed["methodIntegration"]["integrationResponses"]
    assert responses["400"]["selectionPattern"] == "4\\d{2}" and "selectionPattern" not in responses["200"]
    assert listed["methodIntegration"]["passthroughBehavior"] == "WHEN_NO_TEMPLATES"
    pet = json.loads(shop.client.get_model(restApiId=shop.id, modelName="Pet")["schema"])
    assert pet["properties"]["parent"]["$ref"].endswith(f"/restapis/{shop.id}/models/Pet")
    throttled = shop.client.get_gateway_response(restApiId=shop.id, responseType="THROTTLED")
    assert throttled["statusCode"] == "420" and throttled["responseTemplates"] == {"application/json": "{}"}
    authorizers = {one["name"]: one for one in shop.client.get_authorizers(restApiId=shop.id)["items"]}
    assert authorizers["token"]["identitySource"] == "method.request.header.X-Token"
    assert authorizers["token"]["authorizerResultTtlInSeconds"] == 0
    assert len(shop.client.get_documentation_parts(restApiId=shop.id)["items"]) == 2


def test_a_document_of_openapi_2_is_imported_with_its_base_path(aws: Serein) -> None:
    client = aws.client("apigateway")
    body = json.dumps(SWAGGER)
    for mode, path in (("ignore", "/toys/{id}"), ("prepend", "/v1/old/toys/{id}"), ("split", "/old/toys/{id}")):
        parameters = {"basepath": mode, "endpointConfigurationTypes": "REGIONAL"}
        made = client.import_rest_api(body=body, parameters=parameters)
        assert made["endpointConfiguration"]["types"] == ["REGIONAL"] and len(made["warnings"]) == 1
        method = methods_of(made["id"], client)[f"PUT {path}"]
        assert method["requestParameters"] == {"method.request.path.id": True}
        assert method["requestModels"]["application/json"].startswith("MODEL")
        assert method["methodResponses"]["200"]["responseModels"] == {"application/json": "Toy"}
    assert refusal(client.import_rest_api, body=body, failOnWarnings=True)[1].startswith("Warnings found during import")
    assert refusal(client.import_rest_api, body=body, parameters={"basepath": "no"})[0] == "BadRequestException"


def test_what_is_no_document_is_refused(aws: Serein) -> None:
    client = aws.client("apigateway")
    broken: list[Any] = [
        "{",
        "[]",
        "text",
        {"info": {"title": "x"}},
        {"openapi": "4.0"},
        {**SWAGGER, "paths": {"/a": 5, "/b": {"get": {"responses": 3, "parameters": 5}}}},
        {**SWAGGER, "paths": {"/a": {"get": {"parameters": [{"$ref": "#/nothing"}]}}}},
        {**SWAGGER, "info": {}},
    ]
    for document in broken:
        body = document if isinstance(document, str) else json.dumps(document)
        code, message = refusal(client.import_rest_api, body=body)
        assert code == "BadRequestException" and "OpenAPI input" in message, document
    bad = {
        **SWAGGER,
        "paths": {"/a b": {}, "/c": {"get": {"x-amazon-apigateway-integration": {"type": "aws", "uri": "x"}}}},
    }
    message = refusal(client.import_rest_api, body=json.dumps(bad))[1]
    assert message.startswith("Errors found during import:\n\tUnable to create resource at path '/a b':")
    assert "Unable to put integration on 'GET' for resource at path '/c': Enumeration value" in message
    assert client.get_rest_apis()["items"] == []


def test_a_document_is_merged_or_overwrites(shop: Api) -> None:
    put = shop.client.put_rest_api
    body = json.dumps(SWAGGER)
    merged = put(restApiId=shop.id, mode="merge", body=body)
    assert merged["name"] == "old" and merged["binaryMediaTypes"] == ["image/png"]
    assert len(methods_of(shop.id, shop.client)) == 4
    overwritten = put(restApiId=shop.id, mode="overwrite", body=body)
    assert "binaryMediaTypes" not in overwritten and overwritten["rootResourceId"] == shop.root
    assert list(methods_of(shop.id, shop.client)) == ["PUT /toys/{id}"]
    assert shop.client.get_authorizers(restApiId=shop.id)["items"] == []
    assert refusal(put, restApiId="nothing", body=body)[0] == "NotFoundException"


@pytest.mark.parametrize("kind", ["swagger", "oas30"])
@pytest.mark.parametrize("extensions", ["", "integrations", "authorizers", "apigateway"])
def test_an_export_is_valid_and_makes_the_same_api(shop: Api, kind: str, extensions: str) -> None:
    shop.deploy("dev")
    shop.client.create_documentation_version(restApiId=shop.id, documentationVersion="1", stageName="dev")
    exported = shop.client.get_export(
        restApiId=shop.id, stageName="dev", exportType=kind, parameters={"extensions": extensions} if extensions else {}
    )
    assert exported["contentDisposition"].startswith(f'attachment; filename="{kind}_')
    document = json.loads(exported["body"].read())
    checked = json.loads(json.dumps(document).replace("{proxy+}", "{proxy}"))
    openapi_spec_validator.validate(checked)
    assert ("x-amazon-apigateway-policy" in document) == (extensions == "apigateway")
    has_integrations = "x-amazon-apigateway-integration" in document["paths"]["/pets"]["get"]
    assert has_integrations == (extensions in ("apigateway", "integrations"))
    if extensions == "apigateway":
        again = shop.client.import_rest_api(body=json.dumps(document))
        before, after = (methods_of(api_id, shop.client) for api_id in (shop.id, again["id"]))
        for method in (*before.values(), *after.values()):
            for name in ("authorizerId", "requestValidatorId"):
                method.pop(name, None)
            method["methodIntegration"].pop("cacheNamespace")
        assert {name: method["methodIntegration"] for name, method in after.items()} == {
            name: method["methodIntegration"] for name, method in before.items()
        }
        assert {name: method["authorizationType"] for name, method in after.items()} == {
            name: method["authorizationType"] for name, method in before.items()
        }
        assert len(shop.client.get_documentation_parts(restApiId=again["id"])["items"]) == 2


def test_an_export_may_be_yaml_and_shows_what_is_deployed(shop: Api) -> None:
    shop.deploy("dev")
    shop.mock(shop.resource("later"))
    place = {"restApiId": shop.id, "stageName": "dev"}
    body = shop.client.get_export(**place, exportType="oas30", accepts="application/yaml")["body"].read()
    document = yaml.safe_load(body)
    assert document["openapi"] == "3.0.1" and "/later" not in document["paths"]
    for settings in (
        {"exportType": "raml"},
        {"exportType": "oas30", "accepts": "text/plain"},
        {"exportType": "oas30", "parameters": {"extensions": "magic"}},
    ):
        assert refusal(shop.client.get_export, **place, **settings)[0] == "BadRequestException"
    missing = {"restApiId": shop.id, "stageName": "no", "exportType": "oas30"}
    assert refusal(shop.client.get_export, **missing)[0] == "NotFoundException"


def test_an_sdk_for_javascript_has_a_function_for_each_method(shop: Api) -> None:
    shop.deploy("dev")
    place = {"restApiId": shop.id, "stageName": "dev"}
    body = shop.client.get_sdk(**place, sdkType="javascript")["body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        client = archive.read("apiGateway-js-sdk/apigClient.js").decode()
    assert '"petsGet"' in client and '"petsPost"' in client and '"proxyDelete"' in client
    assert refusal(shop.client.get_sdk, **place, sdkType="ruby")[0] == "NotImplemented"
    assert refusal(shop.client.get_sdk, **place, sdkType="cobol")[0] == "BadRequestException"
    assert {kind["id"] for kind in shop.client.get_sdk_types()["items"]} >= {"javascript", "java", "swift"}
    assert shop.client.get_sdk_type(id="javascript")["friendlyName"] == "JavaScript"
    assert refusal(shop.client.get_sdk_type, id="cobol")[0] == "NotFoundException"


CALLER = """
const factory = require(process.argv[1]);
const given = JSON.parse(process.argv[2]);
const client = factory.newClient(given);
(async () => {
  const reply = await client.petsPetIdPost({ petId: "a b", q: "x y" }, { name: "n" });
  let refused = 0;
  try { await client.petsPetIdPost({ petId: "1" }, {}); } catch (error) { refused = 1; }
  console.log(JSON.stringify({ status: reply.status, data: reply.data, refused }));
})();
"""


def test_the_sdk_s_client_calls_the_api(aws: Serein, tmp_path: Path) -> None:
    api = make_api(aws)
    pet = api.resource("{petId}", api.resource("pets"))
    place = {"restApiId": api.id, "resourceId": pet, "httpMethod": "POST"}
    parameters = {"method.request.querystring.q": True}
    api.client.put_method(**place, authorizationType="AWS_IAM", apiKeyRequired=True, requestParameters=parameters)
    api.client.put_integration(**place, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    api.client.put_method_response(**place, statusCode="200")
    template = """{"id": "$input.params('petId')", "q": "$input.params('q')"}"""
    api.client.put_integration_response(**place, statusCode="200", responseTemplates={"application/json": template})
    api.deploy("dev")
    plan = api.client.create_usage_plan(name="p", apiStages=[{"apiId": api.id, "stage": "dev"}])["id"]
    key = api.client.create_api_key(name="k", enabled=True)
    api.client.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    body = api.client.get_sdk(restApiId=api.id, stageName="dev", sdkType="javascript")["body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        archive.extractall(tmp_path)
    given = {
        "apiKey": key["value"],
        "accessKey": aws.account,
        "secretKey": "x",
        "invokeUrl": f"{aws.endpoint}/_serein/api/{api.id}/dev",
    }
    command = ["node", "-e", CALLER, str(tmp_path / "apiGateway-js-sdk" / "apigClient.js"), json.dumps(given)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"status": 200, "data": {"id": "a b", "q": "x y"}, "refused": 1}


def test_documentation_is_kept_by_place_and_version(aws: Serein) -> None:
    api = make_api(aws)
    create = api.client.create_documentation_part
    made = create(restApiId=api.id, location={"type": "RESOURCE", "path": "/"}, properties='{"description": "d"}')
    taken = refusal(create, restApiId=api.id, location={"type": "RESOURCE", "path": "/"}, properties="{}")
    assert taken[0] == "ConflictException"
    for location, properties in (
        ({"type": "API", "path": "/x"}, "{}"),
        ({"type": "MODEL"}, "{}"),
        ({"type": "API"}, "text"),
        ({"type": "API"}, "[]"),
    ):
        assert refusal(create, restApiId=api.id, location=location, properties=properties)[0] == "BadRequestException"
    api.mock()
    undocumented = api.client.get_documentation_parts(restApiId=api.id, locationStatus="UNDOCUMENTED", limit=500)[
        "items"
    ]
    kinds = [part["location"]["type"] for part in undocumented]
    assert "METHOD" in kinds and "API" in kinds and "RESOURCE" not in kinds
    version = {"restApiId": api.id, "documentationVersion": "1"}
    api.client.create_documentation_version(**version, description="v")
    assert refusal(api.client.create_documentation_version, **version)[0] == "ConflictException"
    patches = [patch("replace", "/description", "w")]
    assert api.client.update_documentation_version(**version, patchOperations=patches)["description"] == "w"
    assert [one["version"] for one in api.client.get_documentation_versions(restApiId=api.id)["items"]] == ["1"]
    api.client.delete_documentation_version(**version)
    assert refusal(api.client.get_documentation_version, **version)[0] == "NotFoundException"
    document = yaml.safe_load(OPENAPI_3)
    body = json.dumps(document)
    done = api.client.import_documentation_parts(restApiId=api.id, mode="merge", body=body)
    assert len(done["ids"]) == 2
    found = api.client.get_documentation_parts(restApiId=api.id, type="METHOD", path="/pets")["items"]
    assert [part["location"]["method"] for part in found] == ["GET"]
    api.client.delete_documentation_part(restApiId=api.id, documentationPartId=made["id"])
    bad = refusal(api.client.import_documentation_parts, restApiId=api.id, body=b"{}")
    assert bad == ("BadRequestException", "Unable to build importer with provided input.")
