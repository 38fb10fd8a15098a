"""Integration responses: which one a reply means, and the method response that is made of it."""

from typing import Any

from serein.kernel.http import Headers, HttpReply
from serein.services.apigateway.serving import refusals
from serein.services.apigateway.serving.binary import BinaryTypes, reply_payload
from serein.services.apigateway.serving.exchange import Exchange
from serein.services.apigateway.serving.mappings import (
    Received,
    apply_header,
    compile_mappings,
    text_of,
    values_of,
)
from serein.services.apigateway.serving.patterns import compile_pattern
from serein.services.apigateway.serving.proxy_replies import passed_name
from serein.services.apigateway.serving.refusals import Refused
from serein.services.apigateway.serving.templates import JSON_TYPE, choose_response_template, compile_templates


class _Response:
    """One integration response."""

    __slots__ = ("handling", "is_default", "mappings", "matches", "status", "templates")

    def __init__(self, settings: dict[str, Any]) -> None:
        self.status = int(settings["statusCode"])
        pattern = settings.get("selectionPattern") or ""
        self.is_default = not pattern
        self.matches = compile_pattern(pattern)
        self.mappings = compile_mappings(settings.get("responseParameters"), "method.response.")
        self.templates = compile_templates(settings.get("responseTemplates"))
        self.handling = settings.get("contentHandling") or ""


class ResponseMapping:
    """An integration's response side, compiled."""

    __slots__ = ("_binary", "_default", "_responses", "_statuses")

    def __init__(self, method: dict[str, Any], integration: dict[str, Any], binary: BinaryTypes) -> None:
        responses = [_Response(each) for each in (integration.get("integrationResponses") or {}).values()]
        self._responses = [each for each in responses if not each.is_default]
        self._default = next((each for each in responses if each.is_default), None)
        self._statuses = frozenset(int(status) for status in method.get("methodResponses") or {})
        self._binary = binary

    def respond(self, exchange: Exchange, received: Received, key: str) -> HttpReply:
        """The method response; `key` is what selection patterns are matched with. Raises Refused with 500."""
        response = self._select(key)
        if response is None:
            exchange.log(
                "Execution failed due to configuration error: No match for output mapping and no default output "
                f"mapping configured. Endpoint Response Status Code: {received.status}"
            )
            raise Refused(refusals.API_CONFIGURATION_ERROR, reason="no integration response matches")
        if response.status not in self._statuses:
            exchange.log(
                "Execution failed due to configuration error: Output mapping refers to an invalid method response: "
                f"{response.status}"
            )
            raise Refused(refusals.API_CONFIGURATION_ERROR, reason=f"there is no method response {response.status}")
        return self._map(exchange, received, response)

    def _select(self, key: str) -> _Response | None:
        for response in self._responses:
            if response.matches(key):
                return response
        return self._default

    def _map(self, exchange: Exchange, received: Received, response: _Response) -> HttpReply:
        accept = exchange.http.headers.get("accept")
        body = received.body
        is_binary = False
        if self._binary or response.handling or not body.isascii():
            content_types = received.find_headers("content-type")
            content_type = content_types[-1] if content_types else None
            body, is_binary = reply_payload(body, content_type, accept, self._binary, response.handling)
        headers: Headers = [("Content-Type", JSON_TYPE)]
        status = response.status
        chosen = choose_response_template(response.templates, accept)
        overridden: dict[str, Any] = {}
        if chosen is not None and not is_binary:
            kind, template = chosen
            headers[0] = ("Content-Type", kind)
            rendered = template.render(exchange, received, body.decode("utf-8", "replace"))
            body, overridden = rendered.body.encode("utf-8", "replace"), rendered.response_override
        for mapping in response.mappings:
            if values := values_of(mapping.source(exchange, received)):
                self._set(headers, mapping.name, values)
        if overridden:
            status = self._override(headers, overridden) or status
        return HttpReply(status, headers, body)

    def _override(self, headers: Headers, overridden: dict[str, Any]) -> int | None:
        """Put in what a template overrode; the status when it set one that can be."""
        entries = overridden.get("header")
        for name, value in entries.items() if isinstance(entries, dict) else ():
            self._set(headers, name, [text_of(value) or ""])
        status = text_of(overridden.get("status")) or ""
        return (
            int(status)
            if len(status) == 3 and status.isascii() and status.isdigit() and 100 <= int(status) <= 599
            else None
        )

    @staticmethod
    def _set(headers: Headers, name: str, values: list[str]) -> None:
        if passed := passed_name(name):
            apply_header(headers, passed, values)
