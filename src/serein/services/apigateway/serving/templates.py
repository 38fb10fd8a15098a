"""Mapping templates of requests and replies: which one a content type means, and what it makes."""

from collections.abc import Mapping
from typing import Any

from serein.kernel.velocity import VelocityError, parse_template
from serein.kernel.velocity.apigateway import Input, Rendered, Util
from serein.services.apigateway.serving import refusals
from serein.services.apigateway.serving.exchange import Exchange, last_values
from serein.services.apigateway.serving.mappings import Received
from serein.services.apigateway.serving.refusals import Refused

JSON_TYPE = "application/json"
_DEFAULT = "$default"
_UTIL = Util()
_OVERRIDES = ("requestOverride", "responseOverride")
_NOTHING: dict[str, Any] = {}


class Shown(dict[str, Any]):
    """`$context` and `$stageVariables`. AWS: what isn't there is an empty text, where other maps have null."""

    __slots__ = ()

    def get(self, name: str, default: Any = None) -> Any:
        found = super().get(name)
        if found is None:
            return ""
        return Shown(found) if type(found) is dict and name not in _OVERRIDES else found


class MappingTemplate:
    """A template; one without signs is its own text, and nothing is rendered."""

    __slots__ = ("_has_context", "_has_parameters", "is_static", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self.is_static = not any(sign in source for sign in "$#\\")
        # What a template evaluates may come from elsewhere, so it may need anything.
        is_open = "#evaluate" in source or "#{evaluate" in source
        self._has_context = is_open or "context" in source
        self._has_parameters = is_open or "params" in source

    def render(self, exchange: Exchange, received: Received | None = None, body: str | None = None) -> Rendered:
        """What the template makes of a request, or of an integration's reply. `body` is what `$input` reads.

        Raises Refused with 500 for a template that fails.
        """
        if self.is_static:
            return Rendered(self.source, exchange.request_override, _NOTHING)
        if body is None:
            body = (exchange.body if received is None else received.body).decode("utf-8", "replace")
        response: dict[str, Any] = {"header": {}}
        variables = {
            "input": self._input(exchange, body),
            "util": _UTIL,
            "context": Shown(exchange.context, requestOverride=exchange.request_override, responseOverride=response),
            "stageVariables": Shown(exchange.variables),
        }
        try:
            text = parse_template(self.source).render(variables)
        except VelocityError as error:
            exchange.log(f"Execution failed due to configuration error: Unable to transform: {error}")
            raise Refused(refusals.INTERNAL, reason=f"template: {error}") from error
        return Rendered(text, exchange.request_override, response)

    def _input(self, exchange: Exchange, body: str) -> Input:
        """`$input`; parameters cost time, and many templates have no use for them."""
        if not self._has_parameters:
            return Input(body)
        return Input(body, exchange.parameters, last_values(exchange.query), last_values(exchange.headers))


def compile_templates(templates: Mapping[str, Any] | None) -> dict[str, MappingTemplate]:
    """Templates by content type; parsed now, so that the first request doesn't wait for it."""
    compiled = {}
    for content_type, source in (templates or {}).items():
        template = MappingTemplate(source or "")
        compiled[content_type.lower()] = template
        if not template.is_static:
            _parse(template.source)
    return compiled


def _parse(source: str) -> None:
    try:
        parse_template(source)
    except VelocityError:
        # AWS: a template that can't be read fails each request that comes to it; the deployment stands.
        return


def media_type(content_type: str | None) -> str:
    """A content type without its parameters, in lower case."""
    return (content_type or "").partition(";")[0].strip().lower()


def choose_request_template(
    templates: Mapping[str, MappingTemplate], content_type: str | None, passthrough: str
) -> MappingTemplate | None:
    """The template for a request's content type, None to pass the body through.

    Raises Refused with 415 where `passthrough` says so. AWS: a request without a content type counts as JSON.
    """
    found = templates.get(media_type(content_type) or JSON_TYPE) or templates.get(_DEFAULT)
    if found is not None:
        return found
    if passthrough == "NEVER" or (passthrough == "WHEN_NO_TEMPLATES" and templates):
        raise Refused(refusals.UNSUPPORTED_MEDIA_TYPE)
    return None


def choose_response_template(
    templates: Mapping[str, MappingTemplate], accept: str | None
) -> tuple[str, MappingTemplate] | None:
    """The template for what a client accepts, with its content type; JSON's when there is none for that."""
    if not templates:
        return None
    for each in (accept or "").split(","):
        wanted = media_type(each)
        if wanted in templates:
            return wanted, templates[wanted]
    if JSON_TYPE in templates:
        return JSON_TYPE, templates[JSON_TYPE]
    content_type = next(iter(templates))
    return (JSON_TYPE if content_type == _DEFAULT else content_type), templates[content_type]
