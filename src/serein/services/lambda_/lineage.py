"""The lineage of an invocation: which functions its chain of causes ran through, and how often.

It travels in the trace header (`Root=…;Parent=…;Sampled=0;Lineage=<mark>:<times>|…`), which SDKs send along from inside
a function, and which queues, topics, buckets and asynchronous events keep. A mark is a hash of a function's ARN.
AWS: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

import zlib
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote

from serein.kernel.ids import random_hex
from serein.kernel.scope import Scope

MOST_INVOCATIONS = 16
"""AWS: a function runs this often in one chain; the next invocation is stopped."""
_FIELD = ";Lineage="
_MOST_MARKS = 32
"""A chain through more functions than this forgets its oldest."""


@lru_cache(maxsize=4096)
def mark_of(scope: Scope, name: str) -> str:
    """What a function is called in a lineage."""
    return f"{zlib.crc32(f'{scope.account}:{scope.region}:{name}'.encode()):08x}"


def continued(trace_id: str, mark: str, now: float) -> tuple[str, int]:
    """The trace header that a function is given, and how often it ran before in the chain."""
    if not trace_id:
        digits = random_hex(40)
        root = f"Root=1-{int(now):08x}-{digits[:24]};Parent={digits[24:]};Sampled=0"
        return f"{root}{_FIELD}{mark}:1", 0
    rest, times = _parse(trace_id)
    before = times.pop(mark, 0)
    if len(times) >= _MOST_MARKS:
        del times[next(iter(times))]
    times[mark] = before + 1
    return f"{rest}{_FIELD}{'|'.join([f'{each}:{count}' for each, count in times.items()])}", before


def of_batch(trace_ids: Iterable[str]) -> str:
    """The trace header that stands for a batch: the one with the longest chain."""
    return max(trace_ids, key=_length, default="")


def _length(trace_id: str) -> int:
    return sum(_parse(trace_id)[1].values()) if "ineage=" in trace_id else 0


def _parse(trace_id: str) -> tuple[str, dict[str, int]]:
    """The header without its lineage, and the lineage. What isn't one is left out."""
    # AWS: SDKs for Python send the header percent-encoded, others as it is.
    parts = (unquote(trace_id) if "%" in trace_id else trace_id).split(";")
    rest = [part for part in parts if not part.lower().startswith("lineage=")]
    times: dict[str, int] = {}
    for part in parts:
        if part.lower().startswith("lineage="):
            for each in part[8:].split("|"):
                mark, _, count = each.rpartition(":")
                if mark and count.isdecimal() and len(count) < 10:
                    times[mark] = int(count)
    return ";".join(rest), times
