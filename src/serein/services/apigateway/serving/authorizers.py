"""Authorizers: functions that are asked (TOKEN, REQUEST), and user pools whose tokens are verified.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html
"""

import json
import time
from collections.abc import Hashable
from typing import Any, Protocol

from serein.execute_api.lambda_authorizers import AuthorizerFailed, Question, Unauthorized, Verdict, authorizers_of
from serein.execute_api.lambda_authorizers import text_of as context_text
from serein.execute_api.tokens import InsufficientScope, InvalidToken, bearer_of, claims_of, tokens_of
from serein.kernel.arn import find_arn
from serein.kernel.clock import monotonic
from serein.kernel.policies import ANONYMOUS, MalformedPolicy, Policy, compile_policy
from serein.services.apigateway.serving import refusals
from serein.services.apigateway.serving.access import question, refuse_denied, require_allowed
from serein.services.apigateway.serving.exchange import Exchange, last_values
from serein.services.apigateway.serving.integrations import (
    backend_caller,
    fill_variables,
    function_in,
    method_arn,
)
from serein.services.apigateway.serving.jwt_authorizers import JwtAuthorizer
from serein.services.apigateway.serving.mappings import Source, compile_source
from serein.services.apigateway.serving.patterns import compile_pattern
from serein.services.apigateway.serving.proxy_events import request_context
from serein.services.apigateway.serving.refusals import Refused

DEFAULT_TTL_SECONDS = 300
_MOST_DECISIONS = 2000
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Authorizer(Protocol):
    """Decides whether a request may go on."""

    async def authorize(self, exchange: Exchange, policy: Policy | None, scopes: tuple[str, ...]) -> None:
        """Raises Refused; `policy` is the API's own. What is known of the caller is in the exchange afterwards."""

    async def examine(self, exchange: Exchange) -> dict[str, Any]:
        """What TestInvokeAuthorizer tells of a request. Raises Refused."""


class FunctionAuthorizer:
    """TOKEN and REQUEST."""

    def __init__(self, settings: dict[str, Any], api_id: str) -> None:
        self._is_token = settings["type"] == "TOKEN"
        self._uri: str = settings.get("authorizerUri") or ""
        self._role: str = settings.get("authorizerCredentials") or ""
        self.sources = sources_of(settings.get("identitySource") or "")
        expression = settings.get("identityValidationExpression") or ""
        self._matches = compile_pattern(expression) if expression else None
        ttl = settings.get("authorizerResultTtlInSeconds")
        self._ttl = DEFAULT_TTL_SECONDS if ttl is None else int(ttl)
        self._key = (api_id, settings["id"], self._uri, self._ttl)
        self._policies: dict[str, Policy] = {}

    async def authorize(self, exchange: Exchange, policy: Policy | None, scopes: tuple[str, ...]) -> None:
        refuse_denied(exchange, policy)
        began = monotonic()
        identity = self._identity(exchange)
        verdict = await self.ask(exchange, identity)
        exchange.authorizer = {
            "principalId": verdict.principal_id,
            **{name: context_text(value) for name, value in verdict.context.items()},
            "integrationLatency": int((monotonic() - began) * 1000),
        }
        exchange.log(f"Authorizer result body before parsing: {verdict.policy}")
        if verdict.usage_identifier_key:
            exchange.api_key = verdict.usage_identifier_key
        self._weigh(exchange, verdict, policy)

    async def examine(self, exchange: Exchange) -> dict[str, Any]:
        """What TestInvokeAuthorizer tells. Raises Refused."""
        verdict = await self.ask(exchange, self._identity(exchange), is_remembered=False)
        context = {name: [context_text(value)] for name, value in verdict.context.items()}
        return {
            "principalId": verdict.principal_id,
            "policy": json.dumps(verdict.policy, separators=(",", ":")),
            **({"authorization": context} if context else {}),
        }

    def _identity(self, exchange: Exchange) -> tuple[str, ...]:
        """The values of the identity sources. Raises Refused with 401 when one is missing, or isn't as expected."""
        values = []
        for source in self.sources:
            value = source(exchange, None)
            text = value[-1] if isinstance(value, list) else value
            if not text:
                raise Refused(refusals.UNAUTHORIZED)
            values.append(text)
        if self._matches is not None and (not values or not self._matches(values[0])):
            raise Refused(refusals.UNAUTHORIZED)
        return tuple(values)

    async def ask(self, exchange: Exchange, identity: tuple[str, ...], *, is_remembered: bool = True) -> Verdict:
        """What the function says. Raises Refused."""
        function = function_in(fill_variables(self._uri, exchange))
        remembered: Hashable = (exchange.stage_name, *identity) if identity and is_remembered else None
        asked = Question(
            authorizer=(self._key, exchange.authorizers_revision),
            function=function,
            event=lambda: self.event(exchange, identity),
            identity=remembered,
            cache_seconds=self._ttl,
            scope=exchange.scope,
            trace_id=exchange.trace_id,
            caller=backend_caller(exchange, self._role, self._source_arn(exchange)),
        )
        exchange.log(f"Starting authorizer: {self._key[1]} for request: {exchange.request_id}")
        try:
            return await authorizers_of(exchange.platform).ask(asked)
        except Unauthorized:
            raise Refused(refusals.UNAUTHORIZED) from None
        except AuthorizerFailed as failed:
            exchange.log(f"Execution failed due to configuration error: Authorizer error: {failed}")
            kind = refusals.AUTHORIZER_CONFIGURATION_ERROR if failed.is_misconfigured else refusals.AUTHORIZER_FAILURE
            raise Refused(kind, reason=str(failed)) from failed

    def _source_arn(self, exchange: Exchange) -> str:
        api = f"execute-api:{exchange.region}:{exchange.account}:{exchange.api_id}"
        return f"arn:{exchange.scope.partition}:{api}/authorizers/{self._key[1]}"

    def event(self, exchange: Exchange, identity: tuple[str, ...]) -> dict[str, Any]:
        """What the function is asked with."""
        if self._is_token:
            return {"type": "TOKEN", "methodArn": method_arn(exchange), "authorizationToken": identity[0]}
        method, headers, query = exchange.method, exchange.headers, exchange.query
        context = request_context(exchange)
        return {
            "type": "REQUEST",
            "methodArn": method_arn(exchange),
            "resource": method.resource_path if method is not None else exchange.path,
            "path": exchange.event_path,
            "httpMethod": exchange.http.method,
            "headers": last_values(headers),
            "multiValueHeaders": headers,
            "queryStringParameters": last_values(query),
            "multiValueQueryStringParameters": query,
            "pathParameters": exchange.parameters,
            "stageVariables": exchange.variables,
            "requestContext": context,
        }

    def _weigh(self, exchange: Exchange, verdict: Verdict, policy: Policy | None) -> None:
        """Raise Refused unless the authorizer's policy, or the API's, allows the method and none denies it."""
        arn = method_arn(exchange)
        if policy is None and arn in verdict.decided:
            if verdict.decided[arn]:
                return
            raise _denied(is_explicit=verdict.decided.get((arn, "explicit"), False))
        asked = question(exchange, ANONYMOUS, None)
        try:
            compiled = compile_policy(verdict.policy)
        except MalformedPolicy as malformed:
            exchange.log("Execution failed due to configuration error: Invalid policy document")
            raise Refused(refusals.AUTHORIZER_CONFIGURATION_ERROR, reason=str(malformed)) from malformed
        decision = compiled.decide(asked)
        is_allowed = decision.is_allowed
        if policy is not None and not is_allowed and not decision.is_denied:
            is_allowed = policy.decide(asked).is_allowed
        if policy is None and not compiled.keys and len(verdict.decided) < _MOST_DECISIONS:
            verdict.decided[arn] = is_allowed
            verdict.decided[arn, "explicit"] = decision.is_denied
        if not is_allowed:
            raise _denied(is_explicit=decision.is_denied)


def _denied(*, is_explicit: bool) -> Refused:
    message = refusals.ACCESS_DENIED.message or ""
    return Refused(refusals.ACCESS_DENIED, f"{message} with an explicit deny" if is_explicit else message)


class PoolAuthorizer:
    """COGNITO_USER_POOLS: tokens of user pools, verified with the keys that their issuers publish."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._issuers = frozenset(issuer for arn in settings.get("providerARNs") or () if (issuer := issuer_of(arn)))
        self._sources = sources_of(settings.get("identitySource") or "method.request.header.Authorization")
        expression = settings.get("identityValidationExpression") or ""
        self._matches = compile_pattern(expression) if expression else None

    async def authorize(self, exchange: Exchange, policy: Policy | None, scopes: tuple[str, ...]) -> None:
        exchange.authorizer = {"claims": await self._claims(exchange, scopes)}
        require_allowed(exchange, policy)

    async def examine(self, exchange: Exchange) -> dict[str, Any]:
        """What TestInvokeAuthorizer tells. Raises Refused."""
        return {"claims": await self._claims(exchange, ())}

    async def _claims(self, exchange: Exchange, scopes: tuple[str, ...]) -> dict[str, str]:
        """The token's claims, as texts. Raises Refused with 401."""
        value = self._sources[0](exchange, None)
        text = bearer_of(value if isinstance(value, str) else "")
        if not text:
            raise Refused(refusals.UNAUTHORIZED)
        try:
            claimed = claims_of(text)
            issuer = claimed.get("iss")
            if not isinstance(issuer, str) or issuer not in self._issuers:
                raise Refused(refusals.UNAUTHORIZED, reason="the token is of another issuer")
            audience = claimed.get("aud") or claimed.get("client_id")
            if self._matches is not None and not self._matches(str(audience)):
                raise Refused(refusals.UNAUTHORIZED)
            token = await tokens_of(exchange.platform).require_token(text, issuer, None, scopes)
        except (InvalidToken, InsufficientScope) as invalid:
            exchange.log(f"Unauthorized request: {exchange.request_id}: {invalid}")
            message = "The incoming token has expired" if "expired" in str(invalid) else None
            raise Refused(refusals.UNAUTHORIZED, message) from invalid
        return {name: _claim(name, value) for name, value in token.claims.items()}


def issuer_of(arn: str) -> str:
    """The issuer that a user pool is. A pool whose id is a URL is that issuer: any that speaks OpenID will do."""
    found = find_arn(arn)
    if found is None or found.service != "cognito-idp":
        return ""
    pool = found.resource.partition("/")[2]
    if pool.startswith(("http://", "https://")):
        return pool
    suffix = "amazonaws.com.cn" if found.partition == "aws-cn" else "amazonaws.com"
    return f"https://cognito-idp.{found.region}.{suffix}/{pool}"


def _claim(name: str, value: Any) -> str:
    """AWS: claims are texts, and the times of a token are in words."""
    if name in ("exp", "iat") and isinstance(value, int | float):
        at = time.gmtime(value)
        return (
            f"{_DAYS[at.tm_wday]} {_MONTHS[at.tm_mon - 1]} {at.tm_mday:02} "
            f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} UTC {at.tm_year}"
        )
    if isinstance(value, list):
        return ",".join(context_text(each) for each in value)
    return context_text(value)


def sources_of(text: str) -> tuple[Source, ...]:
    """Identity sources: `method.request.header.Auth, context.identity.sourceIp`."""
    return tuple(compile_source(part.strip()) for part in text.split(",") if part.strip())


def compile_authorizer(settings: dict[str, Any], api_id: str) -> Authorizer:
    if settings["type"] == "JWT":
        return JwtAuthorizer(settings)
    if settings["type"] == "COGNITO_USER_POOLS":
        return PoolAuthorizer(settings)
    return FunctionAuthorizer(settings, api_id)
