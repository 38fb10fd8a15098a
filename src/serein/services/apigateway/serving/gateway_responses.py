"""Gateway responses: what API Gateway's own refusals look like, as AWS has them or as the API says.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

import json
import re
from typing import Any

from serein.execute_api.access_logs import find_in
from serein.kernel.http import Headers, HttpReply
from serein.services.apigateway.serving import refusals
from serein.services.apigateway.serving.exchange import Exchange
from serein.services.apigateway.serving.mappings import (
    ParameterMapping,
    apply_header,
    compile_mappings,
    text_of,
    values_of,
)
from serein.services.apigateway.serving.refusals import Refused
from serein.services.apigateway.serving.templates import JSON_TYPE, media_type

_NAME = r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*"
_VARIABLE = re.compile(
    rf"\$(?P<brace>\{{)?(?:context\.(?P<context>{_NAME})|stageVariables\.(?P<variable>\w+)"
    r"|method\.request\.(?P<place>header|querystring|path)\.(?P<name>[\w-]+))(?(brace)\})"
)


class GatewayResponse:
    """One that the API customised."""

    __slots__ = ("_mappings", "_templates", "status")

    def __init__(self, settings: dict[str, Any]) -> None:
        code = str(settings.get("statusCode") or "")
        self.status = int(code) if code.isdigit() else 0
        self._mappings: tuple[ParameterMapping, ...] = compile_mappings(
            settings.get("responseParameters"), "gatewayresponse."
        )
        self._templates: dict[str, str] = settings.get("responseTemplates") or {}

    def headers(self, exchange: Exchange) -> list[tuple[str, list[str]]]:
        found = [(each.name, values_of(each.source(exchange, None))) for each in self._mappings]
        return [(name, values) for name, values in found if values]

    def body(self, exchange: Exchange) -> tuple[str, str] | None:
        """The content type and the text; None when there are no templates."""
        if not self._templates:
            return None
        wanted = media_type((exchange.http.headers.get("accept") or "").partition(",")[0])
        kind = wanted if wanted in self._templates else JSON_TYPE
        if kind not in self._templates:
            kind = next(iter(self._templates))
        return kind, fill_in(self._templates[kind], exchange)


GatewayResponses = dict[str, GatewayResponse]


def compile_gateway_responses(settings: list[dict[str, Any]]) -> GatewayResponses:
    return {each["responseType"]: GatewayResponse(each) for each in settings if not each.get("defaultResponse")}


def fill_in(template: str, exchange: Exchange) -> str:
    """AWS: gateway responses have variables only, no other part of the template language."""

    def value_of(found: re.Match[str]) -> str:
        if found["context"]:
            return text_of(find_in(exchange.context, found["context"])) or ""
        if found["variable"]:
            return exchange.variables.get(found["variable"], "")
        place, name = found["place"], found["name"]
        if place == "header":
            return exchange.find_header(name) or ""
        return (exchange.parameters.get(name) if place == "path" else exchange.query.get(name, [""])[-1]) or ""

    return _VARIABLE.sub(value_of, template)


def refuse(exchange: Exchange, refused: Refused, responses: GatewayResponses) -> HttpReply:
    """The reply to a request that was refused."""
    kind = refused.kind
    quoted = "null" if refused.message is None else json.dumps(refused.message, ensure_ascii=False)
    exchange.error = {
        "message": "null" if refused.message is None else refused.message,
        "messageString": quoted,
        "responseType": kind.name,
        "validationErrorString": refused.validation,
    }
    own = responses.get(kind.name)
    fallback = responses.get(kind.fallback)
    response = own or fallback
    status = (own.status if own else 0) or (fallback.status if fallback else 0) or refused.status
    headers: Headers = [("x-amzn-errortype", refused.error_type)]
    content = response.body(exchange) if response is not None else None
    if content is None:
        # AWS: where access is denied the member is spelled with a capital letter.
        member = "Message" if kind is refusals.ACCESS_DENIED else "message"
        content = JSON_TYPE, f'{{"{member}":{quoted}}}'
    headers.append(("content-type", content[0]))
    if response is not None:
        for name, values in response.headers(exchange):
            apply_header(headers, name, values)
    return HttpReply(status, headers, content[1].encode("utf-8", "replace"))
