"""Rows of metrics and of what was measured."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.cloudwatch.metrics import Datum, Metric, metric_id
from serein.services.cloudwatch.samples import Sample, decode_distribution, encode_distribution, merged
from serein.services.cloudwatch.series import MINUTE, Row
from serein.services.cloudwatch.store.dues import DATA_TOPIC, TIERS

LISTED_SECONDS = 14 * 86_400
_STALE_SECONDS = 300
_SAMPLE = "samples, total, minimum, maximum, distribution"
_SLOT = "metric_id = :id AND started_at = :started_at AND period = :period AND unit = :unit"
Slot = tuple[Metric, int, int, str]


class Wanted(NamedTuple):
    """Which metrics are to be listed."""

    scope: Scope
    namespace: str | None
    name: str | None
    since: float
    after: tuple[str, str, str]
    limit: int


def append_data(tx: Transaction, scope: Scope, data: Iterable[Datum]) -> dict[str, int]:
    """Add measurements to their periods. Return where the last period of each metric (by its id) begins."""
    slots: dict[Slot, Sample] = {}
    for datum in data:
        second = int(datum.timestamp)
        begins = [(second // MINUTE * MINUTE, MINUTE)] + ([(second, 1)] if datum.is_fine else [])
        for begin, period in begins:
            slot = (datum.metric, begin, period, datum.unit)
            known = slots.get(slot)
            slots[slot] = datum.sample if known is None else merged(known, datum.sample)
    latest: dict[str, int] = {}
    ids: dict[Metric, str] = {}
    for (metric, started_at, period, unit), sample in slots.items():
        id = ids.get(metric)
        if id is None:
            id = ids[metric] = metric_id(scope, metric)
            _note_metric(tx, scope, id, metric)
        latest[id] = max(latest.get(id, started_at), started_at)
        _add(tx, id, started_at, period, unit, sample)
    return latest


def _note_metric(tx: Transaction, scope: Scope, id: str, metric: Metric) -> None:
    known = tx.one("SELECT updated_at FROM cloudwatch_metrics WHERE id = :id", id=id)
    if known is not None and known[0] > tx.now - _STALE_SECONDS:
        return
    tx.run(
        "INSERT INTO cloudwatch_metrics (id, account, region, namespace, name, dimensions, updated_at)"
        " VALUES (:id, :account, :region, :namespace, :name, :dimensions, :now)"
        " ON CONFLICT (id) DO UPDATE SET updated_at = :now",
        id=id,
        account=scope.account,
        region=scope.region,
        namespace=metric.namespace,
        name=metric.name,
        dimensions=json.dumps(metric.dimensions, ensure_ascii=False),
        now=tx.now,
    )
    if known is None:
        tx.wake(DATA_TOPIC)


def _add(tx: Transaction, id: str, started_at: int, period: int, unit: str, sample: Sample) -> None:
    slot: dict[str, Any] = {"id": id, "started_at": started_at, "period": period, "unit": unit}
    row = tx.one(f"SELECT {_SAMPLE} FROM cloudwatch_data WHERE {_SLOT}", **slot)
    if row is not None:
        sample = merged(_sample(row), sample)
    tx.run(
        f"INSERT INTO cloudwatch_data (metric_id, started_at, period, unit, {_SAMPLE})"
        " VALUES (:id, :started_at, :period, :unit, :samples, :total, :minimum, :maximum, :distribution)"
        " ON CONFLICT (metric_id, started_at, period, unit) DO UPDATE SET samples = :samples, total = :total,"
        " minimum = :minimum, maximum = :maximum, distribution = :distribution",
        samples=sample.weight,
        total=sample.total,
        minimum=sample.minimum,
        maximum=sample.maximum,
        distribution=encode_distribution(sample.distribution),
        **slot,
    )


def _sample(row: tuple[Any, ...]) -> Sample:
    return Sample(row[0], row[1], row[2], row[3], decode_distribution(row[4]))


def rows_between(tx: Transaction, id: str, start: int, end: int, unit: str | None = None) -> list[Row]:
    """What a metric measured from `start` to before `end`, in order; of one unit when that is given."""
    unit_is = "" if unit is None else " AND unit = :unit"
    rows = tx.all(
        f"SELECT started_at, period, unit, {_SAMPLE} FROM cloudwatch_data"
        f" WHERE metric_id = :id AND started_at >= :start AND started_at < :end{unit_is} ORDER BY started_at",
        id=id,
        start=start,
        end=end,
        **({} if unit is None else {"unit": unit}),
    )
    return [Row(row[0], row[1], row[2], _sample(row[3:])) for row in rows]


def list_metrics(tx: Transaction, wanted: Wanted) -> list[Metric]:
    """Metrics that got data since a time, by namespace, name and dimensions."""
    scope = wanted.scope
    values: dict[str, Any] = {"account": scope.account, "region": scope.region, "since": wanted.since}
    where = "account = :account AND region = :region AND updated_at >= :since"
    for column, value in (("namespace", wanted.namespace), ("name", wanted.name)):
        if value is not None:
            where += f" AND {column} = :{column}"
            values[column] = value
    namespace, name, dimensions = wanted.after
    rows = tx.all(
        f"SELECT namespace, name, dimensions FROM cloudwatch_metrics WHERE {where}"
        " AND (namespace, name, dimensions) > (:after0, :after1, :after2)"
        " ORDER BY namespace, name, dimensions LIMIT :limit",
        after0=namespace,
        after1=name,
        after2=dimensions,
        limit=wanted.limit,
        **values,
    )
    return [Metric(row[0], row[1], tuple((each[0], each[1]) for each in json.loads(row[2]))) for row in rows]


def age_rows(tx: Transaction, limit: int) -> bool:
    """Merge or delete up to `limit` rows that are too old for their detail; return whether there may be more."""
    longer: dict[int, int | None] = {1: None, 60: 300, 300: 3600, 3600: None}
    left = limit
    for period, age in TIERS:
        rows = tx.all(
            f"SELECT metric_id, started_at, unit, {_SAMPLE} FROM cloudwatch_data"
            " WHERE period = :period AND started_at < :before ORDER BY started_at LIMIT :limit",
            period=period,
            before=int(tx.now) - age,
            limit=left,
        )
        target = longer[period]
        for id, started_at, unit, *sample in rows:
            if target is not None:
                _add(tx, id, started_at // target * target, target, unit, _sample(tuple(sample)))
            tx.run(f"DELETE FROM cloudwatch_data WHERE {_SLOT}", id=id, started_at=started_at, period=period, unit=unit)
        left -= len(rows)
        if left <= 0:
            return True
    return False


def forget_metrics(tx: Transaction) -> None:
    """Remove metrics of which nothing is left."""
    tx.run("DELETE FROM cloudwatch_metrics WHERE updated_at < :before", before=tx.now - TIERS[-1][1])
