"""Integration requests: parameters mapped, the body through its template, and what the template overrode.

The counterpart for replies is `method_responses.py`.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from serein.kernel.http import Headers
from serein.services.apigateway.serving import refusals
from serein.services.apigateway.serving.binary import BinaryTypes, request_payload
from serein.services.apigateway.serving.exchange import Exchange
from serein.services.apigateway.serving.mappings import apply_header, compile_mappings, text_of, values_of
from serein.services.apigateway.serving.refusals import Refused
from serein.services.apigateway.serving.templates import JSON_TYPE, choose_request_template, compile_templates

_PREFIX = "integration.request."
_SAFE_IN_PATH = "/:@!$&'()*+,;=~-._"


@dataclass(slots=True)
class IntegrationRequest:
    """What goes to an integration."""

    headers: Headers
    query: list[tuple[str, str]]
    path: dict[str, str]
    """Values for the URI's placeholders, decoded."""
    body: bytes

    @property
    def query_text(self) -> str:
        return urlencode(self.query)

    def find_header(self, name: str) -> str:
        lowered = name.lower()
        return next((value for key, value in reversed(self.headers) if key.lower() == lowered), "")


class RequestMapping:
    """An integration's request side, compiled."""

    __slots__ = ("_binary", "_handling", "_mappings", "_passthrough", "_templates")

    def __init__(self, integration: dict[str, Any], binary: BinaryTypes) -> None:
        self._mappings = compile_mappings(integration.get("requestParameters"), _PREFIX)
        self._templates = compile_templates(integration.get("requestTemplates"))
        self._passthrough = (integration.get("passthroughBehavior") or "WHEN_NO_MATCH").upper()
        self._handling = integration.get("contentHandling") or ""
        self._binary = binary

    def map_parameters(self, exchange: Exchange, request: IntegrationRequest) -> None:
        """Put mapped parameters into a request, in place of what it has."""
        for mapping in self._mappings:
            values = values_of(mapping.source(exchange, None))
            if not values:
                continue
            if mapping.place == "header":
                apply_header(request.headers, mapping.name, values)
            elif mapping.place == "querystring":
                request.query[:] = [pair for pair in request.query if pair[0] != mapping.name]
                request.query += [(mapping.name, value) for value in values]
            else:
                request.path[mapping.name] = values[-1]

    def payload(self, exchange: Exchange) -> bytes:
        """The body as the integration gets it without a template. Raises Refused."""
        content_type = exchange.http.headers.get("content-type")
        return request_payload(exchange.body, content_type, self._binary, self._handling)[0]

    def find_static(self, exchange: Exchange) -> str | None:
        """The text of a template that says the same of every request, for integrations that send none.

        None when there is more to do; `transform` does it. Raises Refused with 415.
        """
        if self._binary or self._handling:
            return None
        content_type = exchange.http.headers.get("content-type")
        template = choose_request_template(self._templates, content_type, self._passthrough)
        return template.source if template is not None and template.is_static else None

    def transform(self, exchange: Exchange) -> IntegrationRequest:
        """The request of an integration that isn't a proxy. Raises Refused with 415 or 500."""
        content_type = exchange.http.headers.get("content-type")
        body, is_binary = request_payload(exchange.body, content_type, self._binary, self._handling)
        template = choose_request_template(self._templates, content_type, self._passthrough)
        request = IntegrationRequest([("Content-Type", content_type or JSON_TYPE)], [], {}, body)
        self.map_parameters(exchange, request)
        if template is not None:
            if is_binary and body:
                raise Refused(refusals.API_CONFIGURATION_ERROR, reason="Unable to transform a binary body.")
            rendered = template.render(exchange, body=body.decode("utf-8", "replace"))
            request.body = rendered.body.encode("utf-8", "replace")
            _override(request, rendered.request_override)
        return request


def _override(request: IntegrationRequest, overridden: dict[str, Any]) -> None:
    """AWS: each kind is an object, by name; what a template puts elsewhere is nothing."""
    for name, value in _entries(overridden.get("header")):
        apply_header(request.headers, name, _texts(value))
    for name, value in _entries(overridden.get("querystring")):
        request.query[:] = [pair for pair in request.query if pair[0] != name]
        request.query += [(name, text) for text in _texts(value)]
    for name, value in _entries(overridden.get("path")):
        request.path[name] = text_of(value) or ""


def _entries(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text_of(each) or "" for each in values]


def fill_path(template: str, values: dict[str, str], safe: str = _SAFE_IN_PATH) -> str:
    """A URI with its placeholders (`{name}`, `{name+}`) filled in, percent-encoded.

    Segments of dots alone are encoded too: they would mean other folders than the API's owner wrote down.
    """
    if "{" not in template:
        return template
    for name, value in values.items():
        encoded = "/".join(
            [part.replace(".", "%2E") if part in (".", "..") else part for part in quote(value, safe=safe).split("/")]
        )
        template = template.replace(f"{{{name}}}", encoded).replace(f"{{{name}+}}", encoded)
    return template
