"""Selection expressions and parameter mapping, without a server."""

from typing import Any

import pytest

from serein.kernel.http import HttpReply
from serein.services.apigatewayv2.authorization import claim_text
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.parameters import (
    changed_headers,
    changed_path,
    changed_query,
    changed_reply,
    compile_changes,
)
from serein.services.apigatewayv2.selections import InvalidSelection, compile_selection
from serein.services.apigatewayv2.served_stages import Throttle, read_stage


class Sources:
    """A request that says what it was asked for."""

    content = b'{"a": {"b": [1, "two", {"c": null}]}, "n": 1.5, "t": true, "x-y": "z"}'

    def header(self, name: str) -> str | None:
        return None if name == "absent" else f"header {name}"

    def querystring(self, name: str) -> str | None:
        return f"query {name}"

    def path(self, name: str) -> str | None:
        return f"path {name}" if name else "/whole/path"

    def body(self) -> bytes:
        return self.content

    def context(self, name: str) -> str | None:
        return f"context {name}"

    def stage_variable(self, name: str) -> str | None:
        return f"variable {name}"

    def response_header(self, name: str) -> str | None:
        return f"response {name}"

    def response_body(self) -> bytes:
        return b'{"id": 7}'


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("static", "static"),
        ("$request.header.X-A", "header x-a"),
        ("${request.header.X-A}", "header x-a"),
        ("$request.header.absent", None),
        ("$request.querystring.Q", "query Q"),
        ("$request.path", "/whole/path"),
        ("$request.path.id", "path id"),
        ("$request.body.a.b[1]", "two"),
        ("$request.body.a", '{"b":[1,"two",{"c":null}]}'),
        ("$request.body.a.b[2].c", None),
        ("$request.body.n", "1.5"),
        ("$request.body.t", "true"),
        ("$request.body.nothing", None),
        ("$context.authorizer.claims.sub", "context authorizer.claims.sub"),
        ("$stageVariables.v", "variable v"),
        ("a ${request.path.x}-${context.y} b", "a path x-context y b"),
        ("a${request.header.absent}b", "ab"),
        ("$request.path.x and $context.y", "path x and context y"),
        ("costs $5", "costs $5"),
    ],
)
def test_expressions_select(text: str, selected: str | None) -> None:
    assert compile_selection(text)(Sources()) == selected


def test_a_body_that_is_no_json_or_too_large_has_no_members() -> None:
    class Other(Sources):
        def __init__(self, content: bytes) -> None:
            self.content = content

    select = compile_selection("$request.body.a")
    assert select(Other(b"text")) is None
    assert select(Other(b"")) is None
    assert select(Other(b'{"a": "' + b"x" * 110_000 + b'"}')) is None


@pytest.mark.parametrize(
    "text", ["$request.what", "$response.header.a", "$request.body..a", "${request.header}", "$context"]
)
def test_expressions_that_name_nothing_are_invalid(text: str) -> None:
    with pytest.raises(InvalidSelection):
        compile_selection(text)


def test_changes_apply_in_their_order() -> None:
    changes = compile_changes(
        {
            "append:header.A": "one",
            "overwrite:header.b": "$request.header.x",
            "remove:header.c": "''",
            "overwrite:path": "/a b/$request.path.id",
            "append:querystring.q": "&=",
            "remove:querystring.r": "''",
        }
    )
    headers = changed_headers([("a", "zero"), ("b", "old"), ("c", "gone")], changes, Sources())
    assert headers == [("a", "zero"), ("a", "one"), ("b", "header x")]
    assert changed_path(changes, Sources()) == "/a%20b/path%20id"
    assert changed_query([("r", "1"), ("s", "2")], changes, Sources()) == "s=2&q=%26%3D"


def test_a_value_cannot_bring_headers_of_its_own() -> None:
    class Evil(Sources):
        def header(self, name: str) -> str | None:
            return "a\r\nset-cookie: b"

    changes = compile_changes({"overwrite:header.a": "$request.header.x"})
    assert changed_headers([], changes, Evil()) == []


def test_a_reply_is_changed() -> None:
    changes = compile_changes(
        {"overwrite:statuscode": "201", "append:header.id": "$response.body.id"}, is_response=True
    )
    reply = changed_reply(HttpReply(200, [("x", "y")], b"body"), changes, Sources())
    assert (reply.status, reply.headers, reply.body) == (201, [("x", "y"), ("id", "7")], b"body")
    wrong = compile_changes({"overwrite:statuscode": "$response.body.id"}, is_response=True)
    assert changed_reply(HttpReply(200), wrong, Sources()).status == 200


@pytest.mark.parametrize(
    "key", ["overwrite:header.Connection", "append:header.x-amzn-a", "replace:header.a", "overwrite:body", "header.a"]
)
def test_keys_that_may_not_be_changed_are_refused(key: str) -> None:
    with pytest.raises(BadRequestException):
        compile_changes({key: "a"})


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("a", "a"),
        (True, "true"),
        (5, "5"),
        (5.0, "5"),
        (1.5, "1.5"),
        (["a", "b"], "[a b]"),
        ([], "[]"),
        ({"b": 1, "a": [True]}, "map[a:[true] b:1]"),
        (None, "<nil>"),
    ],
)
def test_claims_become_texts(claim: Any, text: str) -> None:
    assert claim_text(claim) == text


def test_a_stages_settings_are_read_once() -> None:
    text = (
        '{"StageVariables": {"a": "b"}, "DefaultRouteSettings": {"ThrottlingRateLimit": 2.0},'
        ' "RouteSettings": {"GET /x": {"ThrottlingBurstLimit": 1, "DetailedMetricsEnabled": true}}}'
    )
    stage = read_stage(text)
    assert stage is read_stage(text)
    assert stage.variables == {"a": "b"}
    assert stage.throttle_of("GET /y") == Throttle(2.0, 5000)
    assert stage.throttle_of("GET /x") == Throttle(2.0, 1)
    assert (stage.has_detailed_metrics("GET /x"), stage.has_detailed_metrics("GET /y")) == (True, False)
    assert read_stage("{}").throttle_of("GET /x") is None
