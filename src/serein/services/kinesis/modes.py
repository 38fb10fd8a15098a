"""Capacity modes, and what depends on them: shard counts, warm throughput, the distribution of records."""

from serein.kernel.operation import Request
from serein.services.kinesis.errors import (
    InvalidArgumentException,
    LimitExceededException,
    ValidationException,
    missing_member,
)
from serein.services.kinesis.shards import MOST_SHARDS
from serein.services.kinesis.store.accounts import Commitment
from serein.services.kinesis.streams import AUTO, ON_DEMAND, PROVISIONED

ON_DEMAND_SHARDS = 4
MOST_MODE_CHANGES = 2
MOST_SCALINGS = 10
DAY_SECONDS = 86_400
MOST_WARM_MIBPS = 10_240


def parse_mode(request: Request) -> tuple[str, int]:
    """The mode of a stream to be created, and how many shards it gets. Raises AWS's errors."""
    mode = (request.get("StreamModeDetails") or {}).get("StreamMode", PROVISIONED)
    count = request.get("ShardCount")
    if mode == ON_DEMAND:
        if count is not None:
            raise InvalidArgumentException("ShardCount can't be specified for a stream in ON_DEMAND mode.")
        return mode, ON_DEMAND_SHARDS
    if count is None:
        raise missing_member("shardCount")
    if count > MOST_SHARDS:
        raise LimitExceededException(f"A stream can't have more than {MOST_SHARDS} shards; {count} were requested.")
    return mode, count


def require_distribution(strategy: str, mode: str) -> None:
    """Raise InvalidArgumentException when a stream of that mode can't distribute records so."""
    if strategy == AUTO and mode != ON_DEMAND:
        raise InvalidArgumentException(
            "The record distribution strategy AUTO is only supported for streams that use the on-demand capacity mode."
        )


def require_warm(mibps: int | None, mode: str, commitment: Commitment) -> None:
    """Raise AWS's error when a stream can't have a warm throughput, or not that much."""
    if mibps is None:
        return
    if mode != ON_DEMAND:
        raise ValidationException(
            "Warm throughput is only supported for data streams with the on-demand capacity mode."
        )
    if commitment.status != "ENABLED":
        raise ValidationException(
            "Warm throughput is only supported for accounts that have MinimumThroughputBillingCommitment enabled."
        )
    if mibps > MOST_WARM_MIBPS:
        raise LimitExceededException(
            f"Warm throughput can't be more than {MOST_WARM_MIBPS} MiBps; {mibps} were requested."
        )


def recent(times: list[float], now: float) -> list[float]:
    """Of some moments those of the last day."""
    return [time for time in times if time > now - DAY_SECONDS]
