"""FilterCriteria: which records of a source reach a mapping's function.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

import base64
import binascii
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from serein.kernel.patterns import InvalidPattern, compile_object
from serein.services.lambda_.errors import invalid

Predicate = Callable[[dict[str, Any]], bool]
_MOST_FILTERS = 10
_PAYLOADS = {"sqs": ("body", None), "kinesis": ("data", "kinesis"), "dynamodb": ("dynamodb", None)}
"""Where records of a source have their payload, and what that is within."""
_MISSING = object()


def check_filters(settings: dict[str, Any]) -> None:
    """Raise InvalidParameterValueException for filters that AWS refuses; drop criteria without any."""
    filters = (settings.get("FilterCriteria") or {}).get("Filters") or []
    if not filters:
        settings.pop("FilterCriteria", None)
    if len(filters) > _MOST_FILTERS:
        raise invalid(f"Filter criteria exceeds the maximum number of filters: {len(filters)} > {_MOST_FILTERS}")
    for each in filters:
        try:
            compile_object(json.loads(each.get("Pattern", "")))
        except (ValueError, RecursionError):
            raise invalid("Invalid filter pattern definition.") from None


def filter_of(settings: dict[str, Any], source: str) -> Predicate | None:
    """The predicate that records of a source must pass; None when all do. It takes them as functions get them."""
    texts = tuple(each["Pattern"] for each in (settings.get("FilterCriteria") or {}).get("Filters", []))
    return _compiled(texts, source) if texts else None


@lru_cache(maxsize=1024)
def _compiled(texts: tuple[str, ...], source: str) -> Predicate:
    member, parent = _PAYLOADS[source]
    tests = [_test_of(json.loads(text), member, is_text=source != "dynamodb") for text in texts]

    def selects(record: dict[str, Any]) -> bool:
        event = record
        if parent is not None:
            # AWS: a pattern for a Kinesis record has `data` where it has `partitionKey`: at the top.
            inner = record[parent]
            event = {**record, **inner, "data": _decoded(inner["data"])}
        return any(test(event) for test in tests)

    return selects


def _test_of(pattern: Any, member: str, *, is_text: bool) -> Predicate:
    """AWS: a payload is compared as JSON when the pattern for it is an object, as text when it is a list, and a record
    whose payload has the other format is dropped (developer guide, "Properly filtering Amazon SQS messages").
    """
    try:
        test = compile_object(pattern)
    except InvalidPattern:
        return lambda event: False
    rule = pattern.get(member, _MISSING)
    if not is_text or rule is _MISSING:
        return test
    is_object = isinstance(rule, dict)

    def selects(event: dict[str, Any]) -> bool:
        payload = event.get(member)
        parsed = _parsed(payload) if isinstance(payload, str) else None
        if isinstance(parsed, dict | list) != is_object:
            return False
        return test({**event, member: parsed} if is_object else event)

    return selects


def _decoded(data: str) -> str | None:
    """The text of Kinesis data; None when it isn't text, which no rule for the data matches."""
    try:
        return base64.b64decode(data).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
