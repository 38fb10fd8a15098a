"""Who may connect: authorizers, signatures, API keys and required parameters, in AWS's order."""

from typing import Any

from serein.execute_api.lambda_authorizers import (
    AuthorizerFailed,
    Question,
    Unauthorized,
    Verdict,
    authorizers_of,
    text_of,
)
from serein.execute_api.permissions import is_permitted
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import HttpRequest
from serein.kernel.policies import Request, compile_policy
from serein.kernel.policies.errors import MalformedPolicy
from serein.kernel.scope import Caller
from serein.services.apigatewayv2.compiled import with_variables
from serein.services.apigatewayv2.integrations import find_function
from serein.services.apigatewayv2.sockets.backends import function_caller
from serein.services.apigatewayv2.sockets.compiled import Route
from serein.services.apigatewayv2.sockets.expressions import MISSING
from serein.services.apigatewayv2.sockets.mapping import Exchange
from serein.services.apigatewayv2.sockets.stages import Stage

_API_KEY = "x-api-key"
_INVOKE = "execute-api:Invoke"


class Refused(Exception):
    """The client may not connect, and is answered with a status and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


async def admit(
    platform: Platform, http: HttpRequest, stage: Stage, route: Route, exchange: Exchange, trace_id: str
) -> dict[str, Any] | None:
    """What the authorizer says of the client (`$context.authorizer`); None without one. Raises Refused."""
    settings = route.settings
    for name, constraint in settings.get("RequestParameters", {}).items():
        if constraint.get("Required") and exchange.find(name) in (MISSING, ""):
            raise Refused(400, f"Missing required request parameters: [{name.rpartition('.')[2]}]")
    authorizer = None
    usage_key = ""
    if settings["AuthorizationType"] == "CUSTOM":
        verdict = await _ask(platform, stage, settings["AuthorizerId"], exchange, trace_id)
        context = {name: text_of(value) for name, value in verdict.context.items()}
        authorizer, usage_key = {"principalId": verdict.principal_id, **context}, verdict.usage_identifier_key
    elif settings["AuthorizationType"] == "AWS_IAM":
        await _require_signature(platform, http, stage, exchange.context["identity"])
    if settings["ApiKeyRequired"]:
        is_given = stage.compiled.api_key_source.startswith("$request")
        await _require_key(platform, stage, http.headers.get(_API_KEY, "") if is_given else usage_key)
    return authorizer


def _arn(stage: Stage) -> str:
    scope = stage.scope
    return f"arn:{scope.partition}:execute-api:{scope.region}:{scope.account}:{stage.api_id}/{stage.name}/$connect"


async def _ask(platform: Platform, stage: Stage, authorizer_id: str, exchange: Exchange, trace_id: str) -> Verdict:
    authorizer = stage.compiled.authorizers.get(authorizer_id)
    if authorizer is None:
        raise Refused(500, "Internal server error")
    for source in authorizer.get("IdentitySource", []):
        # AWS: a source that is missing or empty is 401, and the function isn't asked.
        if exchange.find(source) in (MISSING, "", None):
            raise Refused(401, "Unauthorized")
    arn = _arn(stage)
    uri = authorizer["AuthorizerUri"]
    question = Question(
        authorizer=(stage.api_id, authorizer_id),
        function=with_variables(find_function(uri) or uri, stage.variables),
        event=lambda: _event(arn, exchange),
        identity=None,
        cache_seconds=0,
        scope=stage.scope,
        trace_id=trace_id,
        timeout_seconds=29.0,
        caller=function_caller(
            platform,
            stage.scope,
            f"{stage.api_id}/authorizers/{authorizer_id}",
            authorizer.get("AuthorizerCredentialsArn", ""),
        ),
    )
    try:
        verdict = await authorizers_of(platform).ask(question)
        decision = compile_policy(verdict.policy).decide(Request(_INVOKE, arn))
    except Unauthorized:
        raise Refused(401, "Unauthorized") from None
    except (AuthorizerFailed, MalformedPolicy):
        raise Refused(500, "Internal server error") from None
    if not decision.is_allowed:
        explicit = " with an explicit deny" if decision.is_denied else ""
        raise Refused(403, f"User is not authorized to access this resource{explicit}")
    return verdict


def _event(arn: str, exchange: Exchange) -> dict[str, Any]:
    return {
        "type": "REQUEST",
        "methodArn": arn,
        "headers": {name: values[-1] for name, values in exchange.headers.items()},
        "multiValueHeaders": exchange.headers,
        "queryStringParameters": {name: values[-1] for name, values in exchange.query.items()},
        "multiValueQueryStringParameters": exchange.query,
        "stageVariables": exchange.variables,
        "requestContext": exchange.context,
    }


async def _require_signature(platform: Platform, http: HttpRequest, stage: Stage, identity: dict[str, Any]) -> None:
    """Raises Refused unless the request is signed by somebody who may connect; `identity` is told who that is."""
    assert platform.signatures is not None
    try:
        signer = await platform.signatures.require_signer(http, b"", "execute-api")
    except AwsError as error:
        message = "Missing Authentication Token" if error.code == "MissingAuthenticationToken" else error.message
        raise Refused(403, message) from error
    if not await is_permitted(platform, signer, _INVOKE, _arn(stage), stage.scope, http.client_address):
        raise Refused(403, "Forbidden")
    caller = signer.caller
    identity |= {
        "accessKey": caller.access_key_id,
        "accountId": signer.account,
        "caller": caller.user_id,
        "user": caller.user_id,
        "userArn": caller.arn,
    }


async def _require_key(platform: Platform, stage: Stage, value: str) -> None:
    """Raises Refused unless the key is enabled, and in a usage plan that has the stage."""
    if not value:
        raise Refused(403, "Forbidden")
    caller = Caller.of_service("apigateway", stage.scope)
    request: dict[str, Any] = {"includeValues": True, "limit": 500}
    key: dict[str, Any] | None = None
    while key is None:
        page = await platform.call("apigateway", "GetApiKeys", request, scope=stage.scope, caller=caller)
        key = next((each for each in page.get("items", []) if each.get("value") == value), None)
        if not page.get("position"):
            break
        request["position"] = page["position"]
    if key is None or not key.get("enabled"):
        raise Refused(403, "Forbidden")
    plans = await platform.call(
        "apigateway", "GetUsagePlans", {"keyId": key["id"], "limit": 500}, scope=stage.scope, caller=caller
    )
    for plan in plans.get("items", []):
        for served in plan.get("apiStages", []):
            if served.get("apiId") == stage.api_id and served.get("stage") == stage.name:
                return
    raise Refused(403, "Forbidden")
