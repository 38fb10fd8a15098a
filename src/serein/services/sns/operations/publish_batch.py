"""PublishBatch: send up to ten messages to everyone who subscribed to a topic."""

import re
from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import publishing
from serein.services.sns.errors import (
    BatchEntryIdsNotDistinct,
    BatchRequestTooLong,
    EmptyBatchRequest,
    InvalidBatchEntryId,
    TooManyEntriesInBatchRequest,
)
from serein.services.sns.messages import MOST_BYTES, parse_message, sequence_text
from serein.services.sns.topics import require_topic_arn

_MOST_ENTRIES = 10
_LONGEST_ID = 80
_ID = re.compile(r"[A-Za-z0-9_-]+\Z")


@operation("PublishBatch")
async def publish_batch(call: Call, request: Request) -> Reply:
    topic_arn = require_topic_arn(request.get("TopicArn"), call.scope)
    entries = _require_entries(request)
    # AWS: what is wrong with one entry's message fails the whole batch.
    messages = [
        parse_message(entry, f"publishBatchRequestEntries.{index}.member.messageAttributes")
        for index, entry in enumerate(entries, 1)
    ]
    if sum(message.size_bytes for message in messages) > MOST_BYTES:
        raise BatchRequestTooLong
    published = await publishing.publish_all(call, topic_arn, messages)
    return {
        "Successful": [
            {
                "Id": entry["Id"],
                "MessageId": done.message_id,
                **({"SequenceNumber": sequence_text(done.sequence)} if done.sequence else {}),
            }
            for entry, done in zip(entries, published, strict=True)
        ],
        "Failed": [],
    }


def _require_entries(request: Request) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = request.get("PublishBatchRequestEntries") or []
    if not entries:
        raise EmptyBatchRequest
    if len(entries) > _MOST_ENTRIES:
        raise TooManyEntriesInBatchRequest
    ids = [entry.get("Id") or "" for entry in entries]
    for entry_id in ids:
        if len(entry_id) > _LONGEST_ID:
            raise InvalidBatchEntryId(f"The Id of a batch entry in the batch request is too long: {entry_id}")
        if not _ID.match(entry_id):
            raise InvalidBatchEntryId(
                f"The Id of a batch entry in the batch request contains an impermissible character: {entry_id}"
            )
    if len(set(ids)) < len(ids):
        raise BatchEntryIdsNotDistinct
    return entries
