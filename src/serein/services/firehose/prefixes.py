"""Prefixes of objects: expressions in them, checked when a stream is made and filled in when an object is written.

AWS: https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
"""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from serein.services.firehose.errors import InvalidArgumentException

_EXPRESSION = re.compile(r"!\{([^}:]*):([^}]*)\}")
_DEFAULT_DATE = "yyyy/MM/dd/HH/"
_NAMESPACES = frozenset({"timestamp", "firehose", "partitionKeyFromLambda", "partitionKeyFromQuery"})
FROM_LAMBDA, FROM_QUERY = "partitionKeyFromLambda", "partitionKeyFromQuery"
_RANDOM_LENGTH = 11
_PATTERN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|.", re.DOTALL)


class Prefix(NamedTuple):
    """A prefix: texts and expressions by turns, `(namespace, value)`, an empty namespace for a text."""

    parts: tuple[tuple[str, str], ...]

    @property
    def has_expressions(self) -> bool:
        return any(namespace for namespace, _ in self.parts)

    def has(self, namespace: str, value: str = "") -> bool:
        return any(part[0] == namespace and (not value or part[1] == value) for part in self.parts)

    def values(self, namespace: str) -> list[str]:
        return [value for found, value in self.parts if found == namespace]


@lru_cache(maxsize=1024)
def parse_prefix(text: str) -> Prefix:
    """Raises InvalidArgumentException for expressions that there aren't."""
    parts: list[tuple[str, str]] = []
    position = 0
    for found in _EXPRESSION.finditer(text):
        if found.start() > position:
            parts.append(("", text[position : found.start()]))
        namespace, value = found[1], found[2]
        if namespace not in _NAMESPACES:
            raise _wrong(f"The namespace '{namespace}' is not supported")
        if namespace == "timestamp":
            _date_parts(value)
        parts.append((namespace, value))
        position = found.end()
    rest = text[position:]
    if "!{" in rest:
        raise _wrong("An expression must have the form !{namespace:value}")
    if rest:
        parts.append(("", rest))
    return Prefix(tuple(parts))


def check_prefixes(prefix: Prefix, errors: Prefix, *, is_partitioned: bool) -> None:
    """Raises InvalidArgumentException for prefixes that don't go together."""
    if prefix.has_expressions and not errors.parts:
        raise _wrong("ErrorOutputPrefix cannot be null or empty when Prefix contains expressions")
    if prefix.has("firehose", "error-output-type"):
        raise _wrong("Prefix cannot contain the expression !{firehose:error-output-type}")
    if errors.has_expressions and not errors.has("firehose", "error-output-type"):
        raise _wrong(
            "ErrorOutputPrefix must contain at least one instance of the expression !{firehose:error-output-type}"
        )
    for each, known in ((prefix, {"random-string"}), (errors, {"random-string", "error-output-type"})):
        for value in each.values("firehose"):
            if value not in known:
                raise _wrong(f"The expression !{{firehose:{value}}} is not supported")
    if errors.has(FROM_LAMBDA) or errors.has(FROM_QUERY):
        raise _wrong("ErrorOutputPrefix cannot contain partition keys")
    uses_keys = prefix.has(FROM_LAMBDA) or prefix.has(FROM_QUERY)
    if uses_keys and not is_partitioned:
        raise _wrong("Prefix cannot contain partition keys unless dynamic partitioning is enabled")
    if is_partitioned and not uses_keys:
        raise _wrong("Prefix must contain at least one partition key when dynamic partitioning is enabled")


def _wrong(constraint: str) -> InvalidArgumentException:
    # AWS: the typo is its own (https://github.com/hashicorp/terraform-provider-aws/pull/13416).
    return InvalidArgumentException(f"Ths supplied prefix(es) do not satisfy the following constraint: {constraint}")


class Filling(NamedTuple):
    """What expressions are filled in with."""

    at: float
    """When the oldest record of the object arrived, in seconds since the epoch."""
    zone: str
    seed: str
    """Random strings are made of it: an object that is written again has the same key."""
    keys: dict[str, str]
    """Partition keys, as `namespace:name`."""

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.at, ZoneInfo(self.zone) if self.zone else UTC)


def key_prefix(prefix: Prefix, filling: Filling) -> str:
    """The prefix of an object.

    AWS: one without expressions is followed by the date.
    """
    text = _filled(prefix, filling)
    return text if prefix.has_expressions else text + format_date(_DEFAULT_DATE, filling.moment)


def error_prefix(prefix: Prefix, errors: Prefix, filling: Filling, error_type: str) -> str:
    """The same for records that failed.

    AWS: without a prefix of their own they go below the one of the stream, in a folder named after the kind of error.
    """
    if errors.has_expressions:
        filling.keys["firehose:error-output-type"] = error_type
        return _filled(errors, filling)
    text = _filled(errors if errors.parts else prefix, filling)
    return f"{text}{error_type}/{format_date(_DEFAULT_DATE, filling.moment)}"


def _filled(prefix: Prefix, filling: Filling) -> str:
    moment, texts = filling.moment, []
    for place, (namespace, value) in enumerate(prefix.parts):
        if not namespace:
            texts.append(value)
        elif namespace == "timestamp":
            texts.append(format_date(value, moment))
        elif value == "random-string":
            texts.append(hashlib.sha256(f"{filling.seed} {place}".encode()).hexdigest()[:_RANDOM_LENGTH])
        else:
            texts.append(filling.keys[f"{namespace}:{value}"])
    return "".join(texts)


_DATE: dict[str, Callable[[datetime, int], str]] = {
    "y": lambda moment, count: f"{moment.year % 100:02d}" if count == 2 else f"{moment.year:0{count}d}",
    "M": lambda moment, count: (
        f"{moment.month:0{count}d}" if count < 3 else moment.strftime("%b" if count == 3 else "%B")
    ),
    "d": lambda moment, count: f"{moment.day:0{count}d}",
    "D": lambda moment, count: f"{moment.timetuple().tm_yday:0{count}d}",
    "H": lambda moment, count: f"{moment.hour:0{count}d}",
    "h": lambda moment, count: f"{(moment.hour + 11) % 12 + 1:0{count}d}",
    "m": lambda moment, count: f"{moment.minute:0{count}d}",
    "s": lambda moment, count: f"{moment.second:0{count}d}",
    "S": lambda moment, count: f"{moment.microsecond:06d}".ljust(count, "0")[:count],
    "E": lambda moment, count: moment.strftime("%a" if count < 4 else "%A"),
    "a": lambda moment, count: moment.strftime("%p"),
    "w": lambda moment, count: f"{moment.isocalendar().week:0{count}d}",
    "z": lambda moment, count: moment.tzname() or "UTC",
    "Z": lambda moment, count: moment.strftime("%z"),
    "X": lambda moment, count: "Z" if not moment.utcoffset() else moment.strftime("%z")[: 3 if count == 1 else 5],
}
"""Letters of Java's DateTimeFormatter, by how often they are repeated."""
_DATE["u"] = _DATE["Y"] = _DATE["y"]
_DATE["L"] = _DATE["M"]


@lru_cache(maxsize=256)
def _date_parts(pattern: str) -> tuple[tuple[str, str], ...]:
    """Letters with their repetition, and texts under an empty letter. Raises InvalidArgumentException."""
    parts: list[tuple[str, str]] = []
    for found in _PATTERN.finditer(pattern):
        letter = found[2]
        if letter is None:
            quoted = found[1]
            parts.append(("", found[0] if quoted is None else quoted.replace("''", "'") or "'"))
        elif letter in _DATE:
            parts.append((letter, found[0]))
        else:
            raise _wrong(f"The timestamp pattern '{pattern}' is not supported")
    return tuple(parts)


def format_date(pattern: str, moment: datetime) -> str:
    """A moment by a pattern of Java's DateTimeFormatter."""
    return "".join(_DATE[letter](moment, len(text)) if letter else text for letter, text in _date_parts(pattern))
