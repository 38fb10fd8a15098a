"""Methods, compiled: all that a deployment says of a resource's verb."""

from typing import Any

from serein.services.apigateway.serving import refusals
from serein.services.apigateway.serving.authorizers import Authorizer
from serein.services.apigateway.serving.caching import CacheKey
from serein.services.apigateway.serving.integrations import (
    Integration,
    LambdaProxyIntegration,
    MockIntegration,
    Traits,
    function_in,
)
from serein.services.apigateway.serving.mapped_integrations import (
    FunctionIntegration,
    HttpIntegration,
    HttpProxyIntegration,
    ServiceIntegration,
)
from serein.services.apigateway.serving.refusals import Refused
from serein.services.apigateway.serving.streaming import StreamedProxyIntegration
from serein.services.apigateway.serving.validation import RequestValidator

_KINDS: dict[str, Any] = {
    "AWS_PROXY": LambdaProxyIntegration,
    "HTTP": HttpIntegration,
    "HTTP_PROXY": HttpProxyIntegration,
    "MOCK": MockIntegration,
}


class Method:
    """A method, ready to answer."""

    __slots__ = (
        *("authorization", "authorizer", "cache_key", "_integration", "needs_key", "operation_name", "resource_id"),
        *("resource_path", "scopes", "validator", "verb"),
    )

    def __init__(
        self,
        resource: dict[str, Any],
        verb: str,
        settings: dict[str, Any],
        traits: Traits,
        *,
        authorizer: Authorizer | None,
        validator: RequestValidator | None,
    ) -> None:
        self.resource_id: str = resource["id"]
        self.resource_path: str = resource["path"]
        self.verb = verb
        self.operation_name: str = settings.get("operationName") or ""
        self.authorization: str = (settings.get("authorizationType") or "NONE").upper()
        self.authorizer = authorizer
        self.scopes: tuple[str, ...] = tuple(settings.get("authorizationScopes") or ())
        self.needs_key = bool(settings.get("apiKeyRequired"))
        self.validator = validator
        self.cache_key = CacheKey(settings, self.resource_id)
        self._integration = compile_integration(settings, traits)

    @property
    def integration(self) -> Integration:
        """What answers. Raises Refused with 500 for a method without one."""
        if self._integration is None:
            raise Refused(refusals.API_CONFIGURATION_ERROR, reason="the method has no integration")
        return self._integration


def compile_integration(method: dict[str, Any], traits: Traits) -> Integration | None:
    integration = method.get("methodIntegration")
    if not integration:
        return None
    kind = integration.get("type", "")
    if kind == "AWS":
        uri = integration.get("uri") or ""
        is_function = bool(function_in(uri)) or (":lambda:path" in uri and "/invocations" in uri)
        compiled: Integration = (FunctionIntegration if is_function else ServiceIntegration)(method, traits)
        return compiled
    if kind == "AWS_PROXY" and integration.get("responseTransferMode") == "STREAM":
        return StreamedProxyIntegration(method, traits)
    compile_kind = _KINDS.get(kind)
    return None if compile_kind is None else compile_kind(method, traits)
