"""Formats of access logs."""

from typing import Any

import pytest

from serein.execute_api.access_logs import compile_format, find_in, shown, stream_of

CONTEXT: dict[str, Any] = {
    "requestId": "r-1",
    "identity": {"sourceIp": "127.0.0.1", "user": None},
    "authorizer": {"claims": {"sub": "me"}, "n": 3, "ok": True},
}


def line(text: str) -> str:
    return compile_format(text).line(lambda name: find_in(CONTEXT, name))


def test_variables_are_filled_in_and_the_rest_stands_as_it_is() -> None:
    assert line('{"id":"$context.requestId","ip":"$context.identity.sourceIp"}') == '{"id":"r-1","ip":"127.0.0.1"}'


def test_a_variable_ends_where_its_name_does() -> None:
    assert line("$context.requestId. $context.requestId,$context.") == "r-1. r-1,$context."


def test_what_has_no_value_is_a_hyphen() -> None:
    assert line("$context.identity.user $context.nothing $context.requestId.more") == "- - -"


def test_values_of_other_kinds_are_written_as_json_has_them() -> None:
    text = "$context.authorizer.n $context.authorizer.ok $context.authorizer.claims"
    assert line(text) == '3 true {"sub":"me"}'


@pytest.mark.parametrize("value", ["a\nb", "a\r\nb", "a\x00b"])
def test_a_value_can_not_end_the_line(value: str) -> None:
    assert "\n" not in shown(value)
    assert "\r" not in shown(value)
    assert shown(value).isprintable()


def test_a_format_tells_which_variables_it_has() -> None:
    assert compile_format("$context.a $context.b.c").names == {"a", "b.c"}


def test_a_stage_has_a_log_stream_of_its_own() -> None:
    assert stream_of("api", "prod") != stream_of("api", "dev")
    assert len(stream_of("api", "prod")) == 32
