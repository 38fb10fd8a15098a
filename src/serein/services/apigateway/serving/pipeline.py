"""The way of a request through a deployment, in AWS's order of checks.

Who may: the API's policy and the method's authorizer, then the API key with its plan, then the stage's throttle. What
comes: the body's size, its validation. Then the cache, and the integration.
"""

from collections.abc import Hashable

from serein.execute_api.bodies import TooLarge, read_body
from serein.kernel.http import HttpReply
from serein.services.apigateway.compiled import Deployment
from serein.services.apigateway.serving import logs, refusals
from serein.services.apigateway.serving.access import may_invalidate, require_allowed, require_signer
from serein.services.apigateway.serving.caching import IGNORED, ResponseCache, wants_new
from serein.services.apigateway.serving.compression import unpack
from serein.services.apigateway.serving.exchange import Exchange
from serein.services.apigateway.serving.methods import Method
from serein.services.apigateway.serving.refusals import Refused
from serein.services.apigateway.serving.stages import MethodSettings, Stage
from serein.services.apigateway.serving.usage import usage_of


async def serve(exchange: Exchange, stage: Stage, deployment: Deployment, cache: ResponseCache) -> HttpReply:
    """The reply to a request. Raises Refused."""
    found = deployment.tree.find(exchange.path, exchange.http.method)
    if found is None:
        raise Refused(refusals.MISSING_AUTHENTICATION_TOKEN)
    method, exchange.parameters = found
    exchange.method = method
    settings = stage.settings_of(method.resource_path, method.verb)
    if settings.has_logs and exchange.lines is None:
        exchange.lines, exchange.has_trace = [], settings.has_trace
    try:
        exchange.body = await read_body(exchange.http)
    except TooLarge:
        raise Refused(refusals.REQUEST_TOO_LARGE) from None
    if exchange.lines is not None:
        exchange.log(f"Extended Request Id: {exchange.extended_id}")
        logs.begin(exchange)
    await _authorize(exchange, deployment, method)
    if method.needs_key:
        if deployment.has_key_in_header:
            exchange.api_key = exchange.http.headers.get("x-api-key", "")
        await usage_of(exchange.platform).require_key(exchange)
    if settings.rate >= 0:
        usage_of(exchange.platform).throttle(exchange, settings)
    prepare(exchange, deployment, method)
    if settings.is_cached:
        return await _serve_cached(exchange, stage, deployment, method, settings, cache)
    return await method.integration.answer(exchange)


def prepare(exchange: Exchange, deployment: Deployment, method: Method) -> None:
    """Unpack and validate a request's body and parameters. Raises Refused."""
    if deployment.smallest_compressed >= 0:
        unpack(exchange)
    if method.validator is not None:
        method.validator.check(exchange)


async def _authorize(exchange: Exchange, deployment: Deployment, method: Method) -> None:
    policy = deployment.policy
    if method.authorization == "NONE":
        if policy is not None:
            require_allowed(exchange, policy)
    elif method.authorization == "AWS_IAM":
        await require_signer(exchange, policy)
    elif method.authorizer is None:
        raise Refused(refusals.AUTHORIZER_CONFIGURATION_ERROR, reason="the method's authorizer is gone")
    else:
        await method.authorizer.authorize(exchange, policy, method.scopes)
    if exchange.authorizer is not None:
        exchange.log(f"Successfully authorized request: {exchange.request_id}")


async def _serve_cached(
    exchange: Exchange,
    stage: Stage,
    deployment: Deployment,
    method: Method,
    settings: MethodSettings,
    cache: ResponseCache,
) -> HttpReply:
    """The integration's reply, or the one that the cache has of the same."""
    is_own = exchange.is_canary and stage.canary is not None and not stage.canary.has_stage_cache
    key: Hashable = (
        exchange.api_id,
        exchange.stage_name,
        is_own,
        stage.cache_revision,
        method.cache_key.of(exchange, exchange.http.method),
    )
    is_renewed = wants_new(exchange)
    if is_renewed and settings.needs_authorization and not await may_invalidate(exchange, deployment.policy):
        if settings.strategy == "FAIL_WITH_403":
            raise Refused(refusals.ACCESS_DENIED)
        if settings.strategy == "SUCCEED_WITH_RESPONSE_HEADER":
            exchange.warnings.append(("Warning", IGNORED))
        is_renewed = False
    if not is_renewed:
        kept = cache.find(key, exchange.now)
        if kept is not None:
            exchange.cache_status = "CacheHitCount"
            return kept
    exchange.cache_status = "CacheMissCount"
    reply = await method.integration.answer(exchange)
    if settings.ttl_seconds > 0:
        cache.keep(key, reply, exchange.platform.clock.now() + settings.ttl_seconds)
    return reply
