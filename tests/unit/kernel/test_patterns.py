"""Event patterns select what EventBridge's documentation says they select."""

import json
from typing import Any

import pytest

from serein.kernel.patterns import InvalidPattern, compile_pattern

EVENT = {
    "source": "shop",
    "detail": {
        "state": "shipped",
        "price": 12.5,
        "count": 3,
        "tags": ["a", "b"],
        "empty": "",
        "nothing": None,
        "paid": True,
        "ip": "10.0.0.7",
        "path": "a/b/file.PNG",
        "lines": [{"sku": "x", "n": 1}, {"sku": "y", "n": 2}],
    },
}


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"state": ["shipped", "lost"]}, True),
        ({"state": ["lost"]}, False),
        ({"state": ["shipped"], "count": [3]}, True),
        ({"state": ["shipped"], "count": [4]}, False),
        ({"nothing": [None]}, True),
        ({"missing": [None]}, False),
        ({"empty": [""]}, True),
        ({"paid": [True]}, True),
        ({"count": [True]}, False),
        ({"tags": ["b"]}, True),
        ({"tags": ["c"]}, False),
        ({"state": [{"prefix": "ship"}]}, True),
        ({"state": [{"suffix": "ped"}]}, True),
        ({"state": [{"prefix": {"equals-ignore-case": "SHIP"}}]}, True),
        ({"path": [{"suffix": {"equals-ignore-case": ".png"}}]}, True),
        ({"state": [{"equals-ignore-case": "SHIPPED"}]}, True),
        ({"state": [{"anything-but": "lost"}]}, True),
        ({"state": [{"anything-but": ["lost", "shipped"]}]}, False),
        ({"state": [{"anything-but": {"prefix": "ship"}}]}, False),
        ({"state": [{"anything-but": {"suffix": ["x", "y"]}}]}, True),
        ({"state": [{"anything-but": {"wildcard": "ship*"}}]}, False),
        ({"state": [{"anything-but": {"wildcard": ["lo*", "*x"]}}]}, True),
        ({"state": [{"anything-but": {"equals-ignore-case": ["SHIPPED", "LOST"]}}]}, False),
        ({"count": [{"anything-but": [1, 2]}]}, True),
        ({"count": [{"anything-but": 3}]}, False),
        ({"missing": [{"anything-but": "lost"}]}, False),
        ({"price": [{"numeric": [">", 10, "<=", 12.5]}]}, True),
        ({"price": [{"numeric": ["<", 10]}]}, False),
        ({"price": [{"numeric": ["=", 12.5]}]}, True),
        ({"missing": [{"exists": False}]}, True),
        ({"nothing": [{"exists": True}]}, True),
        ({"state": [{"exists": False}]}, False),
        ({"ip": [{"cidr": "10.0.0.0/24"}]}, True),
        ({"ip": [{"cidr": "10.0.1.0/24"}]}, False),
        ({"path": [{"wildcard": "a/*/file.*"}]}, True),
        ({"path": [{"wildcard": "a/*.jpg"}]}, False),
        ({"lines": {"sku": ["y"]}}, True),
        ({"lines": {"sku": ["z"]}}, False),
        ({"$or": [{"state": ["lost"]}, {"count": [3]}]}, True),
        ({"$or": [{"state": ["lost"]}, {"count": [4]}]}, False),
        ({"missing": {"deep": [{"exists": False}]}}, True),
        ({"missing": {"deep": ["x"]}}, False),
    ],
)
def test_patterns_select_events(detail: dict[str, Any], expected: bool) -> None:
    assert compile_pattern(json.dumps({"detail": detail}))(EVENT) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "[]",
        '{"a": 1}',
        '{"a": []}',
        '{"a": [["b"]]}',
        '{"a": [{"nonsense": 1}]}',
        '{"a": [{"prefix": "x", "suffix": "y"}]}',
        '{"a": [{"numeric": [">"]}]}',
        '{"a": [{"numeric": ["~", 1]}]}',
        '{"a": [{"numeric": ["<", 5, ">", 1]}]}',
        '{"a": [{"numeric": [">", 5, "<", 1]}]}',
        '{"a": [{"numeric": ["=", 5, "<", 1]}]}',
        '{"a": [{"numeric": ["<", 5000000001]}]}',
        '{"a": [{"anything-but": ["x", 1]}]}',
        '{"a": [{"anything-but": []}]}',
        '{"a": [{"anything-but": null}]}',
        '{"a": [{"anything-but": {"numeric": ["<", 1]}}]}',
        '{"a": [{"exists": "yes"}]}',
        '{"a": [{"cidr": "nope"}]}',
        '{"a": [{"wildcard": "**"}]}',
        '{"$or": [{"a": ["b"]}]}',
        '{"a":' * 200 + '["b"]' + "}" * 200,
        "[" * 100_000,
    ],
)
def test_broken_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(InvalidPattern):
        compile_pattern(pattern)
