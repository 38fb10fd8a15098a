"""The rows that queries and scans go through, in order, some at a time.

The statements are built from few parts, so that the engine's cache of prepared statements holds them all.
"""

from functools import lru_cache, partial
from typing import Any, NamedTuple

from serein.kernel.database import Transaction


class Found(NamedTuple):
    """An item on the way of a query or scan. `entry_*` are its keys in the index that is read, else its own."""

    body: bytes
    size: int
    pk: bytes
    sk: bytes
    entry_pk: bytes
    entry_sk: bytes


_found = partial(tuple.__new__, Found)
"""A row as what it is; quicker than Found(*row), and a scan makes a thousand of them for a page."""


class Range(NamedTuple):
    """What to read: one partition (`pk`) or a range of them, and sort keys within bounds, from a position on.

    Bounds that are None aren't there. `after` is (entry pk, entry sk, pk, sk), the last two only for an index.
    """

    table_id: int
    index_id: int | None = None
    pk: bytes | None = None
    low: bytes = b""
    is_low_included: bool = True
    high: bytes | None = None
    is_high_included: bool = True
    low_pk: bytes = b""
    high_pk: bytes | None = None
    after: tuple[bytes, bytes, bytes, bytes] | None = None
    is_forward: bool = True


def read_page(tx: Transaction, wanted: Range, limit: int) -> list[Found]:
    """Up to `limit` items of a range, in its order."""
    if wanted.after is not None:
        wanted = _from_position(wanted, wanted.after)
    values = _values(wanted, limit)
    sql = _statement(frozenset(values), wanted.is_low_included, wanted.is_high_included, is_forward=wanted.is_forward)
    return list(map(_found, tx.all(sql, **values)))


def _values(wanted: Range, limit: int) -> dict[str, Any]:
    values: dict[str, Any] = {"table": wanted.table_id, "limit": limit}
    if wanted.index_id is not None:
        values["index"] = wanted.index_id
    if wanted.pk is not None:
        values["pk"] = wanted.pk
        if wanted.low or not wanted.is_low_included:
            values["low"] = wanted.low
        if wanted.high is not None:
            values["high"] = wanted.high
    else:
        if wanted.low_pk:
            values["low_pk"] = wanted.low_pk
        if wanted.high_pk is not None:
            values["high_pk"] = wanted.high_pk
    if wanted.after is not None:
        values["after_pk"], values["after_sk"], values["after_item_pk"], values["after_item_sk"] = wanted.after
        if wanted.pk is not None:
            del values["after_pk"]
        if wanted.index_id is None:
            del values["after_item_pk"], values["after_item_sk"]
    return values


def _from_position(wanted: Range, after: tuple[bytes, bytes, bytes, bytes]) -> Range:
    """A range with one bound where the reading starts: the position, or the range's own when that is further.

    Why: of two bounds the engine seeks to one and tests the other row by row, from the start of the range every time.
    """
    pk, sk = after[:2]
    if wanted.pk is None:
        return wanted._replace(after=None) if pk < wanted.low_pk else wanted._replace(low_pk=b"")
    if wanted.is_forward:
        is_inside = sk > wanted.low or (sk == wanted.low and wanted.is_low_included)
        return wanted._replace(low=b"", is_low_included=True) if is_inside else wanted._replace(after=None)
    if wanted.high is None:
        return wanted
    is_inside = sk < wanted.high or (sk == wanted.high and wanted.is_high_included)
    return wanted._replace(high=None, is_high_included=True) if is_inside else wanted._replace(after=None)


@lru_cache(maxsize=256)
def _statement(given: frozenset[str], is_low_included: bool, is_high_included: bool, *, is_forward: bool) -> str:
    is_index = "index" in given
    if is_index:
        source = (
            "SELECT i.body, i.size, i.pk, i.sk, e.pk, e.sk FROM dynamodb_index_entries AS e JOIN dynamodb_items AS i "
            "ON i.table_id = :table AND i.pk = e.item_pk AND i.sk = e.item_sk WHERE e.index_id = :index"
        )
    else:
        source = "SELECT e.body, e.size, e.pk, e.sk, e.pk, e.sk FROM dynamodb_items AS e WHERE e.table_id = :table"
    terms = [source]
    if "pk" in given:
        terms.append("e.pk = :pk")
    if "low" in given:
        terms.append("e.sk >= :low" if is_low_included else "e.sk > :low")
    if "high" in given:
        terms.append("e.sk <= :high" if is_high_included else "e.sk < :high")
    if "low_pk" in given:
        terms.append("e.pk >= :low_pk")
    if "high_pk" in given:
        terms.append("e.pk < :high_pk")
    order = ["e.sk", "e.item_pk", "e.item_sk"] if is_index else ["e.sk"]
    if "pk" not in given:
        order.insert(0, "e.pk")
    if "after_sk" in given:
        position = ", ".join(":after_" + column.removeprefix("e.") for column in order)
        terms.append(f"({', '.join(order)}) {'>' if is_forward else '<'} ({position})")
    direction = "" if is_forward else " DESC"
    ordering = ", ".join(column + direction for column in order)
    return f"{' AND '.join(terms)} ORDER BY {ordering} LIMIT :limit"
