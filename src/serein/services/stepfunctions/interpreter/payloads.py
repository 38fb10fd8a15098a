"""JSON text of payloads, and their limit."""

from collections.abc import Callable
from typing import Any

import msgspec

from serein.services.stepfunctions.failure import DATA_LIMIT_EXCEEDED, StateFailed

MOST_BYTES = 262_144
encode_bytes: Callable[[Any], bytes] = msgspec.json.Encoder().encode
decode: Callable[[bytes | str], Any] = msgspec.json.Decoder().decode


def encode(value: Any) -> str:
    """Compact JSON text."""
    return encode_bytes(value).decode()


def require_small(text: str, what: str) -> None:
    """Raise States.DataLimitExceeded when a payload is larger than AWS lets it be.

    AWS: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-task-executions
    """
    if len(text) * 4 > MOST_BYTES and len(text.encode()) > MOST_BYTES:
        raise StateFailed(DATA_LIMIT_EXCEEDED, f"{what} exceeding the maximum number of bytes service limit.")
