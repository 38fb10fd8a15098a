"""What API Gateway offers to mapping templates: `$input`, `$util`, `$context` and `$stageVariables`.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote_plus, unquote_plus

from serein.kernel.jsonpath import InvalidPath, PathNotFound, parse_path
from serein.kernel.velocity.errors import TemplateFailed
from serein.kernel.velocity.methods import Methods
from serein.kernel.velocity.template import parse_template
from serein.kernel.velocity.values import Bean, bounded, json_text, text_of

_UNREAD = object()
_ESCAPES = {
    ord("'"): "\\'",
    ord('"'): '\\"',
    ord("\\"): "\\\\",
    ord("/"): "\\/",
    **{code: f"\\u{code:04X}" for code in range(32)},
    ord("\b"): "\\b",
    ord("\n"): "\\n",
    ord("\t"): "\\t",
    ord("\f"): "\\f",
    ord("\r"): "\\r",
}
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True)
class Rendered:
    """What a template gave: the body, and what it overrode in the request or in the response."""

    body: str
    request_override: dict[str, Any]
    """`header`, `querystring` and `path`: what the template set in each, by name."""
    response_override: dict[str, Any]
    """`header`, by name, and `status` when the template set it."""


class Input(Bean):
    """`$input`: the body and the parameters of a request, or the body of an integration's reply."""

    __slots__ = ("_document", "body", "header", "path", "querystring")

    def __init__(
        self,
        body: str,
        path: Mapping[str, str] | None = None,
        querystring: Mapping[str, str] | None = None,
        header: Mapping[str, str] | None = None,
    ) -> None:
        self.body = body
        self.path = dict(path or {})
        self.querystring = dict(querystring or {})
        self.header = dict(header or {})
        self._document: Any = _UNREAD

    def find_property(self, name: str) -> Any:
        return self.body if name == "body" else None

    def document(self) -> Any:
        """The body as JSON; an empty one is an empty object."""
        if self._document is _UNREAD:
            self._document = parse_json(self.body) if self.body.strip() else {}
        return self._document

    def find(self, path: str, default: Any) -> Any:
        try:
            return parse_path(path).read(self.document())
        except PathNotFound:
            return default
        except InvalidPath as invalid:
            raise TemplateFailed(f"Invalid JSON path: {invalid}") from invalid

    def find_json(self, path: str) -> str:
        """AWS: a path that finds nothing is an empty JSON string."""
        return json_text(self.find(path, ""))

    def find_value(self, path: str) -> Any:
        """AWS: a path that finds nothing prints nothing, so it is an empty text and not null."""
        return self.find(path, "")

    def params(self, name: str | None = None) -> Any:
        """One parameter, looked for in path, query string and headers; all of them without a name."""
        if name is None:
            return {"path": self.path, "querystring": self.querystring, "header": self.header}
        for group in (self.path, self.querystring, self.header):
            if name in group:
                return group[name]
        lowered = name.lower()
        return next((value for key, value in self.header.items() if key.lower() == lowered), "")

    methods: ClassVar[Methods] = {"json": find_json, "path": find_value, "params": params}


def parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as invalid:
        raise TemplateFailed(f"Invalid JSON: {invalid}") from invalid


def escape_javascript(text: str) -> str:
    """The escapes of a JavaScript string, as Commons Lang makes them."""
    escaped = text.translate(_ESCAPES)
    return bounded(escaped if escaped.isascii() else _BEYOND_ASCII.sub(_unicode_escape, escaped))


def _unicode_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass").hex().upper()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _text(value: Any) -> str | None:
    return None if value is None else text_of(value)


def _escaped(_: Bean, value: Any) -> str | None:
    text = _text(value)
    return None if text is None else escape_javascript(text)


def _parsed(_: Bean, value: Any) -> Any:
    text = _text(value)
    return None if text is None else parse_json(text)


def _url_encoded(_: Bean, value: Any) -> str | None:
    text = _text(value)
    return None if text is None else quote_plus(text, safe="*", errors="replace").replace("~", "%7E")


def _url_decoded(_: Bean, value: Any) -> str | None:
    text = _text(value)
    return None if text is None else unquote_plus(text)


def _base64_encoded(_: Bean, value: Any) -> str | None:
    text = _text(value)
    return None if text is None else base64.b64encode(text.encode("utf-8", "replace")).decode()


def _base64_decoded(_: Bean, value: Any) -> str | None:
    text = _text(value)
    if text is None:
        return None
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError) as invalid:
        raise TemplateFailed(f"Invalid base64: {invalid}") from invalid


class Util(Bean):
    """`$util`."""

    methods: ClassVar[Methods] = {
        "escapeJavaScript": _escaped,
        "parseJson": _parsed,
        "urlEncode": _url_encoded,
        "urlDecode": _url_decoded,
        "base64Encode": _base64_encoded,
        "base64Decode": _base64_decoded,
    }


_UTIL = Util()


def render(
    template: str, input: Input, context: Mapping[str, Any], stage_variables: Mapping[str, str] | None = None
) -> Rendered:
    """Render a template with API Gateway's variables; raises VelocityError (API Gateway answers 500 then).

    `context` is what `$context` has, objects as dicts; it is not changed, and `requestOverride` and `responseOverride`
    are added to it.
    """
    request: dict[str, Any] = {"header": {}, "querystring": {}, "path": {}}
    response: dict[str, Any] = {"header": {}}
    variables = {
        "input": input,
        "util": _UTIL,
        "context": {**context, "requestOverride": request, "responseOverride": response},
        "stageVariables": dict(stage_variables or {}),
    }
    return Rendered(parse_template(template).render(variables), request, response)
