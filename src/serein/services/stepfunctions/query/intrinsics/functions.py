"""What the intrinsic functions compute.

AWS: names, limits and rounding are those of
https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

import base64
import hashlib
import math
import re
from collections.abc import Callable
from typing import Any

import msgspec

from serein.kernel import ids
from serein.services.stepfunctions.query.failures import json_text
from serein.services.stepfunctions.query.intrinsics.refusal import Refused
from serein.services.stepfunctions.query.intrinsics.texts import format_text
from serein.services.stepfunctions.query.randomness import JavaRandom

_LONGEST_TEXT = 10_000
_LONGEST_RANGE = 1000
_SMALLEST, _LARGEST = -(2**31), 2**31 - 1
HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
"""Algorithms by AWS's names."""
_decode = msgspec.json.Decoder().decode


def same_json(value: Any) -> bytes:
    """Equal for equal JSON values, whatever the order of members: 1, 1.0 and true differ."""
    return msgspec.json.encode(value, order="sorted")


def partition(values: list[Any], size: int) -> list[list[Any]]:
    """The values in chunks of `size`, the last one smaller."""
    return [values[start : start + size] for start in range(0, len(values), size)]


def _array(*values: Any) -> list[Any]:
    return list(values)


def _array_partition(values: Any, size: Any) -> list[list[Any]]:
    chunk = _integer(size, "chunk size")
    if chunk < 1:
        raise Refused("The chunk size must be a positive integer")
    return partition(_list(values), chunk)


def _array_contains(values: Any, value: Any) -> bool:
    wanted = same_json(value)
    return any(same_json(each) == wanted for each in _list(values))


def _array_range(first: Any, last: Any, step: Any) -> list[int]:
    start, end, stride = _integer(first, "start"), _integer(last, "end"), _integer(step, "step")
    if stride == 0:
        raise Refused("The step must not be zero")
    numbers = range(start, end + (1 if stride > 0 else -1), stride)
    if len(numbers) > _LONGEST_RANGE:
        raise Refused(f"The range must not have more than {_LONGEST_RANGE} elements")
    return list(numbers)


def _array_get_item(values: Any, index: Any) -> Any:
    items, at = _list(values), _integer(index, "index")
    if not 0 <= at < len(items):
        raise Refused(f"The index {at} is out of the bounds of an array of length {len(items)}")
    return items[at]


def _array_length(values: Any) -> int:
    return len(_list(values))


def _array_unique(values: Any) -> list[Any]:
    kept: dict[bytes, Any] = {}
    for each in _list(values):
        kept.setdefault(same_json(each), each)
    return list(kept.values())


def _base64_encode(text: Any) -> str:
    return base64.b64encode(_short_text(text).encode()).decode()


def _base64_decode(text: Any) -> str:
    try:
        return base64.b64decode(_short_text(text), validate=True).decode("utf-8", "replace")
    except ValueError as error:
        raise Refused("The argument is no valid Base64 text") from error


def _hash(data: Any, algorithm: Any) -> str:
    if not isinstance(algorithm, str) or algorithm not in HASHES:
        raise Refused(f"The algorithm must be one of {', '.join(HASHES)}")
    text = _short_text(data if isinstance(data, str) else json_text(data))
    return hashlib.new(HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _json_merge(first: Any, second: Any, is_deep: Any) -> dict[str, Any]:
    if not isinstance(first, dict) or not isinstance(second, dict):
        raise Refused("The arguments to merge must be objects")
    if is_deep is not False:
        raise Refused("Only the shallow merging mode is supported: the third argument must be false")
    return {**first, **second}


def _string_to_json(text: Any) -> Any:
    if not isinstance(text, str):
        raise Refused("The argument must be a string")
    if not text.strip():
        return None
    try:
        return _decode(text)
    except msgspec.DecodeError as error:
        raise Refused(f"The argument is no valid JSON: {error}") from error


def _json_to_string(value: Any) -> str:
    return json_text(value)


def _math_random(first: Any, last: Any, seed: Any = None) -> int:
    start, end = _integer(first, "start"), _integer(last, "end")
    if start >= end:
        raise Refused("The start number must be less than the end number")
    if seed is None:
        return start + int(ids.random_fraction() * (end - start))
    return start + int(JavaRandom(_integer(seed, "seed")).next_double() * (end - start))


def _math_add(first: Any, second: Any) -> int:
    total = _integer(first, "first") + _integer(second, "second")
    if not _SMALLEST <= total <= _LARGEST:
        raise Refused(f"The sum is not between {_SMALLEST} and {_LARGEST}")
    return total


def _string_split(text: Any, separators: Any) -> list[str]:
    # AWS: every character of the second argument separates, and nothing is left between two that meet.
    if not isinstance(text, str) or not isinstance(separators, str):
        raise Refused("Both arguments must be strings")
    if not separators:
        return [text] if text else []
    return [part for part in re.split(f"[{re.escape(separators)}]", text) if part]


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Refused("The first argument must be an array")
    return value


def _integer(value: Any, what: str) -> int:
    # AWS: a number that isn't an integer is rounded, halves up.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(f"The {what} argument must be a number")
    return value if isinstance(value, int) else math.floor(value + 0.5)


def _short_text(value: Any) -> str:
    if not isinstance(value, str):
        raise Refused("The argument must be a string")
    if len(value) > _LONGEST_TEXT:
        raise Refused(f"The argument must not have more than {_LONGEST_TEXT} characters")
    return value


FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "Array": (_array, 0, 1000),
    "ArrayContains": (_array_contains, 2, 2),
    "ArrayGetItem": (_array_get_item, 2, 2),
    "ArrayLength": (_array_length, 1, 1),
    "ArrayPartition": (_array_partition, 2, 2),
    "ArrayRange": (_array_range, 3, 3),
    "ArrayUnique": (_array_unique, 1, 1),
    "Base64Decode": (_base64_decode, 1, 1),
    "Base64Encode": (_base64_encode, 1, 1),
    "Format": (format_text, 1, 1000),
    "Hash": (_hash, 2, 2),
    "JsonMerge": (_json_merge, 3, 3),
    "JsonToString": (_json_to_string, 1, 1),
    "MathAdd": (_math_add, 2, 2),
    "MathRandom": (_math_random, 2, 3),
    "StringSplit": (_string_split, 2, 2),
    "StringToJson": (_string_to_json, 1, 1),
    "UUID": (ids.new_uuid, 0, 0),
}
"""By name without `States.`: what computes it, and how few and how many arguments it takes."""
