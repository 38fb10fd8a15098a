"""Receive request attempts: a FIFO queue's reply that got lost is given again.

AWS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
"""

from serein.kernel.database import Transaction
from serein.services.sqs.messages import Received
from serein.services.sqs.queues import Queue
from serein.services.sqs.store import attempts, groups, messages


def repeat(tx: Transaction, queue: Queue, attempt_id: str, visibility_seconds: int) -> list[Received]:
    """The messages that the attempt got before, hidden anew; none when it is new or one of them has changed since."""
    attempt = attempts.find_attempt(tx, queue, attempt_id)
    if attempt is None or attempt.hidden_until <= tx.now:
        return []
    ids = [key for key, _ in attempt.receipts]
    found = messages.messages_in_flight(tx, queue, ids)
    as_they_were = [
        message
        for (message, visible_at), (_, count) in zip(found, attempt.receipts, strict=False)
        if message.receive_count == count and visible_at == attempt.hidden_until
    ]
    if len(as_they_were) < len(ids):
        return []
    visible_at = tx.now + visibility_seconds
    messages.set_visible_at(tx, ids, visible_at)
    groups.refresh_groups(tx, queue, [message.group_id for message in as_they_were])
    attempts.prolong_attempt(tx, queue, attempt_id, visible_at)
    tx.wake(queue.topic)
    return as_they_were


def remember(tx: Transaction, queue: Queue, attempt_id: str, received: list[Received], visibility_seconds: int) -> None:
    """Keep what an attempt got, should it be made again."""
    receipts = [(message.id, message.receive_count) for message in received]
    attempts.remember_attempt(tx, queue, attempt_id, attempts.Attempt(receipts, tx.now + visibility_seconds))
