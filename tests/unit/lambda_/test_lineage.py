"""Lineages: what a chain of invocations says of itself in its trace header."""

from urllib.parse import quote

from serein.kernel.scope import Scope
from serein.services.lambda_.lineage import continued, mark_of, of_batch

MARK = mark_of(Scope(), "f")
OTHER = mark_of(Scope(), "g")


def test_a_chain_begins_with_a_trace_of_its_own() -> None:
    header, before = continued("", MARK, 1.0)
    assert before == 0
    assert header.startswith("Root=1-00000001-")
    assert header.endswith(f";Sampled=0;Lineage={MARK}:1")


def test_a_function_is_counted_each_time_the_chain_comes_back() -> None:
    header = "Root=1-0-1;Parent=2;Sampled=1"
    for turn in range(20):
        header, before = continued(header, MARK, 1.0)
        assert before == turn
        header, _ = continued(header, OTHER, 1.0)
    assert header == f"Root=1-0-1;Parent=2;Sampled=1;Lineage={MARK}:20|{OTHER}:20"


def test_a_header_may_be_percent_encoded() -> None:
    header, _ = continued("Root=1-0-1", MARK, 1.0)
    header, _ = continued(header, OTHER, 1.0)
    assert continued(quote(header, safe="-=;:"), MARK, 1.0)[1] == 1


def test_what_is_no_lineage_is_left_out() -> None:
    assert continued("Root=1-0-1;Lineage=a|b:x|:3|", MARK, 1.0) == (f"Root=1-0-1;Lineage={MARK}:1", 0)


def test_a_chain_through_many_functions_forgets_the_oldest() -> None:
    header = "Root=1-0-1"
    for number in range(100):
        header, _ = continued(header, mark_of(Scope(), f"f{number}"), 1.0)
    assert header.count("|") == 31
    assert continued(header, mark_of(Scope(), "f99"), 1.0)[1] == 1


def test_a_batch_has_its_longest_chain() -> None:
    assert of_batch([]) == ""
    short, long = "Root=1-0-1;Lineage=a:1", "Root=1-0-2;Lineage=a:1|b:7"
    assert of_batch(["", short, long, ""]) == long
