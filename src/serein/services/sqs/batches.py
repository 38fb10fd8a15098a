"""Batch requests: what every one of them is checked for, and how an entry fails without failing the others."""

import re
from typing import Any

from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply, Request
from serein.services.sqs.errors import (
    BatchEntryIdsNotDistinct,
    EmptyBatchRequest,
    InvalidBatchEntryId,
    TooManyEntriesInBatchRequest,
)

_MOST_ENTRIES = 10
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")

Entry = dict[str, Any]
Refusals = dict[int, AwsError]
"""What is wrong with which of the entries, by their place."""


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
    is_id = _ID.match
    for entry in entries:
        entry_id = entry.get("Id") or ""
        if not is_id(entry_id):
            raise InvalidBatchEntryId
        if entry_id in seen:
            raise BatchEntryIdsNotDistinct(f"Id {entry_id} repeated.")
        seen.add(entry_id)
    return entries


def reply_of(entries: list[Entry], refusals: Refusals, replies: dict[int, Entry] | None = None) -> Reply:
    """What became of each entry, in the form that all batch replies share. What was refused left nothing behind.

    `replies` are what those that succeeded are told besides their ids.
    """
    reply: dict[str, list[Entry]] = {}
    if replies is None:
        successful = [{"Id": entry["Id"]} for place, entry in enumerate(entries) if place not in refusals]
    else:
        successful = list(replies.values())
        for place, told in replies.items():
            told["Id"] = entries[place]["Id"]
    if successful:
        reply["Successful"] = successful
    if refusals:
        reply["Failed"] = [
            {
                "Id": entries[place]["Id"],
                "SenderFault": error.is_sender_fault,
                "Code": error.query_code or error.code,
                "Message": error.message,
            }
            for place, error in sorted(refusals.items())
        ]
    return reply
