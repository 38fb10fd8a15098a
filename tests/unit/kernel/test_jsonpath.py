"""JSONPath: what Jayway's library finds for the same paths."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serein.kernel.jsonpath import InvalidPath, PathNotFound, parse_path

A = {"b": [1, 2, {"c": 3}], "n": None}
L: list[dict[str, Any]] = [{"p": 1, "k": "x"}, {"p": 5, "k": "yy"}, {"k": "z"}]
DOCUMENT = {"a": A, "s": "str", "l": L, "e": []}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", DOCUMENT),
        (" $ ", DOCUMENT),
        ("$.s", "str"),
        ("s", "str"),
        ("a.b", A["b"]),
        ("$['s']", "str"),
        ('$.a["b"][0]', 1),
        ("$.a.n", None),
        ("$.a.b[-1]", {"c": 3}),
        ("$.a.b[0,2]", [1, {"c": 3}]),
        ("$.a.b[0,9]", [1]),
        ("$.a.b[0:2]", [1, 2]),
        ("$.a.b[-2:]", [2, {"c": 3}]),
        ("$.a.b[:1]", [1]),
        ("$.a.b[5:]", []),
        ("$.a.b[*]", A["b"]),
        ("$.e[*]", []),
        ("$.l[*].p", [1, 5]),
        ("$.l[*].zz", []),
        ("$.*", [A, "str", L, []]),
        ("$.a.*.c", []),
        ("$..p", [1, 5]),
        ("$..zz", []),
        ("$..b[0]", [1]),
        ("$['s','a']", {"s": "str", "a": A}),
        ("$['zz','s']", {"s": "str"}),
        ("$.l[0]['p','k']", {"p": 1, "k": "x"}),
        ("$.l[*]['k','zz']", [{"k": "x"}, {"k": "yy"}, {"k": "z"}]),
        ("$.l[?(@.p > 1)]", [L[1]]),
        ("$.l[?(@.p)].k", ["x", "yy"]),
        ("$.l[?(!(@.p))].k", ["z"]),
        ("$.l[?(!@.p)].k", ["z"]),
        ("$.l[?(@.p == null)]", []),
        ("$.l[?(@.k == 'x' && @.p < 3)]", [L[0]]),
        ("$.l[?(@.p >= 1 || @.k == 'z')].k", ["x", "yy", "z"]),
        ('$.l[?(@.k == "x")].k', ["x"]),
        ("$.l[?(@['k'] != 'x')].k", ["yy", "z"]),
        ("$.l[?(@.k =~ /Y+/i)].k", ["yy"]),
        ("$.l[?(@.k in ['x','z'])].k", ["x", "z"]),
        ("$.l[?(@.k nin ['x'])].k", ["yy", "z"]),
        ("$.l[?(@.k contains 'y')].k", ["yy"]),
        ("$.l[?(@.k size 1)].k", ["x", "z"]),
        ("$.l[?(@.k empty false)].k", ["x", "yy", "z"]),
        ("$.l[?(@.p > $.a.b[0])].k", ["yy"]),
        ("$.l[?(@.zz.y == 1)]", []),
        ("$.l[?(1==1)].k", ["x", "yy", "z"]),
        ("$.l.length()", 3),
        ("$.s.length()", None),
        ("$.l[*].length()", [2, 2, 1]),
        ("$.a.b.first()", 1),
        ("$.a.b.last()", {"c": 3}),
        ("$.a.b.max()", 2.0),
        ("$.a.keys()", ["b", "n"]),
    ],
)
def test_a_path_finds_what_jayways_library_finds(path: str, expected: Any) -> None:
    assert parse_path(path).read(DOCUMENT) == expected


def test_everything_below_is_found_parents_first() -> None:
    found = parse_path("$..*").read(DOCUMENT)
    assert found[:4] == [A, "str", L, []]
    assert found[4:] == [A["b"], None, 1, 2, {"c": 3}, 3, *L, 1, "x", 5, "yy", "z"]


@pytest.mark.parametrize(
    "path",
    ["$.zz", "$.a.zz", "$.a.n.x", "$.a.b[9]", "$.e[0]", "$.s.x", "$.s[0]", "$.l[-5]", "$.l.p", "$.zz[*]", "$.e.max()"],
)
def test_a_definite_path_to_nothing_fails(path: str) -> None:
    with pytest.raises(PathNotFound):
        parse_path(path).read(DOCUMENT)
    assert parse_path(path).find(DOCUMENT, "default") == "default"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("$.zz", "No results for path: $['zz']"),
        ("$.a.zz", "No results for path: $['a']['zz']"),
        ("$.zz.y", "Missing property in path $['zz']"),
        ("$.a.b[9]", "No results for path: $['a']['b'][9]"),
        ("$.a.n[0]", "The path $['a']['n'] is null"),
        ("$.a[0].c", "Filter: [0]['c'] can only be applied to arrays. Current context is: {b=[1, 2, {c=3}], n=null}"),
        ("$.s.x", "Property ['x'] not found in path $['s']"),
    ],
)
def test_what_a_path_misses_is_told_as_jayways_library_tells_it(path: str, message: str) -> None:
    with pytest.raises(PathNotFound) as error:
        parse_path(path).read(DOCUMENT)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("path", "keys"),
    [("$", ()), ("$.a['b'][0]", ("a", "b", 0)), ("$.a[*]", None), ("$.l.length()", None), ("$['a','s']", None)],
)
def test_a_path_of_names_and_indexes_alone_tells_them(path: str, keys: Any) -> None:
    assert parse_path(path).keys == keys


@pytest.mark.parametrize(
    "path",
    [
        "",
        " ",
        "$.",
        "$..",
        "$.a[",
        "$.l[?(@.p >)]",
        "$.a b",
        "$[?(]",
        "$x",
        "$['a",
        "$.l[?(@.k =~ /[/)]",
        "$[" + "9" * 99,
        "$[?(" + "(" * 999,
        "$[?(" + "!" * 999,
        "$[?(1 in " + "[" * 999,
    ],
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(InvalidPath):
        parse_path(path)


@pytest.mark.parametrize(
    ("path", "is_definite"),
    [
        ("$", True),
        ("$.a['b'][0]", True),
        ("$['a','b']", True),
        ("$.a[*]", False),
        ("$..a", False),
        ("$[0:1]", False),
        ("$[0,1]", False),
        ("$[?(@.a)]", False),
        ("$['a','b'].c", False),
    ],
)
def test_a_path_knows_whether_it_is_definite(path: str, is_definite: bool) -> None:
    assert parse_path(path).is_definite is is_definite


PARTS = st.sampled_from(
    [
        "$",
        "@",
        ".",
        "..",
        "*",
        "[",
        "]",
        "?(",
        ")",
        "'",
        '"',
        "a",
        "b",
        "l",
        "0",
        "-1",
        ":",
        ",",
        "==",
        "!=",
        "<",
        "=~",
        "/a/",
        "in",
        "&&",
        "||",
        "!",
        "length()",
        "['a']",
        "[0]",
        "true",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PARTS, max_size=12).map("".join))
def test_any_text_is_a_path_or_refused(path: str) -> None:
    try:
        parse_path("$" + path).find(DOCUMENT)
    except InvalidPath as error:
        assert str(error)
