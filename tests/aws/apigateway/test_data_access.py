"""Who may call a REST API: authorizers, signatures, resource policies, API keys with usage plans, and throttles."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from http_api import Answer
from openid import Issuer
from rest_api import EVENT, RestApi
from serein.testing import Serein

UNAUTHORIZED = (401, {"message": "Unauthorized"})
DENIED = (403, {"Message": "User is not authorized to access this resource with an explicit deny"})
AUTHORIZER = """
import json

calls = 0

def handler(event, context):
    global calls
    calls += 1
    token = event.get("authorizationToken") or event["headers"].get("X-Token") or event["queryStringParameters"]["t"]
    if token == "nobody":
        raise Exception("Unauthorized")
    if token == "broken":
        raise Exception("no")
    if token == "odd":
        return {"principalId": "p"}
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
    if token == "deny":
        statement["Effect"] = "Deny"
    if token == "elsewhere":
        statement["Resource"] = event["methodArn"].replace("GET", "PUT")
    return {
        "principalId": "p",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"calls": calls, "yes": True, "text": "t", "arn": event["methodArn"], "event": json.dumps(event)},
        "usageIdentifierKey": token,
    }
"""


def outcome(answer: Answer) -> tuple[int, Any]:
    return answer.status, answer.json()


@pytest.fixture(scope="module")
def api(serein_module: Serein) -> RestApi:
    """Methods behind authorizers; each gives back the event's authorizer."""
    api = RestApi(serein_module)
    uri = api.invocation(api.function(AUTHORIZER))
    token = {"type": "TOKEN", "authorizerUri": uri, "identitySource": "method.request.header.Authorization"}
    request = {"type": "REQUEST", "authorizerUri": uri}
    settings = {
        "/token": {**token, "authorizerResultTtlInSeconds": 0},
        "/cached": {**token, "authorizerResultTtlInSeconds": 300},
        "/checked": {**token, "identityValidationExpression": "^Bearer [a-z]+$"},
        "/request": {
            **request,
            "identitySource": "method.request.header.X-Token, method.request.querystring.u",
            "authorizerResultTtlInSeconds": 60,
        },
        "/uncached": {**request, "authorizerResultTtlInSeconds": 0},
    }
    event = api.function(EVENT)
    for path, each in settings.items():
        made = api.client.create_authorizer(restApiId=api.id, name=path[1:], **each)
        api.proxy(path, "GET", event, authorizationType="CUSTOM", authorizerId=made["id"])
        if path in ("/cached", "/token"):
            api.proxy(f"{path}/{{id}}", "GET", event, authorizationType="CUSTOM", authorizerId=made["id"])
    api.proxy("/signed", "POST", event, authorizationType="AWS_IAM")
    api.deploy()
    return api


def with_token(api: RestApi, path: str, token: str) -> Answer:
    return api.get(path, {"Authorization": token})


def test_what_an_authorizer_says_of_the_caller_is_in_the_event(api: RestApi) -> None:
    authorizer = with_token(api, "/token/5", "me").json()["requestContext"]["authorizer"]
    asked = json.loads(authorizer.pop("event"))
    assert authorizer.pop("integrationLatency") >= 0
    assert int(authorizer.pop("calls")) > 0
    arn = f"arn:aws:execute-api:{api.aws.region}:{api.aws.account}:{api.id}/prod/GET/token/5"
    assert authorizer == {"principalId": "p", "yes": "true", "text": "t", "arn": arn}
    assert asked == {"type": "TOKEN", "methodArn": arn, "authorizationToken": "me"}


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("", UNAUTHORIZED),
        ("nobody", UNAUTHORIZED),
        ("deny", DENIED),
        ("elsewhere", (403, {"Message": "User is not authorized to access this resource"})),
        ("broken", (500, {"message": None})),
        ("odd", (500, {"message": None})),
    ],
)
def test_an_authorizer_that_does_not_allow_a_request_ends_it(
    api: RestApi, token: str, expected: tuple[int, Any]
) -> None:
    answer = with_token(api, "/token", token) if token else api.get("/token")
    assert outcome(answer) == expected


def test_the_kinds_of_refusals_have_types_of_their_own(api: RestApi) -> None:
    types = {token: with_token(api, "/token", token).header("x-amzn-errortype") for token in ("nobody", "deny", "odd")}
    assert types == {
        "nobody": "UnauthorizedException",
        "deny": "AccessDeniedException",
        "odd": "AuthorizerConfigurationException",
    }


def calls(answer: Answer) -> int:
    return int(answer.json()["requestContext"]["authorizer"]["calls"])


def test_an_answer_is_remembered_for_its_token(api: RestApi) -> None:
    first = calls(with_token(api, "/cached", "again"))
    assert calls(with_token(api, "/cached", "again")) == first
    assert calls(with_token(api, "/cached", "different")) > first


def test_a_remembered_policy_is_evaluated_for_the_method_that_is_called(api: RestApi) -> None:
    with_token(api, "/cached", "kept")
    answer = with_token(api, "/cached/1", "kept")
    assert outcome(answer) == (403, {"Message": "User is not authorized to access this resource"})


def test_a_token_that_is_not_as_expected_is_refused_before_the_function_is_asked(api: RestApi) -> None:
    assert outcome(with_token(api, "/checked", "Bearer 1")) == UNAUTHORIZED
    assert with_token(api, "/checked", "Bearer a").status == 200


def test_a_request_authorizer_gets_the_request(api: RestApi) -> None:
    answer = api.get("/request?u=1&v=2", {"X-Token": "me"})
    asked = json.loads(answer.json()["requestContext"]["authorizer"]["event"])
    assert asked["type"] == "REQUEST"
    assert asked["resource"] == asked["path"] == "/request"
    assert asked["httpMethod"] == "GET"
    assert asked["headers"]["X-Token"] == "me"
    assert asked["queryStringParameters"] == {"u": "1", "v": "2"}
    assert asked["multiValueQueryStringParameters"] == {"u": ["1"], "v": ["2"]}
    assert asked["pathParameters"] == {}
    assert asked["requestContext"]["apiId"] == api.id
    assert "body" not in asked


def test_a_request_authorizer_is_not_asked_without_its_identity_sources(api: RestApi) -> None:
    assert outcome(api.get("/request", {"X-Token": "me"})) == UNAUTHORIZED
    assert outcome(api.get("/request?u=1")) == UNAUTHORIZED


def test_a_request_authorizers_answer_is_remembered_for_all_its_identity_sources(api: RestApi) -> None:
    first = calls(api.get("/request?u=one", {"X-Token": "same"}))
    assert calls(api.get("/request?u=one&other=1", {"X-Token": "same"})) == first
    assert calls(api.get("/request?u=two", {"X-Token": "same"})) > first


def test_a_request_authorizer_without_identity_sources_is_asked_each_time(api: RestApi) -> None:
    first = calls(api.get("/uncached?t=me"))
    assert calls(api.get("/uncached?t=me")) > first


def test_flushing_a_stages_authorizers_forgets_what_they_said(api: RestApi) -> None:
    first = calls(with_token(api, "/cached", "flushed"))
    api.client.flush_stage_authorizers_cache(restApiId=api.id, stageName="prod")
    assert calls(with_token(api, "/cached", "flushed")) > first


def test_tokens_of_a_pool_are_verified_by_the_keys_of_their_issuer(aws: Serein) -> None:
    api = RestApi(aws)
    with Issuer() as issuer, Issuer() as other:
        made = api.client.create_authorizer(
            restApiId=api.id,
            name="pool",
            type="COGNITO_USER_POOLS",
            providerARNs=[f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{issuer.url}"],
            identitySource="method.request.header.Authorization",
        )
        pool = {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": made["id"]}
        api.mock("/claims", "GET", "$context.authorizer.claims.sub $context.authorizer.claims.groups", **pool)
        api.mock("/scoped", "GET", "in", **pool, authorizationScopes=["pets/read"])
        api.deploy()
        now = aws.clock.now()
        token = issuer.token(now, groups=["a", "b"], scope="pets/read")
        assert with_token(api, "/claims", token).body == b"me a,b"
        assert with_token(api, "/claims", f"Bearer {token}").body == b"me a,b"
        assert with_token(api, "/scoped", token).body == b"in"
        assert outcome(with_token(api, "/scoped", issuer.token(now, scope="pets/write"))) == UNAUTHORIZED
        for refused in ("", "no token", other.token(now), other.token(now, iss=issuer.url), token[:-4] + "AAAA"):
            assert outcome(with_token(api, "/claims", refused)) == UNAUTHORIZED, refused
        expired = issuer.token(now - 7200)
        assert outcome(with_token(api, "/claims", expired)) == (401, {"message": "The incoming token has expired"})


def signed(api: RestApi, path: str, body: bytes, service: str = "execute-api") -> Answer:
    url = f"http://{api.id}.execute-api.localhost/prod{path}"
    request = AWSRequest("POST", url, data=body, headers={"Host": f"{api.id}.execute-api.localhost"})
    credentials = Credentials(api.aws.account, "secret")
    SigV4Auth(credentials, service, api.aws.region).add_auth(request)
    return api.request("POST", path, body, dict(request.headers))


def test_a_signed_request_says_who_sent_it(api: RestApi) -> None:
    identity = signed(api, "/signed", b"{}").json()["requestContext"]["identity"]
    assert identity["accountId"] == api.aws.account
    assert identity["accessKey"] == api.aws.account
    assert identity["userArn"] == f"arn:aws:iam::{api.aws.account}:root"
    assert identity["user"] == identity["caller"] == api.aws.account


def test_a_method_with_iam_wants_a_signature(api: RestApi) -> None:
    answer = api.post("/signed", {})
    assert outcome(answer) == (403, {"message": "Missing Authentication Token"})
    assert signed(api, "/signed", b"{}", "s3").status == 403


@pytest.fixture
def guarded(aws: Serein) -> Callable[[list[dict[str, Any]]], RestApi]:
    """An API with a resource policy of these statements, and a method `/open`."""

    def make(statements: list[dict[str, Any]]) -> RestApi:
        api = RestApi(aws, policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
        api.mock("/open", "GET", "in")
        api.mock("/admin", "GET", "in")
        api.deploy()
        return api

    return make


def statement(effect: str, resource: str, **condition: Any) -> dict[str, Any]:
    made = {"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": resource}
    return {**made, "Condition": condition} if condition else made


def test_a_resource_policy_denies_what_it_does_not_allow(
    guarded: Callable[[list[dict[str, Any]]], RestApi],
) -> None:
    api = guarded([statement("Allow", "execute-api:/*"), statement("Deny", "execute-api:/*/*/admin")])
    assert api.get("/open").body == b"in"
    arn = f"arn:aws:execute-api:us-east-1:********{api.aws.account[-4:]}:{api.id}/prod/GET/admin"
    message = f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {arn}"
    assert outcome(api.get("/admin")) == (403, {"Message": f"{message} with an explicit deny"})


def test_a_resource_policy_looks_at_addresses(guarded: Callable[[list[dict[str, Any]]], RestApi]) -> None:
    near = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    far = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    api = guarded(
        [statement("Allow", "execute-api:/prod/GET/open", **near), statement("Allow", "execute-api:/*/*/admin", **far)]
    )
    assert api.get("/open").status == 200
    answer = api.get("/admin")
    assert answer.status == 403
    assert answer.json()["Message"].endswith("/prod/GET/admin")


class Keyed:
    """An API whose method wants a key, and a usage plan for it."""

    def __init__(self, aws: Serein, **settings: Any) -> None:
        self.api = RestApi(aws, **settings)
        self.api.mock("/open", "GET", "$context.identity.apiKeyId", apiKeyRequired=True)
        self.api.mock("/other", "GET", "in", apiKeyRequired=True)
        self.api.deploy()
        self.client = self.api.client

    def plan(self, **settings: Any) -> str:
        stages = [{"apiId": self.api.id, "stage": "prod", **settings.pop("stage", {})}]
        made: str = self.client.create_usage_plan(name="plan", apiStages=stages, **settings)["id"]
        return made

    def key(self, plan: str = "", **settings: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.client.create_api_key(name="key", **{"enabled": True, **settings})
        if plan:
            self.client.create_usage_plan_key(usagePlanId=plan, keyId=made["id"], keyType="API_KEY")
        return made

    def get(self, key: str, path: str = "/open") -> tuple[int, Any]:
        answer = self.api.get(path, {"x-api-key": key} if key else {})
        return answer.status, answer.json() if answer.status >= 400 else answer.body.decode()


FORBIDDEN = (403, {"message": "Forbidden"})


def test_a_key_of_a_plan_with_the_stage_opens_a_method(aws: Serein) -> None:
    keyed = Keyed(aws)
    key = keyed.key(keyed.plan())
    assert keyed.get(key["value"]) == (200, key["id"])
    assert keyed.get("") == FORBIDDEN
    assert keyed.get("x" * 20) == FORBIDDEN


def test_a_key_without_a_plan_or_one_that_is_disabled_opens_nothing(aws: Serein) -> None:
    keyed = Keyed(aws)
    assert keyed.get(keyed.key()["value"]) == FORBIDDEN
    assert keyed.get(keyed.key(keyed.plan(), enabled=False)["value"]) == FORBIDDEN


def test_a_quota_is_a_limit_until_its_period_is_over(aws: Serein) -> None:
    keyed = Keyed(aws)
    plan = keyed.plan(quota={"limit": 3, "period": "DAY"})
    key = keyed.key(plan)["value"]
    assert [keyed.get(key)[0] for _ in range(3)] == [200] * 3
    assert keyed.get(key) == (429, {"message": "Limit Exceeded"})
    aws.advance(86_400)
    assert keyed.get(key)[0] == 200


def test_usage_is_counted_for_each_key(aws: Serein) -> None:
    keyed = Keyed(aws)
    plan = keyed.plan(quota={"limit": 10, "period": "MONTH"})
    key = keyed.key(plan)
    for _ in range(4):
        keyed.get(key["value"])
    aws.idle()
    day = datetime.fromtimestamp(aws.clock.now(), UTC).date().isoformat()
    usage = keyed.client.get_usage(usagePlanId=plan, startDate=day, endDate=day)["items"]
    assert usage == {key["id"]: [[4, 6]]}


def test_a_plan_limits_how_fast_a_key_may_be_used(aws: Serein) -> None:
    keyed = Keyed(aws)
    plan = keyed.plan(throttle={"rateLimit": 1.0, "burstLimit": 2})
    key, other = keyed.key(plan)["value"], keyed.key(plan)["value"]
    assert [keyed.get(key)[0] for _ in range(3)] == [200, 200, 429]
    assert keyed.get(key) == (429, {"message": "Too Many Requests"})
    assert keyed.get(other)[0] == 200
    aws.advance(1)
    assert keyed.get(key)[0] == 200


def test_a_plan_limits_single_methods(aws: Serein) -> None:
    keyed = Keyed(aws)
    throttle = {"throttle": {"/open/GET": {"rateLimit": 1.0, "burstLimit": 1}}}
    key = keyed.key(keyed.plan(stage=throttle, throttle={"rateLimit": 1.0, "burstLimit": 5}))["value"]
    assert [keyed.get(key)[0] for _ in range(2)] == [200, 429]
    assert keyed.get(key, "/other")[0] == 200


def test_an_authorizer_may_name_the_key(aws: Serein) -> None:
    keyed = Keyed(aws, apiKeySource="AUTHORIZER")
    key = keyed.key(keyed.plan(), value="a-key-of-twenty-characters")
    api = keyed.api
    uri = api.invocation(api.function(AUTHORIZER))
    made = api.client.create_authorizer(
        restApiId=api.id,
        name="a",
        type="TOKEN",
        authorizerUri=uri,
        identitySource="method.request.header.Authorization",
    )
    custom = {"authorizationType": "CUSTOM", "authorizerId": made["id"], "apiKeyRequired": True}
    api.mock("/named", "GET", "$context.identity.apiKeyId", **custom)
    api.deploy()
    assert with_token(api, "/named", key["value"]).body.decode() == key["id"]
    assert with_token(api, "/named", "another").json() == {"message": "Forbidden"}


def test_a_stage_limits_how_fast_its_methods_may_be_called(aws: Serein) -> None:
    api = RestApi(aws)
    api.mock("/slow", "GET", "in")
    api.mock("/fast", "GET", "in")
    api.deploy()
    api.set("/~1slow/GET/throttling/rateLimit", "1")
    api.set("/~1slow/GET/throttling/burstLimit", "2")
    assert [api.get("/slow").status for _ in range(3)] == [200, 200, 429]
    assert outcome(api.get("/slow")) == (429, {"message": "Too Many Requests"})
    assert api.get("/fast").status == 200
    aws.advance(2)
    assert api.get("/slow").status == 200
