"""The checkers of concurrent histories find what is wrong, and nothing else."""

import itertools
import random
from typing import Any

import pytest

from crash import registers
from crash.invariants import wrong_entries, wrong_records, wrong_sums
from crash.linearizability import Operation, find_violation
from crash.serializability import ListTransaction, find_anomalies


def op(kind: str, argument: Any, invoked: float, returned: float | None, result: Any = None, **more: Any) -> Operation:
    return Operation(kind, argument, invoked, returned, result, **more)


def is_linearizable(*operations: Operation) -> bool:
    return find_violation(list(operations), registers.apply) is None


PUT_A = op("put", "a", 0, 1, (True, None))
A, B = ("a", 0), ("b", 0)


def test_a_history_one_after_the_other_is_linearizable() -> None:
    assert is_linearizable(
        PUT_A,
        op("exchange", ("a", "b"), 2, 3, (True, B)),
        op("add", 2, 4, 5, (True, ("b", 2))),
        op("exchange", ("a", "c"), 6, 7, (False, ("b", 2))),
        op("put if absent", "d", 8, 9, (False, ("b", 2))),
        op("delete if", "x", 10, 11, (False, ("b", 2))),
        op("delete if", "b", 12, 13, (True, ("b", 2))),
        op("delete", None, 14, 15, (True, None)),
        op("put if absent", "d", 16, 17, (True, None)),
        op("get", None, 18, 19, (True, ("d", 0))),
    )


def test_concurrent_operations_may_come_in_either_order() -> None:
    first, second = op("add", 1, 0, 5, (True, (None, 2))), op("add", 1, 1, 4, (True, (None, 1)))
    assert is_linearizable(first, second)
    assert not is_linearizable(first, op("add", 1, 6, 7, (True, (None, 1))))


def test_a_lost_update_is_found() -> None:
    both = [op("add", 1, 0, 5, (True, (None, 1))), op("add", 1, 1, 4, (True, (None, 1)))]
    assert not is_linearizable(*both)
    assert not is_linearizable(PUT_A, op("put", "b", 2, 3, (True, A)), op("get", None, 4, 5, (True, A)))


def test_two_exchanges_of_one_value_are_found() -> None:
    assert not is_linearizable(
        PUT_A, op("exchange", ("a", "b"), 2, 5, (True, B)), op("exchange", ("a", "c"), 3, 4, (True, ("c", 0)))
    )


def test_a_stale_read_is_found() -> None:
    write = op("put", "b", 2, 3, (True, A))
    assert is_linearizable(PUT_A, write, op("get", None, 2.5, 5, (True, A)))
    assert not is_linearizable(PUT_A, write, op("get", None, 3.5, 5, (True, A)))


def test_a_read_that_goes_back_in_time_is_found() -> None:
    write = op("put", "b", 2, 9, (True, A))
    new, old = op("get", None, 3, 4, (True, B)), op("get", None, 5, 6, (True, A))
    assert is_linearizable(PUT_A, write, new)
    assert not is_linearizable(PUT_A, write, new, old)


def test_a_read_of_what_was_refused_is_found() -> None:
    refused = op("exchange", ("x", "b"), 2, 3, (False, A))
    assert not is_linearizable(PUT_A, refused, op("get", None, 4, 5, (True, B)))


def test_an_unknown_outcome_may_have_happened_or_not_and_late() -> None:
    lost = op("put", "b", 2, None)
    for seen in (A, B):
        assert is_linearizable(PUT_A, lost, op("get", None, 4, 5, (True, seen)))
    assert is_linearizable(PUT_A, lost, op("get", None, 4, 5, (True, A)), op("get", None, 6, 7, (True, B)))
    assert not is_linearizable(PUT_A, lost, op("get", None, 4, 5, (True, B)), op("get", None, 6, 7, (True, A)))
    assert not is_linearizable(PUT_A, lost, op("get", None, 1.2, 1.8, (True, B)))


def test_an_unknown_outcome_cannot_happen_once_the_server_is_dead() -> None:
    lost = op("put", "b", 2, None, until=3)
    old, new = op("get", None, 4, 5, (True, A)), op("get", None, 6, 7, (True, B))
    assert is_linearizable(PUT_A, lost, op("get", None, 4, 5, (True, B)))
    assert not is_linearizable(PUT_A, lost, old, new)


def test_what_cannot_follow_is_shown() -> None:
    violation = find_violation([PUT_A, op("get", None, 2, 3, (True, B), client=7)], registers.apply)
    assert violation is not None
    assert "client 7: get None -> (True, ('b', 0))" in str(violation)


def run_atomically(count: int, clients: int, *, is_faulty: bool) -> list[Operation]:
    """A random history in which each operation takes effect somewhere within its time; or, faulty, one is forgotten."""
    state: Any = None
    free = [0.0] * clients
    waiting = []
    for number in range(count):
        client = min(range(clients), key=free.__getitem__)
        kind, argument = random.choice([("put", str(number)), ("add", 1), ("get", None), ("delete", None)])
        begin = free[client] + random.random()
        end = begin + random.random() * 5
        free[client] = end
        waiting.append((random.uniform(begin, end), Operation(kind, argument, begin, end, client=client)))
    forgotten = random.randrange(count // 4, count // 2) if is_faulty else -1
    for number, (_, operation) in enumerate(sorted(waiting, key=lambda pair: pair[0])):
        new, operation.result = registers.apply(state, operation)
        if number >= forgotten >= 0 and new != state and operation.kind == "add":
            forgotten = -1
        else:
            state = new
        if random.random() < 0.03:
            operation.returned = operation.result = None
    return [operation for _, operation in waiting]


def test_long_random_histories_are_judged_right() -> None:
    for _ in range(15):
        assert find_violation(run_atomically(400, 8, is_faulty=False), registers.apply) is None
    # Why not all of them: what was forgotten stays hidden when those around it fit another order as well.
    found = sum(find_violation(run_atomically(400, 8, is_faulty=True), registers.apply) is not None for _ in range(15))
    assert found >= 5


_times = itertools.count()


def tx(
    appends: dict[str, tuple[int, ...]] | None = None,
    reads: dict[str, tuple[int, ...]] | None = None,
    outcome: str = "committed",
    **more: Any,
) -> ListTransaction:
    """A transaction that overlaps all others, unless it says otherwise."""
    more = {"invoked": 0.0, "returned": 100.0, **more}
    return ListTransaction(outcome=outcome, appends=appends or {}, reads=reads or {}, **more)


def kinds(final: dict[str, tuple[int, ...]], *transactions: ListTransaction) -> list[str]:
    return [anomaly.kind for anomaly in find_anomalies(list(transactions), final)]


def test_a_serial_history_has_no_anomaly() -> None:
    assert not kinds(
        {"x": (1, 2), "y": (3,)},
        tx({"x": (1,)}, {"x": ()}, invoked=0, returned=1),
        tx({"x": (2,), "y": (3,)}, {"x": (1,)}, invoked=2, returned=3),
        tx({}, {"x": (1, 2), "y": (3,)}, invoked=4, returned=5),
        tx({"x": (9,)}, {}, "aborted", invoked=6, returned=7),
    )


def test_a_lost_append_is_found() -> None:
    assert kinds({"x": (2,)}, tx({"x": (1,)}), tx({"x": (2,)})) == ["lost append"]
    assert kinds({"x": ()}, tx({"x": (1,)}, outcome="unknown"), tx({}, {"x": (1,)})) == ["lost append"]


def test_a_torn_transaction_is_found() -> None:
    assert kinds({"x": (1,), "y": ()}, tx({"x": (1,), "y": (2,)}, outcome="unknown")) == ["torn transaction"]
    assert not kinds({"x": (), "y": ()}, tx({"x": (1,), "y": (2,)}, outcome="unknown"))
    assert not kinds({"x": (1,), "y": (2,)}, tx({"x": (1,), "y": (2,)}, outcome="unknown"))


def test_what_a_cancelled_transaction_left_is_found() -> None:
    assert kinds({"x": (1,)}, tx({"x": (1,)}, outcome="aborted")) == ["aborted write"]
    assert kinds({"x": ()}, tx({"x": (1,)}, outcome="aborted"), tx({}, {"x": (1,)})) == ["dirty read"]


def test_an_append_that_happened_twice_is_found() -> None:
    assert kinds({"x": (1, 1)}, tx({"x": (1,)})) == ["duplicate append"]


def test_values_from_nowhere_are_found() -> None:
    assert kinds({"x": (1,)}) == ["garbage"]
    assert kinds({"x": (), "y": (1,)}, tx({"x": (1,)})) == ["garbage", "lost append"]


def test_reads_that_disagree_on_the_order_are_found() -> None:
    appends = [tx({"x": (1,)}), tx({"x": (2,)})]
    assert kinds({"x": (1, 2)}, *appends, tx({}, {"x": (2,)})) == ["incompatible order"]


def test_half_an_append_is_found() -> None:
    assert kinds({"x": (1, 2)}, tx({"x": (1, 2)}), tx({}, {"x": (1,)})) == ["intermediate read"]


def test_a_torn_read_of_a_transaction_is_found() -> None:
    write = tx({"x": (1,), "y": (2,)})
    assert kinds({"x": (1,), "y": (2,)}, write, tx({}, {"x": (1,), "y": ()})) == ["G-single (read skew)"]


def test_writes_that_interleave_are_found() -> None:
    both = [tx({"x": (1,), "y": (2,)}), tx({"x": (3,), "y": (4,)})]
    assert kinds({"x": (1, 3), "y": (4, 2)}, *both) == ["G0 (dirty write)"]


def test_information_that_flows_in_a_circle_is_found() -> None:
    both = [tx({"x": (1,)}, {"y": (2,)}), tx({"y": (2,)}, {"x": (1,)})]
    assert kinds({"x": (1,), "y": (2,)}, *both) == ["G1c (circular information flow)"]


def test_a_lost_update_of_transactions_is_found() -> None:
    both = [tx({"x": (1,)}, {"x": ()}), tx({"x": (2,)}, {"x": ()})]
    assert kinds({"x": (1, 2)}, *both) == ["G-single (read skew)"]


@pytest.mark.parametrize("as_length", [False, True])
def test_write_skew_is_found(as_length: bool) -> None:
    seen: list[dict[str, Any]] = [{"lengths": {key: 0}} if as_length else {"reads": {key: ()}} for key in ("y", "x")]
    both = [tx({"x": (1,)}, **seen[0]), tx({"y": (2,)}, **seen[1])]
    assert kinds({"x": (1,), "y": (2,)}, *both) == ["G2 (write skew)"]


def test_a_read_only_transaction_that_sees_an_impossible_state_is_found() -> None:
    early = tx({"x": (1,)}, lengths={"y": 0})
    late = tx({"y": (2,)})
    between = tx({}, {"x": (), "y": (2,)})
    assert not kinds({"x": (1,), "y": (2,)}, early, late)
    assert kinds({"x": (1,), "y": (2,)}, early, late, between) == ["G2 (write skew)"]


def test_what_contradicts_real_time_is_found() -> None:
    write, read = tx({"x": (1,)}, invoked=0, returned=1), tx({}, {"x": ()}, invoked=2, returned=3)
    assert kinds({"x": (1,)}, write, read) == ["G-single (read skew), with real time"]
    assert not kinds({"x": (1,)}, write, tx({}, {"x": ()}, invoked=0.5, returned=3))
    early = tx({}, {"x": (1,)}, invoked=0, returned=1)
    late = tx({"x": (1,)}, invoked=2, returned=3)
    assert kinds({"x": (1,)}, early, late) == ["G1c (circular information flow), with real time"]


def test_an_unknown_transaction_that_took_effect_is_held_to_what_it_saw() -> None:
    lost = tx({"x": (1,)}, outcome="unknown", returned=None, lengths={"y": 0}, invoked=2.0)
    earlier = tx({"y": (2,)}, invoked=0, returned=1)
    assert kinds({"x": (1,), "y": (2,)}, earlier, lost) == ["G-single (read skew), with real time"]
    assert not kinds({"x": (), "y": (2,)}, earlier, lost)


def test_a_circle_is_shown_with_its_reasons() -> None:
    both = [tx({"x": (1,)}, {"y": ()}), tx({"y": (2,)}, {"x": ()})]
    (anomaly,) = find_anomalies(both, {"x": (1,), "y": (2,)})
    assert "before, by rw x" in anomaly.what
    assert "before, by rw y" in anomaly.what


def test_sums_that_change_are_found() -> None:
    assert list(wrong_sums([{"a": 5, "b": 5}, {"a": 4, "b": 6}], 10)) == []
    assert len(list(wrong_sums([{"a": 5, "b": 6}], 10))) == 1


def item(key: str, **attributes: str) -> dict[str, Any]:
    return {"pk": {"S": key}, **{name: {"S": value} for name, value in attributes.items()}}


def test_entries_that_are_missing_stale_or_doubled_are_found() -> None:
    items = [item("a", g="1"), item("b", g="2"), item("c")]
    assert list(wrong_entries(items, items[:2], "pk", ("g",))) == []
    for entries in ([items[0]], [*items[:2], items[0]], items, [items[0], item("b", g="9")]):
        assert list(wrong_entries(items, entries, "pk", ("g",))), entries


def record(number: int, key: str, old: str = "", new: str = "") -> dict[str, Any]:
    change: dict[str, Any] = {"Keys": {"pk": {"S": key}}, "SequenceNumber": str(1000 + number)}
    if old:
        change["OldImage"] = item(key, v=old)
    if new:
        change["NewImage"] = item(key, v=new)
    kind = "INSERT" if not old else "MODIFY" if new else "REMOVE"
    return {"eventID": f"e{number}", "eventName": kind, "dynamodb": change}


STORY = [
    [record(1, "a", "", "1"), record(3, "a", "1", "2")],
    [record(2, "b", "", "1"), record(4, "b", "1", ""), record(5, "a", "2", "3")],
]
TOLD = [item("a", v="3")]


def test_a_stream_that_tells_the_story_is_right() -> None:
    assert list(wrong_records(STORY, TOLD, "pk")) == []


@pytest.mark.parametrize(
    ("shards", "items"),
    [
        pytest.param([STORY[0][:1], STORY[1]], TOLD, id="a record is missing"),
        pytest.param([[*STORY[0], STORY[0][1]], STORY[1]], TOLD, id="a record is repeated"),
        pytest.param([STORY[0][::-1], STORY[1]], TOLD, id="records are out of order"),
        pytest.param([STORY[0], STORY[1][:2]], TOLD, id="the last change is missing"),
        pytest.param(STORY, [item("a", v="4")], id="the table has what the stream has not"),
        pytest.param(STORY, [*TOLD, item("b", v="1")], id="a removal that did not happen"),
        pytest.param([STORY[0], [*STORY[1], record(6, "a", "3", "3")]], TOLD, id="nothing changed"),
    ],
)
def test_a_stream_that_is_not_the_story_is_found(shards: Any, items: Any) -> None:
    assert list(wrong_records(shards, items, "pk"))
