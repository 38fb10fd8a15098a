"""Which queue may be whose dead-letter queue."""

import json

from serein.kernel.arn import arn_of
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.sqs.attributes import Attributes, allows_redrive
from serein.services.sqs.errors import invalid_value
from serein.services.sqs.queues import Address, Queue, find_address
from serein.services.sqs.store import queues


def require_usable(tx: Transaction, source: Address, attributes: Attributes) -> None:
    """Check that the dead-letter queue that `attributes` name exists, fits, and lets the source use it."""
    text = attributes.get("RedrivePolicy")
    if not text:
        return
    address = find_address(json.loads(text)["deadLetterTargetArn"])
    is_fifo = attributes.get("FifoQueue") == "true"
    if address == source:
        target_attributes: Attributes | None = attributes
    else:
        target = queues.find_queue(tx, address) if address is not None else None
        target_attributes = target.attributes if target is not None else None
    if target_attributes is None:
        raise invalid_value(text, "RedrivePolicy", "Dead letter target does not exist.")
    if (target_attributes.get("FifoQueue") == "true") != is_fifo:
        raise invalid_value(text, "RedrivePolicy", "Dead-letter queue must be same type of queue as the source.")
    source_arn = arn_of("sqs", Scope(source.account, source.region), source.name)
    if not allows_redrive(target_attributes, source_arn):
        reason = "Dead-letter queue does not allow this queue as a source in its redrive allow policy."
        raise invalid_value(text, "RedrivePolicy", reason)


def sources_of(tx: Transaction, target: Queue) -> list[Queue]:
    """The queues of the same account and region that have `target` as their dead-letter queue, by name."""
    return [
        queue
        for queue in queues.queues_of(tx, target.scope)
        if queue.redrive is not None and queue.redrive.dead_letter == target.address
    ]
