"""Mapping: what a request and an integration's answer become by templates, parameters and content handling."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

import msgspec

from serein.kernel.velocity import VelocityError, parse_template
from serein.kernel.velocity.apigateway import Input, Util
from serein.services.apigatewayv2.sockets.compiled import Integration, Response
from serein.services.apigatewayv2.sockets.expressions import MISSING, Expression, find_in_body

DEFAULT = "$default"
_decode = msgspec.json.Decoder().decode


class MappingFailed(Exception):
    """A template failed, or a body is not what its content handling takes it for: the client is told of an error."""


class Unsupported(Exception):
    """No template is for this request, and the integration passes nothing through."""


class Exchange:
    """A message (or the request of `$connect`) on its way through an integration."""

    def __init__(
        self,
        body: str,
        context: dict[str, Any],
        variables: dict[str, str],
        headers: dict[str, list[str]] | None = None,
        query: dict[str, list[str]] | None = None,
    ) -> None:
        self.body = body
        self.context = context
        self.variables = variables
        self.headers = headers or {}
        self.query = query or {}
        self.overrides: dict[str, dict[str, Any]] = {"header": {}, "querystring": {}, "path": {}}
        """What the request's template set of `$context.requestOverride`; the response's template sees it too."""
        self._document: Any = MISSING

    @property
    def document(self) -> Any:
        """The body as JSON; None when it is none."""
        if self._document is MISSING:
            try:
                self._document = _decode(self.body)
            except (msgspec.DecodeError, UnicodeEncodeError):
                self._document = None
        return self._document

    def find(self, name: str) -> Any:
        """The value of a selection expression's variable or of a mapping's source; MISSING when there is none."""
        kind, _, rest = name.removeprefix("route.").partition(".")
        if kind == "request":
            return self._find_in_request(rest)
        if kind == "context":
            value: Any = self.context
            for part in rest.split("."):
                value = value.get(part, MISSING) if isinstance(value, dict) else MISSING
            return value
        if kind == "stageVariables":
            return self.variables.get(rest, MISSING)
        return MISSING

    def _find_in_request(self, name: str) -> Any:
        if name.startswith("body"):
            return self.body if name == "body" else find_in_body(self.document, name[4:])
        kind, _, rest = name.partition(".")
        values = {"header": self.headers, "querystring": self.query}.get(kind.removeprefix("multivalue"), {})
        lowered = rest.lower()
        found = next((each for key, each in values.items() if key == rest or key.lower() == lowered), None)
        if found is None:
            return MISSING
        return ",".join(found) if kind.startswith("multivalue") else found[-1]

    def render(self, template: str, body: str) -> str:
        """Raises MappingFailed."""
        last = {name: values[-1] for name, values in self.headers.items()}
        query = {name: values[-1] for name, values in self.query.items()}
        variables = {
            "input": Input(body, None, query, last),
            "util": Util(),
            "context": {**self.context, "requestOverride": self.overrides, "responseOverride": {"header": {}}},
            "stageVariables": dict(self.variables),
        }
        try:
            return parse_template(template).render(variables)
        except VelocityError as error:
            raise MappingFailed(str(error)) from error


def request_body(integration: Integration, exchange: Exchange) -> str | bytes:
    """What an integration without proxy is sent. Raises MappingFailed, Unsupported."""
    template = _choose(integration.templates, integration.selection, exchange.find)
    if template is not None:
        return converted(exchange.render(template, exchange.body), integration.content_handling)
    if integration.passthrough == "NEVER" or (integration.passthrough == "WHEN_NO_TEMPLATES" and integration.templates):
        raise Unsupported
    return converted(exchange.body, integration.content_handling)


def request_parameters(integration: Integration, exchange: Exchange) -> dict[str, dict[str, str]]:
    """`header`, `querystring` and `path` of the request to the integration."""
    found: dict[str, dict[str, str]] = {"header": {}, "querystring": {}, "path": {}}
    for name, source in integration.parameters.items():
        _, _, kind, key = name.split(".", 3)
        value = source[1:-1] if source.startswith("'") else exchange.find(source)
        if value is not MISSING and value is not None:
            found[kind][key] = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    for kind, values in exchange.overrides.items():
        found[kind].update({key: str(value) for key, value in values.items()})
    return found


def find_response(integration: Integration, status: int, error: str) -> Response | None:
    """The integration response for an answer: a function's error message is matched, or the status."""
    for response in integration.responses:
        if response.pattern is None or response.pattern.fullmatch(error or str(status)):
            return response
    return None


def response_body(response: Response | None, exchange: Exchange, content: bytes) -> str | bytes:
    """What the client gets of an answer. Raises MappingFailed."""
    if response is None:
        return text_of(content)
    handling = response.content_handling
    body: str | bytes = base64.b64encode(content).decode() if handling == "CONVERT_TO_TEXT" else text_of(content)
    if response.templates:
        text = body if isinstance(body, str) else base64.b64encode(body).decode()

        def find(name: str) -> Any:
            if not name.startswith("integration.response.body"):
                return exchange.find(name)
            try:
                return find_in_body(_decode(text), name[len("integration.response.body") :])
            except msgspec.DecodeError:
                return MISSING

        template = _choose(response.templates, response.selection, find)
        if template is not None:
            body = exchange.render(template, text)
    return converted(body, handling) if isinstance(body, str) and handling == "CONVERT_TO_BINARY" else body


def text_of(content: bytes) -> str | bytes:
    """Text where the bytes are some; they go to the client in a binary frame otherwise."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


def converted(body: str, handling: str) -> str | bytes:
    """A body after content handling. Raises MappingFailed for what is no base64."""
    if handling != "CONVERT_TO_BINARY":
        return body
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MappingFailed(f"Unable to base64 decode the body: {error}") from error


def _choose(templates: dict[str, str], selection: Expression, find: Callable[[str], Any]) -> str | None:
    if not templates:
        return None
    key = selection.evaluate(find)
    if key is not None and key in templates:
        return templates[key]
    return templates.get(DEFAULT)
