"""What a function's reply says of the records in its batch."""

import json
from collections.abc import Collection
from typing import Any

REPORTS = "ReportBatchItemFailures"


class InvalidReport(Exception):
    """The reply names records that it can't: the whole batch counts as failed."""


def parse_failures(payload: bytes, identifiers: Collection[str]) -> set[str]:
    """The records that a reply reports as failed; empty when all went well. Raises InvalidReport.

    AWS: an identifier that is empty, null, misspelt or unknown fails the whole batch
    (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
    """
    try:
        reply: Any = json.loads(payload) if payload else None
    except ValueError:
        raise InvalidReport from None
    if reply is None:
        return set()
    if not isinstance(reply, dict):
        raise InvalidReport
    items = reply.get("batchItemFailures")
    if items is None:
        return set()
    if not isinstance(items, list):
        raise InvalidReport
    failed: set[str] = set()
    for item in items:
        identifier = item.get("itemIdentifier") if isinstance(item, dict) else None
        if not isinstance(identifier, str) or identifier not in identifiers:
            raise InvalidReport
        failed.add(identifier)
    return failed
