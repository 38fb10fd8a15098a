"""PartiQL: what statements mean, and what is said of texts that are none."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.conditions import bind_condition
from serein.services.dynamodb.keys import KeySchema
from serein.services.dynamodb.partiql import nodes
from serein.services.dynamodb.partiql.binding import Bound, bind_statement
from serein.services.dynamodb.partiql.conditions import find_partitions, require_key
from serein.services.dynamodb.partiql.lexer import KEYWORDS
from serein.services.dynamodb.partiql.parser import parse_statement
from serein.services.dynamodb.partiql.positions import Position, encode_position, parse_position
from serein.services.dynamodb.partiql.selecting import Columns, columns_of
from serein.services.dynamodb.partiql.writing import intent_of

ITEM: dict[str, Any] = {
    "pk": {"S": "a"},
    "n": {"N": "5"},
    "s": {"S": "text"},
    "t": {"BOOL": True},
    "z": {"NULL": True},
    "b": {"B": "YWJj"},
    "ss": {"SS": ["a", "b"]},
    "l": {"L": [{"N": "1"}, {"M": {"deep": {"S": "x"}}}]},
    "m": {"M": {"a": {"N": "1"}, "o p": {"S": "y"}}},
    "#h": {"S": "hash"},
}
MALFORMED = "Statement wasn't well formed, can't be processed: "
PK = KeySchema("pk", "S")
PK_SK = KeySchema("pk", "S", "sk", "N")


def holds(condition: str, *parameters: dict[str, Any]) -> bool:
    bound = bind_statement(f"SELECT * FROM tab WHERE {condition}", list(parameters))
    assert isinstance(bound.statement, nodes.Select)
    assert bound.statement.where is not None
    return bind_condition(bound.statement.where, bound.placeholders)(ITEM)


def updated(changes: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    bound = bind_statement(f"UPDATE tab {changes} WHERE pk = 'a'", list(parameters))
    update = intent_of(bound, PK).update
    assert update is not None
    before = repr(ITEM)
    after = update.apply(ITEM)
    assert repr(ITEM) == before, "the old item must not change"
    return after


def inserted(item: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    found = bind_statement(f"INSERT INTO tab VALUE {item}", list(parameters)).item
    assert found is not None
    return found


def refusal(text: str, *parameters: dict[str, Any]) -> str:
    with pytest.raises(ValidationException) as refused:
        bind(text, list(parameters))
    return refused.value.message


def bind(text: str, parameters: list[dict[str, Any]]) -> Bound:
    """Everything that can be done with a statement before its table is known."""
    bound = bind_statement(text, parameters)
    statement = bound.statement
    if isinstance(statement, nodes.Select):
        columns_of(bound, statement)
        if statement.where is not None:
            bind_condition(statement.where, bound.placeholders)(ITEM)
        find_partitions(statement.where, "pk")
    else:
        intent = intent_of(bound, PK)
        intent.test(ITEM)
        if intent.update is not None:
            intent.update.apply(ITEM)
    return bound


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("n = 5", True),
        ("n = 5.0", True),
        ("5 = n", True),
        ("n = '5'", False),
        ("n <> 4", True),
        ("n != 5", False),
        ("n > -5", True),
        ("n >= 5 AND n <= 5", True),
        ("n < 1e1", True),
        ("s = 'text'", True),
        ('s = "s"', "distinct"),
        ("t = TRUE", True),
        ("t = false", False),
        ("z = NULL", True),
        ("z IS NULL", True),
        ("n IS NULL", False),
        ("absent IS NULL", False),
        ("absent IS MISSING", True),
        ("absent is missing", True),
        ("n IS MISSING", False),
        ("n IS NOT MISSING", True),
        ("z IS NOT NULL", False),
        ("absent = MISSING", True),
        ("n <> MISSING", True),
        ("MISSING = absent", True),
        ("s IS STRING", True),
        ("n IS INT", True),
        ("m IS STRUCT", True),
        ("l IS LIST", True),
        ("t IS BOOLEAN", True),
        ("n IN [1, 5]", True),
        ("n IN (1, 5)", True),
        ("n IN <<1, 5>>", True),
        ("n IN [1, 2]", False),
        ("n NOT IN [1, 2]", True),
        ("NOT n IN [1, 5]", False),
        ("n BETWEEN 1 AND 5", True),
        ("n BETWEEN 6 AND 7 OR n = 5", True),
        ("n NOT BETWEEN 1 AND 5", False),
        ("begins_with(s, 'te')", True),
        ("BEGINS_WITH(\"s\", 'xt')", False),
        ("contains(s, 'ex')", True),
        ("contains(ss, 'b')", True),
        ("contains(l, 1)", True),
        ("NOT contains(s, 'ex')", False),
        ("size(s) = 4", True),
        ("SIZE(l) > 2", False),
        ("attribute_type(n, 'N')", True),
        ("attribute_type(n, 'S')", False),
        ("n = 1 OR s = 'text' AND t = FALSE", False),
        ("n = 5 OR s = 'x' AND t = FALSE", True),
        ("(n = 5 OR s = 'x') AND t = FALSE", False),
        ("NOT n = 1 AND n = 5", True),
        ("NOT (n = 1 OR n = 5)", False),
        ("NOT NOT n = 5", True),
        ("m.a = 1", True),
        ("m['a'] = 1", True),
        ("m.\"o p\" = 'y'", True),
        ("l[0] = 1", True),
        ("l[1].deep = 'x'", True),
        ("l[7] IS MISSING", True),
        ("\"#h\" = 'hash'", True),
        ("ss = <<'b', 'a'>>", True),
        ("l[1] = {'deep': 'x'}", True),
        ("l = [1, {'deep': 'x'}]", True),
        ("s = 'it''s'", False),
        ("N = 5", False),
        ("s > 'tex' -- a comment", True),
        ("/* a\ncomment */ n = 5", True),
    ],
)
def test_a_condition_means_what_it_means_on_aws(condition: str, expected: bool | str) -> None:
    if expected == "distinct":
        assert "must be distinct" in refusal(f"SELECT * FROM tab WHERE {condition}")
    else:
        assert holds(condition) is expected


def test_parameters_stand_for_values_of_any_type_in_order() -> None:
    assert holds("n = ? AND s = ?", {"N": "5.00"}, {"S": "text"})
    assert holds("n IN [?, ?]", {"N": "1"}, {"N": "5"})
    assert holds("n BETWEEN ? AND ?", {"N": "1"}, {"N": "9"})
    assert holds("b = ?", {"B": b"abc"})
    assert holds("begins_with(s, ?)", {"S": "t"})


@pytest.mark.parametrize(
    ("changes", "name", "expected"),
    [
        ("SET n = 6", "n", {"N": "6"}),
        ("SET n = n + 1", "n", {"N": "6"}),
        ("SET n = n - 1.5", "n", {"N": "3.5"}),
        ("SET n = 10 - n", "n", {"N": "5"}),
        ("SET n = n + n", "n", {"N": "10"}),
        ("SET n = (n + 1)", "n", {"N": "6"}),
        ("SET new = s", "new", {"S": "text"}),
        ("SET new = l[1].deep", "new", {"S": "x"}),
        ("SET new = [1, 'a', TRUE, NULL, {'x': <<1, 2>>}]", "new",
         {"L": [{"N": "1"}, {"S": "a"}, {"BOOL": True}, {"NULL": True}, {"M": {"x": {"NS": ["1", "2"]}}}]}),
        ("SET m.c = 'z'", "m", {"M": {"a": {"N": "1"}, "o p": {"S": "y"}, "c": {"S": "z"}}}),
        ("SET l[0] = 9", "l", {"L": [{"N": "9"}, {"M": {"deep": {"S": "x"}}}]}),
        ("SET l[9] = 9", "l", {"L": [{"N": "1"}, {"M": {"deep": {"S": "x"}}}, {"N": "9"}]}),
        ("SET l = list_append(l, [2])", "l", {"L": [{"N": "1"}, {"M": {"deep": {"S": "x"}}}, {"N": "2"}]}),
        ("SET l = LIST_APPEND([2], l)", "l", {"L": [{"N": "2"}, {"N": "1"}, {"M": {"deep": {"S": "x"}}}]}),
        ("SET ss = set_add(ss, <<'b', 'c'>>)", "ss", {"SS": ["a", "b", "c"]}),
        ("SET new = SET_ADD(new, <<1>>)", "new", {"NS": ["1"]}),
        ("SET ss = SET_DELETE(ss, <<'a'>>)", "ss", {"SS": ["b"]}),
        ("SET ss = SET_DELETE(ss, <<'a', 'b'>>)", "ss", None),
        ("REMOVE s", "s", None),
        ("REMOVE l[0]", "l", {"L": [{"M": {"deep": {"S": "x"}}}]}),
        ("REMOVE m.a", "m", {"M": {"o p": {"S": "y"}}}),
        ("REMOVE absent", "absent", None),
    ],
)  # fmt: skip
def test_an_update_changes_what_it_names(changes: str, name: str, expected: dict[str, Any] | None) -> None:
    assert updated(changes).get(name) == expected


def test_an_update_has_as_many_changes_as_one_likes() -> None:
    assert updated("SET n = 1 SET s = 'b', t = FALSE REMOVE z REMOVE b") == {
        **{name: value for name, value in ITEM.items() if name not in ("z", "b")},
        "n": {"N": "1"},
        "s": {"S": "b"},
        "t": {"BOOL": False},
    }


def test_every_operand_of_an_update_is_read_from_the_item_as_it_was() -> None:
    after = updated("SET n = n + 1 SET new = n")
    assert (after["n"], after["new"]) == ({"N": "6"}, {"N": "5"})


def test_an_item_to_insert_holds_every_type_that_has_a_literal() -> None:
    text = """{'pk': '1', 'i': 1, 'd': -1.50, 'e': 1e0, 't': TRUE, 'f': False, 'z': null, 'm': {'a': 'x', 'b': {}},
        'l': [1, 'x', []], 'ns': <<1, 34, 4.5>>, 'ss': <<'a', 'b'>>, 'q': 'it''s "here"', '': 'x'}"""
    assert inserted(text) == {
        "pk": {"S": "1"},
        "i": {"N": "1"},
        "d": {"N": "-1.5"},
        "e": {"N": "1"},
        "t": {"BOOL": True},
        "f": {"BOOL": False},
        "z": {"NULL": True},
        "m": {"M": {"a": {"S": "x"}, "b": {"M": {}}}},
        "l": {"L": [{"N": "1"}, {"S": "x"}, {"L": []}]},
        "ns": {"NS": ["1", "34", "4.5"]},
        "ss": {"SS": ["a", "b"]},
        "q": {"S": 'it\'s "here"'},
        "": {"S": "x"},
    }


def test_parameters_can_be_anywhere_in_an_item() -> None:
    item = inserted("{'pk': ?, 'l': [?, {'b': ?}], 's': <<?, ?>>}", {"S": "a"}, {"N": "1.0"}, {"B": b"abc"},
                    {"B": b"x"}, {"B": b"y"})  # fmt: skip
    assert item == {
        "pk": {"S": "a"},
        "l": {"L": [{"N": "1"}, {"M": {"b": {"B": "YWJj"}}}]},
        "s": {"BS": ["eA==", "eQ=="]},
    }
    assert inserted("?", {"M": {"pk": {"S": "whole"}}}) == {"pk": {"S": "whole"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", MALFORMED + "Expected data manipulation"),
        ("SELECTT * FROMM tab", MALFORMED + "Expected data manipulation"),
        ("EXISTS(DELETE FROM tab WHERE pk = 'a')", MALFORMED + "Unexpected term"),
        ("EXISTS(SELECT * FROM tab.idx WHERE pk = 'a')", "Reads on indices are not supported within transactions."),
        ("DROP TABLE tab", MALFORMED + "Expected data manipulation"),
        ("CREATE TABLE tab", MALFORMED + "Expected data manipulation"),
        ("UPDATE Payment-tab SET a = 1 WHERE pk = 'a'", MALFORMED + "Expected data manipulation"),
        ("UPDATE tab WHERE pk = 'a'", MALFORMED + "Expected data manipulation"),
        ("INSERT INTO urls (key, secret) VALUES (?, ?)", MALFORMED + "Unexpected keyword"),
        ("INSERT INTO tab VALUES {'pk': 'a'}", MALFORMED + "Unexpected keyword"),
        ("SELECT * FROM table", MALFORMED + "Unexpected keyword"),
        ("SELECT * FROM tab WHERE order = 1", MALFORMED + "Unexpected keyword"),
        ("SELECT * FROM tab WHERE a.order = 1", MALFORMED + "Invalid path dot component"),
        ("SELECT * FROM tab WHERE", MALFORMED + "Unexpected term"),
        ("SELECT * FROM tab WHERE pk = 'a' garbage", MALFORMED + "Unexpected token after expression"),
        ("SELECT * FROM tab; SELECT * FROM tab",
         MALFORMED + "Unexpected token after semicolon. (Only one query is allowed.)"),
        ("SELECT * WHERE pk = 'a'", MALFORMED + "Expected FROM after SELECT list"),
        ("SELECT *, a FROM tab",
         MALFORMED + "Other expressions may not be present in the select list when '*' is used"),
        ("SELECT * FROM tab WHERE (pk = 'a'", MALFORMED + "Expected RIGHT_PAREN"),
        ("SELECT * FROM tab WHERE pk = 'a", MALFORMED + "Invalid character"),
        ("SELECT * FROM tab WHERE pk = `1`", MALFORMED + "Invalid character"),
        ("SELECT * FROM tab.a.b", MALFORMED + "Invalid path dot component"),
        ("INSERT INTO tab VALUE {'pk' 'a'}", MALFORMED + "Expected COLON"),
        ("INSERT INTO tab VALUE {\"pk\": 'a'}", MALFORMED + "Unexpected term"),
        ("INSERT INTO tab VALUE {'a': MISSING}", MALFORMED + "Unexpected keyword"),
        ("SELECT COUNT(*) FROM tab", "Unexpected path component at 1:8:5"),
        ("SELECT size(a) FROM tab", "Unexpected path component at 1:8:4"),
        ("SELECT l[-1] FROM tab", "List index is not within the allowable range; index: [-1] at 1:11:1"),
        ("SELECT * FROM tab LIMIT 5", "Unsupported clause: LIMIT at 1:19:5"),
        ("SELECT *\nFROM tab\n  GROUP BY a", "Unsupported clause: GROUP BY at 3:3:5"),
        ("SELECT DISTINCT a FROM tab", "Unsupported clause: SELECT DISTINCT at 1:8:8"),
        ("SELECT a AS b FROM tab", "Unsupported clause: AS at 1:10:2"),
        ("SELECT * FROM tab, other", "Unsupported clause: JOIN at 1:18:1"),
        ("SELECT * FROM tab LEFT JOIN other", "Unsupported clause: JOIN at 1:19:4"),
        ("SELECT * FROM tab WHERE a LIKE 'x%'", "Unsupported operator: LIKE at 1:27:4"),
        ("SELECT * FROM tab WHERE a * 2 = 4", "Unsupported operator: * at 1:27:1"),
        ("UPDATE tab SET a = a * 2 WHERE pk = 'a'", "Unsupported operator: * at 1:22:1"),
        ("SELECT * FROM tab WHERE upper(a) = 'x'", "Unsupported function: upper at 1:25:5"),
        ("SELECT * FROM tab WHERE attribute_exists(a)", "Unsupported function: attribute_exists at 1:25:16"),
        ("UPDATE tab SET a = if_not_exists(a, 0) WHERE pk = 'a'", "Unsupported function: if_not_exists at 1:20:13"),
        ("DELETE FROM tab WHERE pk = 'a' RETURNING ALL NEW *",
         "RETURNING ALL NEW * is not supported in DELETE statements"),
        ("SELECT * FROM tab WHERE begins_with(a)",
         "Incorrect number of operands for operator or function; operator or function: begins_with, "
         "number of operands: 1"),
        ("SELECT * FROM tab WHERE begins_with(a, 5)",
         "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"),
        ("SELECT * FROM tab WHERE attribute_type(a, 'X')",
         "Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"),
        ("SELECT * FROM tab WHERE a BETWEEN 5 AND 1",
         "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
         "lower bound operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {N:1}"),
        (f"SELECT * FROM tab WHERE a IN [{', '.join(['1'] * 101)}]",
         "The IN operator is provided with too many operands; number of operands: 101"),
        ("UPDATE tab SET ss = set_add(ss, 5) WHERE pk = 'a'",
         "Incorrect operand type for operator or function; operator or function: set_add, operand type: N"),
        ("UPDATE tab SET a = 1 SET a = 2 WHERE pk = 'a'",
         "Two document paths overlap with each other; must remove or rewrite one of these paths; "
         "path one: [a], path two: [a]"),
        ("UPDATE tab SET a = 1",
         "Where clause does not contain a mandatory equality on all key attributes"),
        ("UPDATE tab SET a = 1 WHERE pk > 'a'",
         "Where clause does not contain a mandatory equality on all key attributes"),
        ("DELETE FROM tab WHERE pk = 'a' OR n = 1",
         "Where clause does not contain a mandatory equality on all key attributes"),
        ("DELETE FROM tab WHERE pk = 'a' AND pk = 'b'",
         "Where clause does not contain a mandatory equality on all key attributes"),
        ("DELETE FROM tab WHERE pk IN ['a']",
         "Where clause does not contain a mandatory equality on all key attributes"),
        ("SELECT * FROM tab WHERE pk = ?", "Number of parameters in request and statement don't match."),
        ("INSERT INTO tab VALUE {'pk': 'a', 'n': 1e999}",
         "Number overflow. Attempting to store a number with magnitude larger than supported range"),
        ("INSERT INTO tab VALUE {'pk': 'a', 's': <<1, 1.0>>}", "Input collection contains duplicates"),
        ("INSERT INTO tab VALUE {'pk': 'a', 's': <<'a', 'a'>>}",
         "One or more parameter values were invalid: Input collection [a, a] contains duplicates."),
        ("INSERT INTO tab VALUE {'pk': 'a', 's': <<>>}",
         "One or more parameter values were invalid: An string set  may not be empty"),
        ("INSERT INTO tab VALUE 'a'", "The item of an INSERT statement must be a map of attributes"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_statement_is_said_in_awss_words(text: str, message: str) -> None:
    assert refusal(text) == message


def test_more_parameters_than_the_statement_has_are_refused() -> None:
    message = "Number of parameters in request and statement don't match."
    assert refusal("SELECT * FROM tab", {"S": "a"}) == message
    assert refusal("SELECT * FROM tab WHERE pk = '?'", {"S": "a"}) == message
    assert refusal("SELECT * FROM tab WHERE pk = ? AND n = ?", {"S": "a"}) == message


def test_sets_of_mixed_types_are_refused() -> None:
    assert "all of one type" in refusal("INSERT INTO tab VALUE {'pk': 'a', 's': <<1, 'a'>>}")
    assert "all of one type" in refusal("INSERT INTO tab VALUE {'pk': 'a', 's': <<TRUE>>}")
    assert "duplicates" in refusal("INSERT INTO tab VALUE {'pk': 'a', 's': <<?, ?>>}", {"B": b"x"}, {"B": b"x"})


def test_documents_are_nested_32_levels_deep_at_most() -> None:
    assert inserted("{'pk': 'a', 'l': " + "[" * 31 + "]" * 31 + "}")
    message = "Nesting Levels have exceeded supported limits"
    assert refusal("INSERT INTO tab VALUE {'pk': 'a', 'l': " + "[" * 32 + "]" * 32 + "}").startswith(message)
    deep: dict[str, Any] = {"N": "1"}
    for _ in range(20):
        deep = {"L": [deep]}
    nested = "{'pk': 'a', 'l': " + "[" * 20 + "?" + "]" * 20 + "}"
    assert refusal(f"INSERT INTO tab VALUE {nested}", deep).startswith(message)


@pytest.mark.parametrize("opening", ["(", "NOT ", "[", "<<", "{'a':", "size(", "a = (", "- ", "a IN [", "EXISTS("])
def test_statements_that_never_end_are_refused(opening: str) -> None:
    for start in ("SELECT * FROM tab WHERE ", "UPDATE tab SET a = ", "INSERT INTO tab VALUE ", "EXISTS("):
        assert refusal(start + opening * 2500)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("pk = 'a'", ["a"]),
        ("'a' = pk", ["a"]),
        ("pk = 'a' AND n > 1", ["a"]),
        ("pk = 'a' OR pk = 'b'", ["a", "b"]),
        ("pk IN ['a', 'b', 'c']", ["a", "b", "c"]),
        ("pk IN ['a', 'b'] AND pk = 'b'", ["b"]),
        ("(pk = 'a' AND n = 1) OR (pk = 'b' AND n = 2)", ["a", "b"]),
        ("pk > 'a'", None),
        ("pk = 'a' OR n = 1", None),
        ("NOT pk = 'a'", None),
        ("n = 1", None),
        ('pk = "a"', None),
        ("pk IN ['a', n]", None),
        ("pk.x = 'a'", None),
    ],
)
def test_a_statement_is_a_query_when_it_confines_the_partition_key(where: str, expected: list[str] | None) -> None:
    bound = bind_statement(f"SELECT * FROM tab WHERE {where}", None)
    assert isinstance(bound.statement, nodes.Select)
    names = find_partitions(bound.statement.where, "pk")
    assert (None if names is None else [bound.placeholders.value(name)["S"] for name in names]) == expected


def test_the_key_is_taken_out_of_the_conditions_of_a_write() -> None:
    bound = bind_statement("DELETE FROM tab WHERE 5 = sk AND (pk = ? AND n < 7)", [{"S": "a"}])
    assert isinstance(bound.statement, nodes.Delete)
    named = require_key(bound.statement.where, PK_SK, bound.placeholders, "no key")
    assert named.key == {"sk": {"N": "5"}, "pk": {"S": "a"}}
    assert named.test is not None
    assert named.test({"n": {"N": "6"}})
    assert not named.test({"n": {"N": "7"}})


def test_columns_come_back_under_the_last_name_of_their_path() -> None:
    columns = Columns([("pk",), ("m", "a"), ("l", 1, "deep"), ("l", 0), ("absent",), ("m", "absent")])
    assert columns.apply(ITEM) == {"pk": {"S": "a"}, "a": {"N": "1"}, "deep": {"S": "x"}, "l[0]": {"N": "1"}}


def test_a_statement_is_parsed_once() -> None:
    text = "SELECT * FROM tab WHERE pk = ? -- once"
    assert parse_statement(text) is parse_statement(text)


def test_a_token_goes_with_its_statement_and_parameters_only() -> None:
    position = Position(3, {"pk": {"S": "é"}, "sk": {"N": "1"}, "b": {"B": "YWJj"}})
    token = encode_position(position, "SELECT 1", [{"S": "a"}])
    assert parse_position(token, "SELECT 1", [{"S": "a"}]) == position
    for statement, parameters in (("SELECT 2", [{"S": "a"}]), ("SELECT 1", [{"S": "b"}]), ("SELECT 1", None)):
        with pytest.raises(ValidationException):
            parse_position(token, statement, parameters)


@given(st.text() | st.binary().map(lambda data: data.hex()))
@example("é")
@example("WyIiLDAsbnVsbF0=")
@example("WyIiLDAseyJwayI6e319XQ==")
@example("WyIiLDAseyJwayI6eyJOIjoieCJ9fV0=")
def test_a_token_that_is_none_is_refused(token: str) -> None:
    with pytest.raises(ValidationException):
        parse_position(token, "SELECT 1", None)


TEXT = r"""SELECT FROM WHERE INSERT INTO VALUE UPDATE SET REMOVE DELETE EXISTS AND OR NOT IN BETWEEN IS NULL MISSING
ORDER BY DESC RETURNING ALL OLD NEW TRUE * ( ) [ ] { } << >> , . : ; = <> != < <= > >= + - / % || ? tab pk n s l m ss
absent "pk" "#h" 'a' 'pk' '' "" 0 1 5. .5 1e3 1e999 99999999999 ' " ` -- /* é begins_with contains size attribute_type
list_append set_add set_delete COUNT"""
STARTS = (
    "SELECT * FROM tab WHERE pk =",
    "UPDATE tab SET n = n +",
    "INSERT INTO tab VALUE {'pk':",
    "DELETE FROM tab WHERE pk = 'a' AND",
)
WORDS = st.sampled_from([*sorted(KEYWORDS)[::7], *TEXT.split(), *STARTS])
VALUES = st.sampled_from([{"S": "a"}, {"N": "1"}, {"NULL": True}, {"SS": ["a"]}, {"L": []}, {"M": {}}, {"N": "x"}, {}])


@given(st.lists(WORDS, max_size=25), st.lists(VALUES, max_size=2))
def test_no_sequence_of_words_is_more_than_refused(words: list[str], parameters: list[dict[str, Any]]) -> None:
    try:
        bind(" ".join(words), parameters)
    except ValidationException as error:
        assert error.message


@given(st.text())
def test_no_text_is_more_than_refused(text: str) -> None:
    for start in ("", "SELECT * FROM tab WHERE ", "UPDATE tab SET ", "INSERT INTO tab VALUE "):
        try:
            bind(start + text, [])
        except ValidationException as error:
            assert error.message
