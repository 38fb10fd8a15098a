"""Keys of several attributes: their bytes keep the order of the values, and conditions select exactly their ranges."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from serein.services.dynamodb.expressions.keyconditions import KeyCondition, includes, key_range_of
from serein.services.dynamodb.keys import KeySchema, find_index_key

SCHEMA = KeySchema("h", "S", "a", "S", more_hashes=(("i", "N"),), more_ranges=(("b", "N"), ("c", "S")))
TEXTS = st.text(alphabet="\x00\x01ab\xff", min_size=1, max_size=3)
NUMBERS = st.integers(-12, 12).map(lambda number: Decimal(number) / 4)
SORTS = st.tuples(TEXTS, NUMBERS, TEXTS)
KINDS = ("S", "N", "S")


def item(sort: tuple[str, Decimal, str]) -> dict[str, Any]:
    a, b, c = sort
    return {"h": {"S": "p"}, "i": {"N": "1"}, "a": {"S": a}, "b": {"N": f"{b.normalize():f}"}, "c": {"S": c}}


def order(sort: tuple[str, Decimal, str]) -> tuple[bytes, Decimal, bytes]:
    return sort[0].encode(), sort[1], sort[2].encode()


def sort_key(sort: tuple[str, Decimal, str]) -> bytes:
    key = find_index_key(item(sort), SCHEMA)
    assert key is not None
    return key.sk


@given(SORTS, SORTS)
def test_bytes_are_ordered_as_the_values_are(left: Any, right: Any) -> None:
    assert (sort_key(left) < sort_key(right)) == (order(left) < order(right))
    assert (sort_key(left) == sort_key(right)) == (left == right)


HOLDS: dict[str, Any] = {
    "EQ": lambda value, low, _: value == low,
    "LT": lambda value, low, _: value < low,
    "LE": lambda value, low, _: value <= low,
    "GT": lambda value, low, _: value > low,
    "GE": lambda value, low, _: value >= low,
    "BETWEEN": lambda value, low, high: low <= value <= high,
    "BEGINS_WITH": lambda value, low, _: value.startswith(low),
}


@given(st.lists(SORTS, min_size=1, max_size=8), SORTS, SORTS, st.integers(0, 2), st.sampled_from(sorted(HOLDS)))
def test_a_condition_selects_exactly_what_fulfils_it(
    sorts: list[Any], wanted: Any, other: Any, at: int, operator: str
) -> None:
    if operator == "BEGINS_WITH" and KINDS[at] == "N":
        operator = "EQ"
    given_item, other_item = item(wanted), item(other)
    conditions = {"h": KeyCondition("EQ", [{"S": "p"}]), "i": KeyCondition("EQ", [{"N": "1"}])}
    for name in "abc"[:at]:
        conditions[name] = KeyCondition("EQ", [given_item[name]])
    values = [given_item["abc"[at]]]
    if operator == "BETWEEN":
        values.append(other_item["abc"[at]])
    conditions["abc"[at]] = KeyCondition(operator, values)
    keys = key_range_of(conditions, SCHEMA)
    low, high = order(wanted), order(other)
    for sort in [*sorts, wanted, other]:
        mine = order(sort)
        expected = mine[:at] == low[:at] and HOLDS[operator](mine[at], low[at], high[at])
        assert includes(keys, sort_key(sort)) == expected


def test_an_item_is_in_the_index_only_with_all_attributes_of_the_right_types() -> None:
    whole = item(("a", Decimal(1), "c"))
    assert find_index_key(whole, SCHEMA) is not None
    for name in whole:
        assert find_index_key({key: value for key, value in whole.items() if key != name}, SCHEMA) is None
        assert find_index_key({**whole, name: {"BOOL": True}}, SCHEMA) is None
    assert find_index_key({**whole, "c": {"S": ""}}, SCHEMA) is None


def test_parts_of_a_partition_key_do_not_run_into_one_another() -> None:
    schema = KeySchema("h", "S", more_hashes=(("i", "S"),))
    keys = {find_index_key({"h": {"S": one}, "i": {"S": two}}, schema) for one, two in (("ab", "c"), ("a", "bc"))}
    assert len(keys) == 2
