"""JWT authorizers of REST APIs: made, changed, refused, and the tokens that they let through."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from http_api import Answer
from openid import Issuer
from rest_api import RestApi
from rest_control import patch, refusal
from serein.testing import Serein

SOURCE = "method.request.header.Authorization"
URL = "https://issuer.example.com/"


def configuration(*issuers: dict[str, Any], algorithms: tuple[str, ...] = ("RS256",)) -> dict[str, Any]:
    return {"issuers": list(issuers), "defaultAlgorithms": list(algorithms)}


def trusting(url: str = URL, *claims: dict[str, Any]) -> dict[str, Any]:
    issuer: dict[str, Any] = {"issuer": url, "audiences": ["shop", "other"]}
    return (
        {**issuer, "additionalClaims": [{"format": "SINGLE_STRING", **claim} for claim in claims]} if claims else issuer
    )


def make(api: RestApi, given: dict[str, Any], name: str = "tokens") -> dict[str, str]:
    """An authorizer; what a method says to have it."""
    made = api.client.create_authorizer(
        restApiId=api.id, name=name, type="JWT", identitySource=SOURCE, jwtConfiguration=given
    )
    return {"authorizationType": "JWT", "authorizerId": made["id"]}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        yield running


def get(api: RestApi, path: str, token: str) -> Answer:
    return api.get(path, {"Authorization": token} if token else {})


def test_an_authorizer_is_made_shown_and_replaced_as_a_whole(aws: Serein) -> None:
    api = RestApi(aws)
    first = configuration(trusting(URL, {"claimName": "tenant", "required": True, "expectedValues": ["a"]}))
    place = {"restApiId": api.id, "authorizerId": make(api, first)["authorizerId"]}
    found = api.client.get_authorizer(**place)
    assert (found["type"], found["identitySource"], found["jwtConfiguration"]) == ("JWT", SOURCE, first)
    assert "authorizerResultTtlInSeconds" not in found
    second = configuration(trusting("https://b.example.com"), algorithms=("ES256", "RS512"))
    replaced = [patch("replace", "/jwtConfiguration", json.dumps(second))]
    assert api.client.update_authorizer(**place, patchOperations=replaced)["jwtConfiguration"] == second
    bad = ["{", "[]", json.dumps({"issuers": []}), json.dumps({**second, "more": 1})]
    bad += [json.dumps(configuration({**trusting(), "jwksUri": URL})), json.dumps(configuration({"issuer": 1}))]
    for value in bad:
        patches = [patch("replace", "/jwtConfiguration", value)]
        assert refusal(api.client.update_authorizer, **place, patchOperations=patches)[0] == "BadRequestException"
    patches = [patch("add", "/jwtConfiguration/issuers", "x")]
    assert refusal(api.client.update_authorizer, **place, patchOperations=patches)[0] == "BadRequestException"
    assert api.client.get_authorizer(**place)["jwtConfiguration"] == second


def test_what_is_no_jwt_authorizer_is_refused(aws: Serein) -> None:
    api = RestApi(aws)
    good = {"type": "JWT", "identitySource": SOURCE, "jwtConfiguration": configuration(trusting())}
    claim = {"claimName": "tenant"}
    bad: list[dict[str, Any]] = [
        {"identitySource": "method.request.querystring.token"},
        {"identitySource": f"{SOURCE}, {SOURCE}"},
        {"authorizerResultTtlInSeconds": 0},
        {"authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/x"},
        {"providerARNs": ["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"]},
        {"identityValidationExpression": "a"},
        *(
            {"jwtConfiguration": given}
            for given in (
                configuration(),
                configuration(trusting(), trusting()),
                configuration(trusting(), algorithms=()),
                configuration({**trusting(), "audiences": []}),
                configuration({**trusting(), "audiences": [""]}),
                configuration(trusting("ftp://a.example.com")),
                configuration(trusting("https://a.example.com?b")),
                configuration(trusting("https://me@a.example.com")),
                configuration(trusting("https://[a")),
                configuration(trusting(URL, claim, claim)),
                configuration(trusting(URL, {"claimName": "aud"})),
                configuration(trusting(URL, {"claimName": ""})),
                configuration(trusting(URL, {**claim, "expectedValues": [""]})),
            )
        ),
    ]
    for each in bad:
        asked = {"restApiId": api.id, "name": "n", **good, **each}
        assert refusal(api.client.create_authorizer, **asked)[0] == "BadRequestException", each
    hashed = {**good, "jwtConfiguration": configuration(trusting(), algorithms=("HS256",))}
    assert refusal(api.client.create_authorizer, restApiId=api.id, name="n", **hashed)[0] == "ValidationException"
    bare = {"type": "JWT", "identitySource": SOURCE}
    assert refusal(api.client.create_authorizer, restApiId=api.id, name="n", **bare)[0] == "BadRequestException"
    method = make(api, configuration(trusting()))
    place = {"restApiId": api.id, "resourceId": api.resource("/"), "httpMethod": "GET"}
    wrong = {**place, **method, "authorizationType": "CUSTOM"}
    assert refusal(api.client.put_method, **wrong)[0] == "BadRequestException"
    assert api.client.put_method(**place, **method, authorizationScopes=["a"])["authorizationType"] == "JWT"


def test_tokens_are_let_through_by_issuer_audience_claims_and_scopes(aws: Serein, issuer: Issuer) -> None:
    api = RestApi(aws)
    rules = ({"claimName": "tenant", "required": True, "expectedValues": ["a", "b"]}, {"claimName": "kind"})
    method = make(api, configuration(trusting(), trusting(issuer.url, *rules)))
    api.mock("/open", "GET", "in", **method)
    api.mock("/scoped", "GET", "in", **method, authorizationScopes=["orders:read", "orders:all"])
    api.deploy()
    now = aws.clock.now()
    good: dict[str, Any] = {"aud": "shop", "tenant": "a"}
    token = issuer.token(now, **good, scope="orders:all me")
    assert get(api, "/open", token).body == get(api, "/scoped", f"Bearer {token}").body == b"in"
    assert get(api, "/scoped", issuer.token(now, **good, scp=["orders:read"])).status == 200
    lacking = get(api, "/scoped", issuer.token(now, **good, scope="orders"))
    assert (lacking.status, lacking.json()) == (403, {"Message": "Forbidden"})
    assert get(api, "/open", issuer.token(now, **good, kind="x")).status == 200
    refused = [
        "",
        "no token",
        token[:-4] + "AAAA",
        issuer.token(now - 7200, **good),
        issuer.token(now, **{**good, "aud": "third"}),
        issuer.token(now, **{**good, "aud": None}),
        issuer.token(now, **{**good, "tenant": "c"}),
        issuer.token(now, **{**good, "tenant": None}),
        issuer.token(now, **{**good, "tenant": ["a"]}),
        issuer.token(now, **good, kind=1),
        issuer.token(now, **good, iss="https://third.example.com"),
        issuer.token(now, **good, iss=f"{issuer.url}/"),
    ]
    for each in refused:
        answer = get(api, "/open", each)
        assert (answer.status, answer.json()) == (401, {"message": "Unauthorized"}), each


def test_only_the_algorithms_that_are_declared_count(aws: Serein, issuer: Issuer) -> None:
    api = RestApi(aws)
    api.mock("/rsa", "GET", "in", **make(api, configuration(trusting(issuer.url)), "rsa"))
    elliptic = configuration(trusting(issuer.url), algorithms=("ES256",))
    api.mock("/elliptic", "GET", "in", **make(api, elliptic, "elliptic"))
    api.deploy()
    now = aws.clock.now()
    key = ECKey.generate_key("P-256", {"kid": "elliptic"}, private=True)
    issuer.keys.append(key)  # type: ignore[arg-type]
    claims = {"iss": issuer.url, "aud": ["shop"], "exp": int(now) + 60}
    signed = jwt.encode({"alg": "ES256", "kid": "elliptic"}, claims, key)
    plain = issuer.token(now, aud="shop")
    # Twice: what was verified for one of them must not count for the other.
    for _ in range(2):
        assert [get(api, path, plain).status for path in ("/rsa", "/elliptic")] == [200, 401]
        assert [get(api, path, signed).status for path in ("/rsa", "/elliptic")] == [401, 200]


def test_integrations_get_the_claims_as_json(aws: Serein, issuer: Issuer) -> None:
    api = RestApi(aws)
    method = make(api, configuration(trusting(issuer.url)))
    names = ("name", "version", "roles", "address", "level")
    api.mock("/text", "GET", "|".join(f"$context.authorizer.claims.{name}" for name in names), **method)
    api.proxy("/event", "GET", api.function(), **method)
    api.deploy()
    given: dict[str, Any] = {
        "name": 'Doé, "Jane" 😀',
        "version": "42",
        "roles": ["user", "editor"],
        "address": {"city": "Seattle"},
        "level": 7,
    }
    token = issuer.token(aws.clock.now(), aud="shop", **given)
    shown = get(api, "/text", token).body.decode().split("|")
    assert shown[0] == '"Do\\u00E9, \\"Jane\\" \\uD83D\\uDE00"'
    assert shown[1:] == ['"42"', '["user","editor"]', '{"city":"Seattle"}', "7"]
    claims = get(api, "/event", token).json()["requestContext"]["authorizer"]["claims"]
    assert {name: claims[name] for name in names} == given
    tried = api.client.test_invoke_authorizer(
        restApiId=api.id, authorizerId=method["authorizerId"], headers={"Authorization": token}
    )
    assert tried["claims"]["version"] == '"42"'


def test_an_export_has_the_authorizer_and_imports_as_the_same(aws: Serein) -> None:
    api = RestApi(aws)
    given = configuration(trusting(URL, {"claimName": "tenant", "required": True}))
    api.mock("/open", "GET", "in", **make(api, given), authorizationScopes=["a"])
    api.deploy()
    exported = api.client.get_export(
        restApiId=api.id, stageName="prod", exportType="oas30", parameters={"extensions": "apigateway,authorizers"}
    )["body"].read()
    imported = api.client.import_rest_api(body=exported)["id"]
    (authorizer,) = api.client.get_authorizers(restApiId=imported)["items"]
    assert (authorizer["type"], authorizer["jwtConfiguration"]) == ("JWT", given)
    (resource,) = [
        each
        for each in api.client.get_resources(restApiId=imported, embed=["methods"])["items"]
        if each["path"] == "/open"
    ]
    method = resource["resourceMethods"]["GET"]
    assert (method["authorizationType"], method["authorizerId"]) == ("JWT", authorizer["id"])
    assert method["authorizationScopes"] == ["a"]
