"""Authorizers in front of routes of HTTP APIs: tokens, functions and signatures."""

import json
from collections.abc import Iterator
from typing import Any

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from botocore.exceptions import ClientError

from http_api import ECHO, Answer, Api
from openid import Issuer
from serein.testing import Serein

COUNTING = """
calls = 0
def handler(event, context):
    global calls
    calls += 1
    return %s
"""


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        yield running


def _lambda_authorizer(api: Api, answer: str, *sources: str, version: str = "2.0", **more: Any) -> str:
    arn = api.function(COUNTING % answer)
    made = api.apis.create_authorizer(
        ApiId=api.id,
        Name=f"authorizer{arn[-3:]}",
        AuthorizerType="REQUEST",
        AuthorizerUri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations",
        AuthorizerPayloadFormatVersion=version,
        IdentitySource=list(sources),
        **more,
    )
    authorizer_id: str = made["AuthorizerId"]
    return authorizer_id


def _secure(api: Api, key: str, kind: str, authorizer_id: str = "", version: str = "2.0", **more: Any) -> None:
    code = (
        ECHO
        if version == "2.0"
        else "import json\ndef handler(e, c):\n    return {'statusCode': 200, 'body': json.dumps(e)}\n"
    )
    integration = api.apis.create_integration(
        ApiId=api.id, IntegrationType="AWS_PROXY", IntegrationUri=api.function(code), PayloadFormatVersion=version
    )
    if authorizer_id:
        more["AuthorizerId"] = authorizer_id
    target = f"integrations/{integration['IntegrationId']}"
    api.apis.create_route(ApiId=api.id, RouteKey=key, Target=target, AuthorizationType=kind, **more)


@pytest.fixture
def jwt(api: Api, issuer: Issuer) -> str:
    made = api.apis.create_authorizer(
        ApiId=api.id,
        Name="jwt",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Audience": ["app"], "Issuer": issuer.url},
    )
    authorizer_id: str = made["AuthorizerId"]
    return authorizer_id


def _with(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_opens_a_route_and_its_claims_reach_the_function(
    aws: Serein, api: Api, issuer: Issuer, jwt: str
) -> None:
    _secure(api, "GET /a", "JWT", jwt)
    now = aws.clock.now()
    token = issuer.token(now, aud="app", groups=["a", "b"], scope="read", admin=True, n=3)
    answer = api.send("GET", "/a", headers=_with(token))
    assert answer.status == 200
    authorizer = answer.json()["requestContext"]["authorizer"]
    claims = authorizer["jwt"]["claims"]
    assert (claims["sub"], claims["groups"], claims["admin"], claims["n"]) == ("me", "[a b]", "true", "3")
    assert claims["exp"] == str(int(now) + 3600)
    assert authorizer["jwt"]["scopes"] is None
    assert api.send("GET", "/a", headers={"Authorization": token}).status == 200


def test_a_request_without_a_good_token_is_unauthorized(aws: Serein, api: Api, issuer: Issuer, jwt: str) -> None:
    _secure(api, "GET /a", "JWT", jwt)
    answer = api.send("GET", "/a")
    assert (answer.status, answer.json(), answer.header("www-authenticate")) == (
        401,
        {"message": "Unauthorized"},
        "Bearer",
    )
    answer = api.send("GET", "/a", headers=_with(issuer.token(aws.clock.now(), aud="other")))
    assert answer.status == 401
    assert answer.header("www-authenticate") == (
        'Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience"'
    )


def test_a_route_wants_one_of_its_scopes(aws: Serein, api: Api, issuer: Issuer, jwt: str) -> None:
    _secure(api, "GET /a", "JWT", jwt, AuthorizationScopes=["write", "admin"])
    now = aws.clock.now()
    good = api.send("GET", "/a", headers=_with(issuer.token(now, aud="app", scope="read write")))
    assert good.json()["requestContext"]["authorizer"]["jwt"]["scopes"] == ["read", "write"]
    poor = api.send("GET", "/a", headers=_with(issuer.token(now, aud="app", scope="read")))
    assert (poor.status, poor.json()) == (403, {"message": "Forbidden"})
    assert 'error="insufficient_scope"' in (poor.header("www-authenticate") or "")


def test_claims_reach_functions_in_format_1_too(aws: Serein, api: Api, issuer: Issuer, jwt: str) -> None:
    _secure(api, "GET /a", "JWT", jwt, version="1.0")
    answer = api.send("GET", "/a", headers=_with(issuer.token(aws.clock.now(), aud="app")))
    authorizer = answer.json()["requestContext"]["authorizer"]
    assert (authorizer["claims"]["sub"], authorizer["scopes"]) == ("me", None)


def test_a_simple_answer_decides_and_its_context_reaches_the_function(api: Api) -> None:
    answer = "{'isAuthorized': event['headers']['auth'] == 'yes', 'context': {'n': 1, 'list': ['a'], 'calls': calls}}"
    made = _lambda_authorizer(api, answer, "$request.header.auth", EnableSimpleResponses=True)
    _secure(api, "GET /a/{id}", "CUSTOM", made)
    good = api.send("GET", "/a/1", headers={"Auth": "yes"})
    assert good.json()["requestContext"]["authorizer"] == {"lambda": {"n": 1, "list": ["a"], "calls": 1}}
    # The answer is remembered for the identity, and the next function call would have counted on.
    again = api.send("GET", "/a/2", headers={"Auth": "yes"})
    assert again.json()["requestContext"]["authorizer"]["lambda"]["calls"] == 1
    denied = api.send("GET", "/a/1", headers={"Auth": "no"})
    assert (denied.status, denied.json()) == (403, {"message": "Forbidden"})
    missing = api.send("GET", "/a/1")
    assert (missing.status, missing.json()) == (401, {"message": "Unauthorized"})


def test_a_remembered_answer_is_forgotten_in_time_and_when_it_is_reset(aws: Serein, api: Api) -> None:
    made = _lambda_authorizer(
        api,
        "{'isAuthorized': True, 'context': {'calls': calls}}",
        "$request.querystring.who",
        EnableSimpleResponses=True,
        AuthorizerResultTtlInSeconds=60,
    )
    _secure(api, "GET /a", "CUSTOM", made)

    def calls() -> int:
        found: int = api.send("GET", "/a?who=x").json()["requestContext"]["authorizer"]["lambda"]["calls"]
        return found

    assert [calls(), calls()] == [1, 1]
    api.apis.reset_authorizers_cache(ApiId=api.id, StageName="$default")
    assert calls() == 2
    aws.clock.advance(61)
    assert calls() == 3


def _policy(effect: str, resource: str = "event['routeArn']") -> str:
    statement = f"{{'Effect': '{effect}', 'Action': 'execute-api:Invoke', 'Resource': {resource}}}"
    return (
        "{'principalId': 'me', 'context': {'k': 'v'}, 'policyDocument': {'Version': '2012-10-17', 'Statement': ["
        f"{statement}]}}}}"
    )


def test_a_policy_decides_for_each_route(api: Api) -> None:
    made = _lambda_authorizer(api, _policy("Allow"), "$request.header.auth")
    _secure(api, "GET /a", "CUSTOM", made)
    _secure(api, "GET /b", "CUSTOM", made)
    good = api.send("GET", "/a", headers={"Auth": "x"})
    assert good.json()["requestContext"]["authorizer"] == {"lambda": {"k": "v"}}
    # What was remembered allows the first route only.
    assert api.send("GET", "/b", headers={"Auth": "x"}).status == 403
    assert api.send("GET", "/b", headers={"Auth": "y"}).status == 200


def test_format_1_asks_and_tells_as_rest_apis_do(api: Api) -> None:
    made = _lambda_authorizer(
        api, _policy("Allow", "event['methodArn']"), "$request.header.auth", "$context.stage", version="1.0"
    )
    _secure(api, "GET /a", "CUSTOM", made, version="1.0")
    answer = api.send("GET", "/a", headers={"Auth": "x"})
    assert answer.json()["requestContext"]["authorizer"] == {"k": "v", "principalId": "me"}


@pytest.mark.parametrize(
    ("answer", "status", "text"),
    [
        (_policy("Deny"), 403, "Forbidden"),
        (_policy("Allow", "'arn:aws:execute-api:us-east-1:1:other/*'"), 403, "Forbidden"),
        ("{'isAuthorized': True}", 500, "Internal Server Error"),
        ("[][1]", 500, "Internal Server Error"),
        ("exec('raise Exception(\"Unauthorized\")')", 401, "Unauthorized"),
    ],
)
def test_what_an_authorizer_does_decides_the_status(api: Api, answer: str, status: int, text: str) -> None:
    made = _lambda_authorizer(api, answer, "$request.header.auth")
    _secure(api, "GET /a", "CUSTOM", made)
    refused = api.send("GET", "/a", headers={"Auth": "x"})
    assert (refused.status, refused.json()) == (status, {"message": text})


def _signed(api: Api, path: str, key: str = "AKIDEXAMPLE1", service: str = "execute-api") -> Answer:
    host = f"{api.id}.execute-api.localhost"
    request = botocore.awsrequest.AWSRequest("GET", f"http://{host}{path}", headers={"Host": host})
    credentials = botocore.credentials.Credentials(key, "secret")
    botocore.auth.SigV4Auth(credentials, service, "us-east-1").add_auth(request)
    return api.send("GET", path, headers={**dict(request.headers.items()), "Host": host})


def test_a_signature_opens_a_route_that_wants_one(aws: Serein, api: Api) -> None:
    _secure(api, "GET /a", "AWS_IAM")
    _secure(api, "GET /b", "AWS_IAM", version="1.0")
    assert (api.send("GET", "/a").status, api.send("GET", "/a").json()) == (403, {"message": "Forbidden"})
    iam = _signed(api, "/a", aws.account).json()["requestContext"]["authorizer"]["iam"]
    assert (iam["accessKey"], iam["accountId"]) == (aws.account, aws.account)
    assert iam["userArn"] == f"arn:aws:iam::{aws.account}:root"
    identity = _signed(api, "/b", aws.account).json()["requestContext"]["identity"]
    assert (identity["accountId"], identity["userArn"]) == (aws.account, iam["userArn"])
    other = _signed(api, "/a", aws.account, "s3")
    assert other.status == 403


def test_authorizers_are_listed_changed_and_deleted(api: Api, issuer: Issuer, jwt: str) -> None:
    assert [each["Name"] for each in api.apis.get_authorizers(ApiId=api.id)["Items"]] == ["jwt"]
    changed = api.apis.update_authorizer(
        ApiId=api.id, AuthorizerId=jwt, JwtConfiguration={"Audience": ["x"], "Issuer": issuer.url}, Name="new"
    )
    assert (changed["Name"], changed["JwtConfiguration"]["Audience"]) == ("new", ["x"])
    assert api.apis.get_authorizer(ApiId=api.id, AuthorizerId=jwt)["Name"] == "new"
    route = api.apis.create_route(ApiId=api.id, RouteKey="GET /a", AuthorizationType="JWT", AuthorizerId=jwt)
    with pytest.raises(ClientError, match="is referenced by route 'GET /a'"):
        api.apis.delete_authorizer(ApiId=api.id, AuthorizerId=jwt)
    api.apis.delete_route(ApiId=api.id, RouteId=route["RouteId"])
    api.apis.delete_authorizer(ApiId=api.id, AuthorizerId=jwt)
    with pytest.raises(ClientError, match="NotFoundException"):
        api.apis.get_authorizer(ApiId=api.id, AuthorizerId=jwt)


FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:0:function:f/invocations"
)


@pytest.mark.parametrize(
    "settings",
    [
        {"AuthorizerType": "JWT", "IdentitySource": [], "JwtConfiguration": {"Audience": ["a"], "Issuer": "https://a"}},
        {"AuthorizerType": "JWT", "IdentitySource": ["$request.header.A"], "JwtConfiguration": {"Issuer": "https://a"}},
        {
            "AuthorizerType": "JWT",
            "IdentitySource": ["$request.header.A"],
            "JwtConfiguration": {"Audience": ["a"], "Issuer": "a"},
        },
        {"AuthorizerType": "REQUEST", "IdentitySource": [], "AuthorizerUri": FUNCTION},
        {"AuthorizerType": "REQUEST", "IdentitySource": [], "AuthorizerPayloadFormatVersion": "2.0"},
        {
            "AuthorizerType": "REQUEST",
            "IdentitySource": ["method.request.header.A"],
            "AuthorizerUri": FUNCTION,
            "AuthorizerPayloadFormatVersion": "2.0",
        },
        {
            "AuthorizerType": "REQUEST",
            "IdentitySource": [],
            "AuthorizerUri": FUNCTION,
            "AuthorizerPayloadFormatVersion": "2.0",
            "AuthorizerResultTtlInSeconds": 10,
        },
        {
            "AuthorizerType": "REQUEST",
            "IdentitySource": [],
            "AuthorizerUri": FUNCTION,
            "AuthorizerPayloadFormatVersion": "1.0",
            "EnableSimpleResponses": True,
        },
    ],
    ids=json.dumps,
)
def test_an_authorizer_that_makes_no_sense_is_refused(api: Api, settings: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="BadRequestException"):
        api.apis.create_authorizer(ApiId=api.id, Name="x", **settings)


def test_a_route_needs_an_authorizer_of_its_kind(api: Api, jwt: str) -> None:
    for more in (
        {"AuthorizationType": "JWT"},
        {"AuthorizationType": "CUSTOM", "AuthorizerId": jwt},
        {"AuthorizationType": "JWT", "AuthorizerId": "nothing"},
        {"AuthorizationType": "AWS_IAM", "AuthorizationScopes": ["a"]},
    ):
        with pytest.raises(ClientError, match="BadRequestException"):
            api.apis.create_route(ApiId=api.id, RouteKey="GET /a", **more)
