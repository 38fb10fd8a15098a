"""Batch requests: what every one of them is checked for, and how an entry fails without failing the others."""

import re
from collections.abc import Callable
from typing import Any

from serein.kernel.errors import AwsError
from serein.kernel.operation import Request
from serein.services.sqs.errors import (
    BatchEntryIdsNotDistinct,
    EmptyBatchRequest,
    InvalidBatchEntryId,
    TooManyEntriesInBatchRequest,
)

_MOST_ENTRIES = 10
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")

Entry = dict[str, Any]


def require_entries(request: Request, entry_type: str) -> list[Entry]:
    """The entries of a batch. `entry_type` is AWS's name of one, for the message of EmptyBatchRequest."""
    entries: list[Entry] = request.get("Entries") or []
    if not entries:
        raise EmptyBatchRequest(f"There should be at least one {entry_type} in the request.")
    if len(entries) > _MOST_ENTRIES:
        raise TooManyEntriesInBatchRequest(
            f"Maximum number of entries per request are {_MOST_ENTRIES}. You have sent {len(entries)}."
        )
    seen: set[str] = set()
    for entry in entries:
        entry_id = entry.get("Id") or ""
        if not _ID.match(entry_id):
            raise InvalidBatchEntryId
        if entry_id in seen:
            raise BatchEntryIdsNotDistinct(f"Id {entry_id} repeated.")
        seen.add(entry_id)
    return entries


def apply_each(entries: list[Entry], apply: Callable[[Entry], Entry]) -> dict[str, list[Entry]]:
    """Apply every entry and collect what became of each, in the form all batch replies share.

    Invariant: `apply` raises before its first write, so a failed entry leaves nothing behind.
    """
    successful: list[Entry] = []
    failed: list[Entry] = []
    for entry in entries:
        try:
            successful.append({"Id": entry["Id"], **apply(entry)})
        except AwsError as error:
            failed.append(
                {
                    "Id": entry["Id"],
                    "SenderFault": error.is_sender_fault,
                    "Code": error.code,
                    "Message": error.message,
                }
            )
    reply = {"Successful": successful, "Failed": failed}
    return {name: results for name, results in reply.items() if results}
