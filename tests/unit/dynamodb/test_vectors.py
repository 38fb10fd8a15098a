"""Scores of vectors, the best of them, and the entries of vector indexes."""

import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.keys import KeySchema
from serein.services.dynamodb.vectors.indexes import (
    VectorIndexDefinition,
    find_entry,
    find_vector,
    is_same_entry,
    parse_vector_index,
    require_entry_fits,
)
from serein.services.dynamodb.vectors.scoring import Ranking, shortest_decimals

FLOATS = st.floats(-1e6, 1e6, width=32)


def packed(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}f", *numbers)


def ranked(distance: str, query: bytes, vectors: list[bytes], count: int = 100) -> list[tuple[int, float]]:
    ranking = Ranking(distance, query, count)
    ranking.add(range(len(vectors)), vectors)
    return [(found.item, found.score) for found in ranking.best]


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        ("COSINE", [(0, 0.0), (1, 0.0), (2, 1.0), (3, 2.0)]),
        ("EUCLIDEAN", [(0, 0.0), (2, math.sqrt(2)), (3, 2.0), (1, 9.0)]),
        ("DOT_PRODUCT", [(1, 10.0), (0, 1.0), (2, 0.0), (3, -1.0)]),
    ],
)
def test_scores_mean_what_they_do_on_aws(distance: str, expected: list[tuple[int, float]]) -> None:
    vectors = [packed(1, 0, 0, 0), packed(10, 0, 0, 0), packed(0, 1, 0, 0), packed(-1, 0, 0, 0)]
    found = ranked(distance, packed(1, 0, 0, 0), vectors)
    assert [item for item, _ in found] == [item for item, _ in expected]
    assert [score for _, score in found] == pytest.approx([score for _, score in expected])


def test_a_vector_of_zeros_is_neither_like_nor_unlike_another() -> None:
    assert ranked("COSINE", packed(1, 2), [packed(0, 0)]) == [(0, 1.0)]
    assert ranked("COSINE", packed(0, 0), [packed(1, 2)]) == [(0, 1.0)]


def test_the_largest_floats_have_scores() -> None:
    largest = packed(3.4e38, 3.4e38)
    ((_, cosine),) = ranked("COSINE", largest, [largest])
    ((_, product),) = ranked("DOT_PRODUCT", largest, [largest])
    assert cosine == pytest.approx(0.0, abs=1e-12)
    assert math.isfinite(product)


def test_of_equal_scores_the_first_is_the_better() -> None:
    ranking = Ranking("EUCLIDEAN", packed(0, 0), 3)
    ranking.add("ab", [packed(1, 0), packed(0, 1)])
    ranking.add("", [])
    ranking.add("cd", [packed(-1, 0), packed(0, 0)])
    assert [found.item for found in ranking.best] == ["d", "a", "b"]


def _plain_score(distance: str, one: tuple[float, ...], other: tuple[float, ...]) -> float:
    product = math.fsum(a * b for a, b in zip(one, other, strict=True))
    if distance == "DOT_PRODUCT":
        return product
    if distance == "EUCLIDEAN":
        return math.dist(one, other)
    lengths = math.hypot(*one) * math.hypot(*other)
    return 1.0 - product / lengths if lengths else 1.0


@given(st.data(), st.sampled_from(("COSINE", "EUCLIDEAN", "DOT_PRODUCT")), st.integers(1, 5), st.integers(1, 8))
def test_the_best_are_those_that_sorting_all_would_find(
    data: st.DataObject, distance: str, dimensions: int, count: int
) -> None:
    vector = st.tuples(*[FLOATS] * dimensions)
    query = data.draw(vector)
    chunks = data.draw(st.lists(st.lists(vector, max_size=6), max_size=4))
    ranking = Ranking(distance, packed(*query), count)
    for chunk in chunks:
        ranking.add(chunk, [packed(*one) for one in chunk])
    scores = [_plain_score(distance, one, query) for chunk in chunks for one in chunk]
    wanted = sorted(scores, reverse=distance == "DOT_PRODUCT")[:count]
    assert [found.score for found in ranking.best] == pytest.approx(wanted, rel=1e-6, abs=1e-6)


@given(st.lists(FLOATS, min_size=1, max_size=8))
def test_shown_decimals_make_the_same_floats(numbers: list[float]) -> None:
    vector = packed(*numbers)
    assert packed(*map(float, shortest_decimals(vector))) == vector


def test_shown_decimals_are_short() -> None:
    assert shortest_decimals(packed(0.1, 1.0, 123456.0)) == ["0.1", "1.0", "123456.0"]


DEFINITION = VectorIndexDefinition(
    1,
    "by-likeness",
    "embedding",
    2,
    "COSINE",
    {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]},
    [
        {"AttributeName": "tenant", "SearchSchemaElementType": "HASH"},
        {"AttributeName": "year", "SearchSchemaElementType": "INLINE_FILTER"},
    ],
)
INDEX = parse_vector_index(DEFINITION, {"tenant": "S", "year": "N"}, KeySchema("pk", "S"))
ITEM: dict[str, Any] = {
    "pk": {"S": "a"},
    "tenant": {"S": "t"},
    "embedding": {"L": [{"N": "1"}, {"N": "0.5"}]},
    "title": {"S": "Snow"},
    "body": {"S": "long"},
}


def test_an_entry_holds_what_searches_need() -> None:
    entry = find_entry(INDEX, ITEM)
    assert entry is not None
    assert entry.pk[4:] == b"t"
    assert entry.filters == b"[null]"
    assert entry.vector == packed(1, 0.5)
    assert entry.size == 8 + len("pka") + len("tenantt") + len("titleSnow")


@pytest.mark.parametrize("missing", ["tenant", "embedding"])
def test_an_item_without_vector_or_partition_key_is_in_no_index(missing: str) -> None:
    assert find_entry(INDEX, {name: value for name, value in ITEM.items() if name != missing}) is None


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        ({"body": {"S": "longer"}}, True),
        ({"title": {"S": "Rain"}}, True),
        ({"title": {"S": "Hail storm"}}, False),
        ({"year": {"N": "1"}}, False),
        ({"tenant": {"S": "u"}}, False),
        ({"embedding": {"L": [{"N": "1"}, {"N": "0.6"}]}}, False),
    ],
)
def test_changes_that_an_index_needs_not_be_told_of(change: dict[str, Any], is_same: bool) -> None:
    assert is_same_entry(INDEX, ITEM, {**ITEM, **change}) is is_same


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"S": "x"}, "Invalid type for parameter embedding, Expected: L, Actual: S"),
        ({"NS": ["1", "2"]}, "Invalid type for parameter embedding, Expected: L, Actual: NS"),
        ({"L": []}, "Invalid size for parameter embedding, Expected: 2, Actual: 0"),
        ({"L": [{"N": "1"}] * 3}, "Invalid size for parameter embedding, Expected: 2, Actual: 3"),
        ({"L": [{"N": "1"}, {"S": "1"}]}, "Invalid type for parameter embedding[1], Expected: N, Actual: S"),
        (
            {"L": [{"N": "1E+39"}, {"N": "1"}]},
            "Invalid value for parameter embedding[0], Expected: 32-bit floating point number, Actual: 1E+39",
        ),
    ],
)
def test_what_is_no_vector_of_the_index_is_refused(value: dict[str, Any], reason: str) -> None:
    assert find_vector(value, 2) is None
    with pytest.raises(ValidationException) as refused:
        require_entry_fits(INDEX, {**ITEM, "embedding": value})
    assert refused.value.message == f"One or more parameter values were invalid: {reason}. IndexName: by-likeness"
    unchanged = {**ITEM, "embedding": value}
    require_entry_fits(INDEX, unchanged, unchanged)
