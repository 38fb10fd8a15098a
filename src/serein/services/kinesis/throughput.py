"""What a shard takes and gives in a second, where that is a limit: `SEREIN_THROTTLING`.

Counted in memory by each node: a restart forgets it, which errs on the generous side.
"""

from typing import NamedTuple

from serein.kernel.call import Platform
from serein.services.kinesis.errors import ProvisionedThroughputExceededException
from serein.services.kinesis.shards import Shard
from serein.services.kinesis.streams import Stream

_MEMORY = "kinesis throughput"
_WRITES = ((1000.0, 1000.0), (1_048_576.0, 1_048_576.0))
_READS = ((5.0, 5.0), (2_097_152.0, 2_097_152.0))
_MOST_SHARDS = 100_000


class Level(NamedTuple):
    """What is left, of requests or records and of bytes, at a moment."""

    requests: float
    size_bytes: float
    at: float


Levels = dict[tuple[str, int], Level]


def take_write(platform: Platform, shard: Shard, size_bytes: int) -> bool:
    """Count a record that is to be written; False when the shard takes no more now."""
    return _take(platform, "write", shard, size_bytes)


def require_read(platform: Platform, stream: Stream, shard: Shard) -> None:
    """Count a GetRecords. Raises ProvisionedThroughputExceededException."""
    if not _take(platform, "read", shard, 0):
        raise ProvisionedThroughputExceededException(
            f"Rate exceeded for Shard - {stream.scope.account}/{stream.name}/{shard.name}"
        )


def note_read(platform: Platform, shard: Shard, size_bytes: int) -> None:
    """Count the bytes that a GetRecords gave.

    AWS: a read may take more than a second's worth; those that follow are refused until it is made up for, which are
    five seconds after 10 MB.
    """
    levels: Levels = platform.memory.setdefault(_MEMORY, {})
    level = levels.get(("read", shard.id))
    if level is not None:
        levels["read", shard.id] = level._replace(size_bytes=level.size_bytes - size_bytes)


def exceeded(stream: Stream, shard: Shard) -> ProvisionedThroughputExceededException:
    """The error for a record that a shard doesn't take."""
    return ProvisionedThroughputExceededException(
        f"Rate exceeded for shard {shard.name} in stream {stream.name} under account {stream.scope.account}."
    )


def _take(platform: Platform, kind: str, shard: Shard, size_bytes: int) -> bool:
    levels: Levels = platform.memory.setdefault(_MEMORY, {})
    (most_count, count_rate), (most_bytes, bytes_rate) = _WRITES if kind == "write" else _READS
    now = platform.clock.now()
    level = levels.get((kind, shard.id)) or Level(most_count, most_bytes, now)
    passed = max(0.0, now - level.at)
    count = min(most_count, level.requests + passed * count_rate)
    left = min(most_bytes, level.size_bytes + passed * bytes_rate)
    # Why full is enough: a record may be larger than what a second gives.
    is_taken = count >= 1 and left > 0 and (left >= size_bytes or left == most_bytes)
    if len(levels) > _MOST_SHARDS:
        levels.clear()
    levels[kind, shard.id] = Level(count - 1, left - size_bytes, now) if is_taken else Level(count, left, now)
    return is_taken
