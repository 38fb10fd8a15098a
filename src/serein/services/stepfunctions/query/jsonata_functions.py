"""The functions that Step Functions adds to JSONata's.

`$eval` isn't among JSONata's here: AWS doesn't offer it, `$parse` reads JSON instead.
"""

import hashlib
import math
from types import MappingProxyType
from typing import Any

import msgspec

from serein.kernel import ids
from serein.kernel.jsonata import UNDEFINED, JsonataError, Sequence, define
from serein.kernel.jsonata.values import number
from serein.services.stepfunctions.query.intrinsics.functions import HASHES, partition
from serein.services.stepfunctions.query.randomness import JavaRandom

_LONGEST_RANGE = 1_000_000
_decode = msgspec.json.Decoder().decode


def _refuse(function: str, message: str) -> JsonataError:
    return JsonataError("D3137", message=message, token=function)


def _partition(values: Any, size: Any) -> Any:
    if values is UNDEFINED:
        return UNDEFINED
    chunk = math.floor(size) if size is not UNDEFINED else 0
    if chunk < 1:
        raise _refuse("partition", "The second argument of partition function must be a positive number")
    return partition(list(values), chunk)


def _range(first: Any, last: Any, step: Any) -> Any:
    if UNDEFINED in (first, last, step):
        return UNDEFINED
    if step == 0:
        raise _refuse("range", "The third argument of range function must not be zero")
    size = math.floor((last - first) / step) + 1
    if size > _LONGEST_RANGE:
        raise JsonataError("U1003")
    # A sequence: a range of one number is that number.
    return Sequence([number(first + at * step) for at in range(max(size, 0))])


def _hash(text: Any, algorithm: Any) -> Any:
    if text is UNDEFINED or algorithm is UNDEFINED:
        return UNDEFINED
    if algorithm not in HASHES:
        raise _refuse("hash", f"The algorithm of hash function must be one of {', '.join(HASHES)}")
    return hashlib.new(HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _random(seed: Any = UNDEFINED) -> float:
    return ids.random_fraction() if seed is UNDEFINED else JavaRandom(math.floor(seed)).next_double()


def _uuid() -> str:
    return ids.new_uuid()


def _parse(text: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    try:
        return _decode(text)
    except msgspec.DecodeError as error:
        raise _refuse("parse", f"The argument of parse function must be valid JSON: {error}") from error


FUNCTIONS = MappingProxyType(
    {
        "hash": define("hash", _hash, "<ss:s>"),
        "parse": define("parse", _parse, "<s-:x>"),
        "partition": define("partition", _partition, "<an:a>"),
        "random": define("random", _random, "<n?:n>"),
        "range": define("range", _range, "<nnn:a>"),
        "uuid": define("uuid", _uuid, "<:s>"),
    }
)
