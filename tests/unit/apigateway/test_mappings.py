"""Parameter mappings and bodies."""

import base64
from typing import Any

import pytest

from serein.services.apigateway.serving.binary import BinaryTypes, reply_payload, request_payload
from serein.services.apigateway.serving.mappings import Received, apply_header, compile_mappings, compile_source
from serein.services.apigateway.serving.proxy_replies import passed_headers
from serein.services.apigateway.serving.refusals import Refused
from serein.services.apigateway.serving.templates import MappingTemplate, choose_request_template
from serein.services.apigateway.serving.transformations import fill_path
from unit.apigateway.exchanges import exchange_of

RECEIVED = Received(200, [("X-A", "1"), ("X-A", "2")], b'{"a": {"b": [1, 2]}, "t": "text"}')


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("'fixed'", "fixed"),
        ("''", ""),
        ("method.request.header.x-one", "h"),
        ("method.request.querystring.q", "2"),
        ("method.request.multivaluequerystring.q", ["1", "2"]),
        ("method.request.path.id", "7"),
        ("method.request.body", '{"user": {"name": "Ann"}}'),
        ("method.request.body.user.name", "Ann"),
        ("method.request.body.user", '{"name":"Ann"}'),
        ("method.request.body.nothing", None),
        ("stageVariables.v", "x"),
        ("context.stage", "prod"),
        ("context.identity.sourceIp", "127.0.0.1"),
        ("context.nothing.more", None),
        ("integration.response.header.x-a", "2"),
        ("integration.response.multivalueheader.X-A", ["1", "2"]),
        ("integration.response.body.a.b[1]", "2"),
        ("integration.response.body.t", "text"),
        ("integration.response.body.[", None),
        ("whatever", None),
        ("'", None),
    ],
)
def test_values_come_from_where_a_source_says(source: str, value: Any) -> None:
    exchange = exchange_of("POST", "/7", "q=1&q=2", {"X-One": "h"}, b'{"user": {"name": "Ann"}}')
    exchange.parameters, exchange.variables = {"id": "7"}, {"v": "x"}
    assert compile_source(source)(exchange, RECEIVED) == value


def test_mappings_of_other_sides_are_left_out() -> None:
    mappings = compile_mappings({"integration.request.path.a": "'1'", "other": "'2'"}, "integration.request.")
    assert [(each.place, each.name) for each in mappings] == [("path", "a")]


def test_a_header_that_is_set_takes_the_place_of_what_there_was() -> None:
    headers = [("X-A", "1"), ("x-a", "2"), ("b", "3")]
    apply_header(headers, "x-A", ["new\r\nline"])
    assert headers == [("b", "3"), ("x-A", "new  line")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a b", "/x/a%20b"),
        ("a/b", "/x/a/b"),
        ("../b", "/x/%2E%2E/b"),
        ("..", "/x/%2E%2E"),
        ("50%", "/x/50%25"),
        ("é?#", "/x/%C3%A9%3F%23"),
        ("{other}", "/x/%7Bother%7D"),
    ],
)
def test_values_in_paths_are_encoded_and_can_not_leave_them(value: str, expected: str) -> None:
    assert fill_path("/x/{p+}", {"p": value}) == fill_path("/x/{p}", {"p": value}) == expected


def test_headers_of_the_gateways_own_are_remapped_or_dropped() -> None:
    headers = [("Server", "a"), ("Keep-Alive", "b"), ("X-C", "c"), ("bad name", "d"), ("", "e")]
    assert passed_headers(headers) == [("x-amzn-Remapped-Server", "a"), ("X-C", "c")]


def test_a_template_without_signs_is_not_rendered() -> None:
    assert MappingTemplate('{"statusCode": 200}').is_static
    assert MappingTemplate("a").render(exchange_of()).body == "a"
    assert not MappingTemplate("$a").is_static


@pytest.mark.parametrize(
    ("content_type", "passthrough", "expected"),
    [
        (None, "NEVER", "json"),
        ("application/json; charset=utf-8", "NEVER", "json"),
        ("text/plain", "WHEN_NO_MATCH", None),
        ("text/plain", "NEVER", 415),
        ("text/plain", "WHEN_NO_TEMPLATES", 415),
    ],
)
def test_a_request_template_is_chosen_by_content_type(
    content_type: str | None, passthrough: str, expected: Any
) -> None:
    templates = {"application/json": MappingTemplate("json")}
    if expected == 415:
        with pytest.raises(Refused) as refused:
            choose_request_template(templates, content_type, passthrough)
        assert refused.value.status == 415
    else:
        found = choose_request_template(templates, content_type, passthrough)
        assert (found.source if found else None) == expected


def test_without_templates_a_body_passes_unless_it_never_may() -> None:
    assert choose_request_template({}, "text/plain", "WHEN_NO_TEMPLATES") is None
    with pytest.raises(Refused):
        choose_request_template({}, None, "NEVER")


IMAGES = BinaryTypes(["image/*"])
B64 = base64.b64encode(b"\xff")


@pytest.mark.parametrize(
    ("body", "kind", "handling", "expected"),
    [
        (b"text", "text/plain", "", (b"text", False)),
        (b"\xff", "text/plain", "", ("�".encode(), False)),
        (B64, "text/plain", "CONVERT_TO_BINARY", (b"\xff", True)),
        (b"text", "text/plain", "CONVERT_TO_TEXT", (b"text", False)),
        (b"\xff", "image/png", "", (b"\xff", True)),
        (b"\xff", "image/png", "CONVERT_TO_BINARY", (b"\xff", True)),
        (b"\xff", "image/png", "CONVERT_TO_TEXT", (B64, False)),
    ],
)
def test_requests_are_converted_as_aws_tells(body: bytes, kind: str, handling: str, expected: Any) -> None:
    assert request_payload(body, kind, IMAGES, handling) == expected


@pytest.mark.parametrize(
    ("body", "kind", "accept", "handling", "expected"),
    [
        (b"text", "text/plain", "text/plain", "", (b"text", False)),
        (B64, "text/plain", "text/plain", "CONVERT_TO_BINARY", (b"\xff", True)),
        (B64, "text/plain", "image/png", "", (b"\xff", True)),
        (B64, "text/plain", "image/png", "CONVERT_TO_TEXT", (B64, False)),
        (b"\xff", "image/png", "text/plain", "", (B64, False)),
        (b"\xff", "image/png", "text/plain", "CONVERT_TO_BINARY", (b"\xff", True)),
        (b"\xff", "image/png", "image/png", "", (b"\xff", True)),
        (b"\xff", "image/png", "image/png", "CONVERT_TO_TEXT", (B64, False)),
    ],
)
def test_replies_are_converted_as_aws_tells(body: bytes, kind: str, accept: str, handling: str, expected: Any) -> None:
    assert reply_payload(body, kind, accept, IMAGES, handling) == expected


def test_what_is_no_base64_can_not_be_converted_to_bytes() -> None:
    with pytest.raises(Refused) as refused:
        request_payload(b"no!", "text/plain", IMAGES, "CONVERT_TO_BINARY")
    assert refused.value.kind.name == "API_CONFIGURATION_ERROR"
