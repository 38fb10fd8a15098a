"""The pure parts of REST APIs' control plane."""

import datetime
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.kernel.errors import AwsError
from serein.services.apigateway.control.json_schemas import schema_findings
from serein.services.apigateway.control.model_templates import template_of
from serein.services.apigateway.control.patches import escaped, parse_patches, require_listed, unescaped
from serein.services.apigateway.control.usage_plans import period_of, usage_by_day
from serein.services.apigateway.errors import BadRequestException
from serein.services.apigateway.openapi.documents import parse_document
from serein.services.apigateway.openapi.reading import read_definition
from serein.services.apigateway.sdk.javascript import function_name

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(st.text())
def test_a_name_survives_as_a_segment_of_a_pointer(name: str) -> None:
    assert unescaped(escaped(name)) == name
    assert "/" not in escaped(name)


def test_a_patch_without_a_path_is_refused_as_null() -> None:
    with pytest.raises(BadRequestException, match="Invalid patch path null"):
        parse_patches({"patchOperations": [{"op": "add", "value": "x"}]})
    assert parse_patches({}) == []


def test_a_listed_patch_says_what_it_may_be() -> None:
    allowed = {"replace": ("/a", "/b")}
    add, other = parse_patches({"patchOperations": [{"op": "add", "path": "/a"}, {"op": "replace", "path": "/c"}]})
    with pytest.raises(BadRequestException) as caught:
        require_listed(add, allowed)
    assert caught.value.message == "Invalid patch path  '/a' specified for op 'add'. Please choose supported operations"
    with pytest.raises(BadRequestException) as caught:
        require_listed(other, allowed)
    assert caught.value.message == "Invalid patch path  '/c' specified for op 'replace'. Must be one of: [/a, /b]"


@pytest.mark.parametrize(
    ("period", "day", "first", "last"),
    [
        ("DAY", "2026-03-31", "2026-03-31", "2026-03-31"),
        ("WEEK", "2026-11-21", "2026-11-15", "2026-11-21"),
        ("WEEK", "2026-11-22", "2026-11-22", "2026-11-28"),
        ("MONTH", "2024-02-10", "2024-02-01", "2024-02-29"),
        ("MONTH", "2025-12-31", "2025-12-01", "2025-12-31"),
    ],
)
def test_a_quota_s_period_has_the_day(period: str, day: str, first: str, last: str) -> None:
    found = period_of({"period": period}, datetime.date.fromisoformat(day))
    assert [day.isoformat() for day in found] == [first, last]


def test_what_remains_falls_within_a_period_and_grants_count_at_once() -> None:
    rows = [("2026-11-15", 3, 0), ("2026-11-17", 4, 5), ("2026-11-22", 1, 0)]
    first, last = datetime.date(2026, 11, 15), datetime.date(2026, 11, 22)
    shown = usage_by_day({"limit": 10, "period": "WEEK", "offset": 0}, rows, first, last)
    assert shown == [[3, 12], [0, 12], [4, 8], [0, 8], [0, 8], [0, 8], [0, 8], [1, 9]]
    assert usage_by_day(None, rows, first, first)[0][0] == 3


@given(JSON)
def test_any_json_is_a_schema_or_has_findings(schema: Any) -> None:
    findings = schema_findings(schema)
    assert findings or isinstance(schema, dict)


def test_a_schema_that_refers_to_itself_makes_a_template_that_ends() -> None:
    schema = {"type": "object", "properties": {"next": {"$ref": "https://x/models/Node"}, "v": {"type": "integer"}}}
    node = {"name": "Node", "schema": json.dumps(schema)}
    assert template_of(node, {"Node": node}).startswith("#set($inputRoot = $input.path('$'))\n{")


@given(st.dictionaries(st.sampled_from(["info", "paths", "components", "security", "servers", "x-y"]), JSON))
def test_a_document_is_read_or_refused(parts: dict[str, Any]) -> None:
    document = json.dumps({"openapi": "3.0.1", **parts}).encode()
    try:
        read_definition(parse_document(document), {}, "abc")
    except AwsError as error:
        assert error.code == "BadRequestException"


@given(st.binary(max_size=60))
def test_any_bytes_are_a_document_or_refused(body: bytes) -> None:
    with pytest.raises(BadRequestException):
        parse_document(body)


def test_functions_of_clients_are_named_after_path_and_verb() -> None:
    assert function_name("/", "GET") == "rootGet"
    assert function_name("/pets/{petId}", "DELETE") == "petsPetIdDelete"
    assert function_name("/a-b/{proxy+}", "POST") == "aBProxyPost"
