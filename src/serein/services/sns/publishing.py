"""Publishing: a message becomes deliveries, in the transaction that accepts it."""

from serein.kernel.database import Delivery, Transaction
from serein.kernel.deliveries import encode_request
from serein.kernel.ids import new_uuid
from serein.services.sns import store
from serein.services.sns.envelopes import Publication, timestamp_of
from serein.services.sns.fanout import find_delivery
from serein.services.sns.messages import Message, deduplication_id_of
from serein.services.sns.subscriptions import Subscription
from serein.services.sns.topics import Topic

ORDERED_TOPIC = "sns:ordered"


def publish(
    tx: Transaction, topic: Topic, subscribers: list[Subscription], message: Message, endpoint: str, trace_id: str
) -> tuple[str, int]:
    """Owe the message to every subscriber that wants it; the answer is its id and, of a FIFO topic, its number.

    A duplicate within five minutes is answered as the first was, and owed to nobody.
    """
    if not topic.is_fifo:
        publication = Publication(topic, message, new_uuid(), timestamp_of(tx.now), 0, "", endpoint)
        for subscription in subscribers:
            delivery = find_delivery(publication, subscription, trace_id)
            if delivery is not None:
                tx.send(delivery)
        return publication.message_id, 0
    deduplication_id = deduplication_id_of(message)
    # Why a space: neither part can hold one.
    key = f"{message.group_id} {deduplication_id}" if topic.deduplicates_by_group else deduplication_id
    duplicate = store.find_duplicate(tx, topic, key)
    if duplicate is not None:
        return duplicate
    sequence = store.next_sequence(tx, topic)
    publication = Publication(topic, message, new_uuid(), timestamp_of(tx.now), sequence, deduplication_id, endpoint)
    store.remember_duplicate(tx, topic, key, publication.message_id, sequence)
    for subscription in subscribers:
        delivery = find_delivery(publication, subscription, trace_id)
        if delivery is not None:
            store.append_ordered(tx, f"{subscription.arn} {message.group_id}", sequence, _ordered(delivery))
            tx.wake(ORDERED_TOPIC)
    return publication.message_id, sequence


def _ordered(delivery: Delivery) -> str:
    target, letter = delivery.target, delivery.policy.dead_letter
    owed = {
        "service": target.service,
        "operation": target.operation,
        "account": target.scope.account,
        "region": target.scope.region,
        "request": delivery.request,
    }
    if letter is not None:
        owed["letter"] = {
            "account": letter.target.scope.account,
            "region": letter.target.scope.region,
            "request": letter.request,
        }
    return encode_request(owed)
