"""Selection expressions of WebSocket APIs, and what they find in messages."""

from typing import Any

import pytest

from serein.services.apigatewayv2.sockets.expressions import (
    MISSING,
    InvalidExpression,
    find_in_body,
    parse_expression,
)


def evaluated(text: str, **values: Any) -> str | None:
    return parse_expression(text).evaluate(lambda name: values.get(name.replace(".", "_"), MISSING))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("$request.body.action", "join"),
        ("${request.body.action}", "join"),
        ("${request.body.action}-beta", "join-beta"),
        ("v$request.body.version", "v2"),
        ("${request.body.action}/${request.body.version}", "join/2"),
        ("$request.body.flag", "true"),
        ("\\$default", "$default"),
        ("$default", "$default"),
        ("static", "static"),
        ("a\\b", "a\\b"),
        ("$request.body.nothing", None),
        ("${request.body.action}${request.body.nothing}", None),
    ],
)
def test_an_expression_gives_a_key(text: str, key: str | None) -> None:
    values = {"request_body_action": "join", "request_body_version": 2, "request_body_flag": True}
    assert evaluated(text, **values) == key


@pytest.mark.parametrize("text", ["$", "${", "$ {x}", "${}", "a$", "x" * 513])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(InvalidExpression):
        parse_expression(text)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("", {"a": {"b": [{"c": 1}]}, "x-y": "z"}),
        (".a.b", [{"c": 1}]),
        (".a.b[0].c", 1),
        (".x-y", "z"),
        (".a.c", MISSING),
        (".a.b.c.d", MISSING),
        (".a.b[7]", MISSING),
    ],
)
def test_a_path_finds_a_part_of_the_body(path: str, value: Any) -> None:
    assert find_in_body({"a": {"b": [{"c": 1}]}, "x-y": "z"}, path) == value


@pytest.mark.parametrize("body", [None, 1, "text", ["a"]])
def test_a_body_that_is_no_object_has_no_parts(body: Any) -> None:
    assert find_in_body(body, ".action") is MISSING
