"""A stream as its readers need it."""

from typing import Any, NamedTuple

import msgspec

from serein.kernel.database import Transaction
from serein.services.dynamodb.errors import ResourceNotFoundException
from serein.services.dynamodb.store import streams


class Stream(NamedTuple):
    """A stream: `definition` holds its label, view type, key schema and creation time."""

    id: int
    table_name: str
    definition: dict[str, Any]
    last_sequence: int
    ended_at: float | None


def require_stream(tx: Transaction, arn: str) -> Stream:
    """The stream with an ARN. Raises ResourceNotFoundException."""
    row = streams.find_stream(tx, arn)
    if row is None:
        raise ResourceNotFoundException(f"Requested resource not found: Stream: {arn} not found")
    return Stream(row[0], row[1], msgspec.json.decode(row[2]), row[3], row[4])
