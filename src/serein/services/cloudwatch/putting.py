"""Putting data: into their periods, and before the alarms that watch them."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.services.cloudwatch.metrics import Datum
from serein.services.cloudwatch.series import MINUTE
from serein.services.cloudwatch.store import alarms, metrics

_DATA_AT_ONCE = 100


async def put_data(call: Call, data: list[Datum]) -> None:
    """Store what was measured; alarms on it are looked at once the period is over."""
    for start in range(0, len(data), _DATA_AT_ONCE):
        part = data[start : start + _DATA_AT_ONCE]

        def write(tx: Transaction, part: list[Datum] = part) -> None:
            has_fine = any(datum.is_fine for datum in part)
            for id, started_at in metrics.append_data(tx, call.scope, part).items():
                # Why at the next ten seconds: alarms of short periods watch data of high resolution.
                over = started_at // 10 * 10 + 10 if has_fine else started_at + MINUTE
                alarms.hasten(tx, id, max(over, tx.now) if over <= tx.now else float(over))

        await call.write(write)
