"""Strict serializability of transactions over lists, in the manner of Elle.

Every transaction appends values that nobody else appends, and reads whole lists. A list that was read shows the order
of all that wrote it, so the dependencies between transactions follow from the answers: who overwrote whose version
(ww), who read whose (wr), whose read missed a later write (rw), and who ended before another began (rt). Transactions
that depend on one another in a circle have no serial order.
"""

import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

Value = int
Lists = dict[str, tuple[Value, ...]]


@dataclass(slots=True, eq=False)
class ListTransaction:
    """A transaction with what is known of it. Times are seconds on one clock for all clients."""

    invoked: float
    returned: float | None = None
    outcome: str = "unknown"
    """`committed`, `aborted` or `unknown`."""
    appends: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    reads: Lists = field(default_factory=dict)
    """What it saw before its own appends."""
    lengths: dict[str, int] = field(default_factory=dict)
    """Lists of which it saw only how long they were, before its own appends (by a condition)."""
    client: int = 0

    def __str__(self) -> str:
        returned = "?" if self.returned is None else f"{self.returned:.6f}"
        seen = {key: f"…{value[-3:]} ({len(value)})" for key, value in self.reads.items()}
        return (
            f"[{self.invoked:.6f} … {returned}] client {self.client}: {self.outcome},"
            f" appended {self.appends}, saw {seen}, lengths {self.lengths}"
        )


@dataclass(frozen=True, slots=True)
class Anomaly:
    """What can't have happened if transactions were strictly serializable."""

    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


def find_anomalies(transactions: list[ListTransaction], final: Lists) -> list[Anomaly]:
    """All that is wrong with a history, given the lists as they were read at its end."""
    history = _History(transactions, final)
    anomalies = [*history.wrong_lists(), *history.wrong_transactions(), *history.wrong_reads()]
    # Why not both: with lists that contradict one another there is no order of versions to depend on.
    return anomalies or list(_Graph(history).circles())


class _History:
    def __init__(self, transactions: list[ListTransaction], final: Lists) -> None:
        self.final = final
        self.transactions = transactions
        self.writers = {
            value: transaction
            for transaction in transactions
            for values in transaction.appends.values()
            for value in values
        }
        self.present = {value for values in final.values() for value in values}

    def took_effect(self, transaction: ListTransaction) -> bool:
        if transaction.outcome != "unknown":
            return transaction.outcome == "committed"
        return any(value in self.present for values in transaction.appends.values() for value in values)

    def wrong_lists(self) -> Iterator[Anomaly]:
        for key, values in self.final.items():
            if len(set(values)) != len(values):
                yield Anomaly("duplicate append", f"{key} has a value twice: {values}")
            for value in values:
                writer = self.writers.get(value)
                if writer is None or value not in writer.appends.get(key, ()):
                    yield Anomaly("garbage", f"{key} has {value}, which nobody appended to it")

    def wrong_transactions(self) -> Iterator[Anomaly]:
        for transaction in self.transactions:
            appended = [
                (key, value in self.final.get(key, ()))
                for key in transaction.appends
                for value in transaction.appends[key]
            ]
            there = [key for key, is_there in appended if is_there]
            if transaction.outcome == "aborted" and there:
                yield Anomaly("aborted write", f"{transaction} left something in {there}")
            elif transaction.outcome == "committed" and len(there) < len(appended):
                yield Anomaly("lost append", f"{transaction} left nothing in {_missing(appended)}")
            elif 0 < len(there) < len(appended):
                yield Anomaly("torn transaction", f"{transaction} is in {there} but not in {_missing(appended)}")

    def wrong_reads(self) -> Iterator[Anomaly]:
        for transaction in self.transactions:
            for key, seen in transaction.reads.items():
                final = self.final.get(key, ())
                if seen != final[: len(seen)]:
                    yield self._explained(transaction, key, seen)
                elif 0 < len(seen) < len(final) and self.writers[seen[-1]] is self.writers[final[len(seen)]]:
                    yield Anomaly("intermediate read", f"{transaction} saw half an append to {key}")
            for key, length in transaction.lengths.items():
                if length > len(self.final.get(key, ())) and self.took_effect(transaction):
                    yield Anomaly("lost append", f"{transaction} saw {key} longer than it ended")

    def _explained(self, transaction: ListTransaction, key: str, seen: tuple[Value, ...]) -> Anomaly:
        strange = [value for value in seen if value not in self.present]
        writers = [self.writers.get(value) for value in strange]
        if any(writer is not None and writer.outcome == "aborted" for writer in writers):
            return Anomaly("dirty read", f"{transaction} saw {strange} in {key}, which was taken back")
        if strange:
            return Anomaly("lost append", f"{transaction} saw {strange} in {key}, which were gone later")
        return Anomaly(
            "incompatible order", f"{transaction} saw {key} as {seen}; at the end it was {self.final.get(key)}"
        )


def _missing(appended: list[tuple[str, bool]]) -> list[str]:
    return [key for key, is_there in appended if not is_there]


_MOST_CIRCLES = 10
_MOST_STARTS = 300


class _Graph:
    """Who has to come before whom. Moments of time are nodes too, so that real time needs few edges."""

    def __init__(self, history: _History) -> None:
        self._history = history
        self._nodes = [transaction for transaction in history.transactions if history.took_effect(transaction)]
        self._nodes += [one for one in history.transactions if one.outcome == "aborted" and (one.reads or one.lengths)]
        self._numbers = {id(transaction): number for number, transaction in enumerate(self._nodes)}
        self._edges: list[dict[int, str]] = [{} for _ in self._nodes]
        for key, values in history.final.items():
            self._add_versions(key, values)
        for transaction in self._nodes:
            self._add_reads(transaction)
        self._add_time()

    def _add(self, before: ListTransaction, after: ListTransaction, why: str) -> None:
        first, second = self._numbers[id(before)], self._numbers[id(after)]
        if first != second:
            self._edges[first].setdefault(second, why)

    def _add_versions(self, key: str, values: tuple[Value, ...]) -> None:
        writers = self._history.writers
        for earlier, later in itertools.pairwise(values):
            self._add(writers[earlier], writers[later], f"ww {key}")

    def _add_reads(self, transaction: ListTransaction) -> None:
        lengths = {**transaction.lengths, **{key: len(seen) for key, seen in transaction.reads.items()}}
        for key, length in lengths.items():
            values = self._history.final.get(key, ())
            if length:
                self._add(self._history.writers[values[length - 1]], transaction, f"wr {key}")
            if length < len(values):
                self._add(transaction, self._history.writers[values[length]], f"rw {key}")

    def _add_time(self) -> None:
        """A chain of moments, one for each return: who returned comes before it, who was invoked later after it."""
        events = [(one.returned, 1, number) for number, one in enumerate(self._nodes) if one.returned is not None]
        events += [(one.invoked, 0, number) for number, one in enumerate(self._nodes)]
        moment: int | None = None
        for _, is_return, number in sorted(events):
            if not is_return:
                if moment is not None:
                    self._edges[moment].setdefault(number, "rt")
                continue
            self._edges.append({})
            new = len(self._edges) - 1
            if moment is not None:
                self._edges[moment][new] = "rt"
            self._edges[number].setdefault(new, "rt")
            moment = new

    def circles(self) -> Iterator[Anomaly]:
        """Circles that have no transaction in common, each the shortest of those that are left."""
        left = set(range(len(self._edges)))
        for _ in range(_MOST_CIRCLES):
            left = self._without_ends(left)
            if not left:
                return
            circle = self._shortest_circle(left)
            yield self._named(circle)
            left -= {number for number in circle if number < len(self._nodes)}

    def _without_ends(self, left: set[int]) -> set[int]:
        """Drop what nothing leads to, then what leads nowhere, until only circles and ways between them are left."""
        forward = {number: [other for other in self._edges[number] if other in left] for number in left}
        for _ in range(2):
            backward: dict[int, list[int]] = {number: [] for number in forward}
            for number, following in forward.items():
                for other in following:
                    backward[other].append(number)
            degrees = {number: len(before) for number, before in backward.items()}
            ends = [number for number, degree in degrees.items() if not degree]
            while ends:
                for other in forward.pop(ends.pop()):
                    degrees[other] -= 1
                    if not degrees[other]:
                        ends.append(other)
            forward = {number: [other for other in backward[number] if other in forward] for number in forward}
        return set(forward)

    def _shortest_circle(self, left: set[int]) -> list[int]:
        ways = (self._way_back(start, left) for start in sorted(left) if start < len(self._nodes))
        return min(itertools.islice((way for way in ways if way), _MOST_STARTS), key=len)

    def _way_back(self, start: int, left: set[int]) -> list[int]:
        """The shortest way from a node to itself; empty when it is on no circle."""
        came_from: dict[int, int] = {}
        waiting = deque([start])
        while waiting:
            number = waiting.popleft()
            for following in self._edges[number]:
                if following == start:
                    way = [number]
                    while way[-1] != start:
                        way.append(came_from[way[-1]])
                    return way[::-1]
                if following in left and following not in came_from:
                    came_from[following] = number
                    waiting.append(following)
        return []

    def _named(self, circle: list[int]) -> Anomaly:
        kinds, lines = [], []
        for number, following in zip(circle, [*circle[1:], circle[0]], strict=True):
            why = self._edges[number][following]
            kinds.append(why[:2])
            if number < len(self._nodes):
                lines.append(f"  {self._nodes[number]}\n    before, by {why}:")
        count = kinds.count("rw")
        single = "G1c (circular information flow)" if "wr" in kinds else "G0 (dirty write)"
        name = "G2 (write skew)" if count > 1 else "G-single (read skew)" if count else single
        real_time = ", with real time" if "rt" in kinds else ""
        return Anomaly(name + real_time, "a circle of dependencies\n" + "\n".join(lines) + "\n  the first again")
