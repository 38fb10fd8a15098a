"""Publishing: a message becomes deliveries, in the transaction that accepts it."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import NamedTuple

from serein.kernel.call import Call, Platform
from serein.kernel.database import Delivery, Transaction
from serein.kernel.deliveries import encode_request
from serein.kernel.ids import new_uuid
from serein.services.sns import access, archives, queues, store
from serein.services.sns.envelopes import Publication, SealWanted, signed_members
from serein.services.sns.fanout import addressed, deliveries, delivery_to, packed_for, takers
from serein.services.sns.messages import Message, deduplication_id_of, require_routable
from serein.services.sns.metrics import counts_of
from serein.services.sns.rosters import roster_of
from serein.services.sns.signing import Seal, signer_of
from serein.services.sns.store import archive
from serein.services.sns.subscriptions import Subscription
from serein.services.sns.topics import Topic

ORDERED_TOPIC = "sns:ordered"
_REMEMBERED = 10_000


@dataclass(slots=True)
class Draft:
    """A message on its way: with an id, and sealed if somebody gets it signed."""

    message: Message
    message_id: str
    published_at: float
    seal: Seal | None = None


class Published(NamedTuple):
    """What became of a message."""

    message_id: str
    sequence: int
    """0 for a standard topic."""
    filtered_out: int


async def publish_all(call: Call, topic_arn: str, messages: list[Message]) -> list[Published]:
    """Publish messages to a topic, all or none. Raises NotFound and InvalidParameter."""
    drafts = [Draft(message, new_uuid(), call.now) for message in messages]
    versions = _signature_versions(call.platform)
    version = versions.get(topic_arn)
    if version is None:
        version = await call.read(lambda tx: _find_signature_version(tx, topic_arn))

    def write(tx: Transaction) -> list[Published]:
        topic = access.require_topic(call, tx, topic_arn, "Publish")
        for draft in drafts:
            require_routable(topic, draft.message)
        publish = _publish_in_order if topic.is_fifo else _publish
        return [publish(tx, call, topic, draft) for draft in drafts]

    while True:
        await _seal(call, topic_arn, version, drafts)
        try:
            published = await call.write(write)
            break
        except SealWanted:
            # Why: since the look somebody has subscribed that gets it signed, or the topic's version has changed.
            version = await call.read(lambda tx: store.require_topic(tx, topic_arn).signature_version)
    if version and not any(draft.seal is not None and draft.seal.is_used for draft in drafts):
        versions.pop(topic_arn, None)
    elif topic_arn in versions or len(versions) < _REMEMBERED:
        versions[topic_arn] = version
    counts = counts_of(call.platform)
    for draft, done in zip(drafts, published, strict=True):
        counts.add(topic_arn, "NumberOfMessagesPublished", 1)
        counts.add(topic_arn, "PublishSize", draft.message.size_bytes)
        counts.add(topic_arn, "NumberOfNotificationsFilteredOut", done.filtered_out)
    return published


def _signature_versions(platform: Platform) -> dict[str, str]:
    """With which version topics sign what they send, as far as that is remembered: a look less for each message."""
    found: dict[str, str] = platform.memory.setdefault("sns signature versions", {})
    return found


def _find_signature_version(tx: Transaction, topic_arn: str) -> str:
    """With which version a topic signs; empty when nobody gets its messages signed."""
    topic = store.find_topic(tx, topic_arn)
    is_signed = topic is not None and not topic.is_fifo and store.has_signed_subscriptions(tx, topic)
    return topic.signature_version if topic is not None and is_signed else ""


async def _seal(call: Call, topic_arn: str, version: str, drafts: list[Draft]) -> None:
    if not version:
        return
    signer = await signer_of(call.platform)
    signatures: list[Awaitable[str]] = []
    for draft in drafts:
        members = signed_members(topic_arn, draft.message, draft.message_id, draft.published_at)
        draft.seal = Seal(signer, members, version)
        signatures.append(draft.seal.prepare(draft.message.text))
    for signature in signatures:
        await signature


def _publish(tx: Transaction, call: Call, topic: Topic, draft: Draft) -> Published:
    """Owe the message to every subscriber of a standard topic that wants it."""
    message, endpoint = draft.message, call.platform.limits.endpoint
    publication = Publication(topic, message, draft.message_id, draft.published_at, 0, "", endpoint, draft.seal)
    roster = roster_of(tx, topic)
    # Why: queues that are told groups take their messages by turns, and so each its own.
    has_audiences = message.group_id is None and not topic.feedback
    audiences, others = (roster.audiences, roster.others) if has_audiences else ((), roster.everyone)
    wanting = takers(publication, others)
    if audiences or wanting:
        packed = packed_for(publication, wanting, call.trace_id, audiences)
        # Why not where attempts are logged: that is for whoever makes deliveries.
        left = wanting if topic.feedback else queues.send(tx, call, packed, audiences, wanting)
        for delivery in deliveries(publication, packed, left):
            tx.send(delivery)
    return Published(draft.message_id, 0, _filtered(others, wanting))


def _publish_in_order(tx: Transaction, call: Call, topic: Topic, draft: Draft) -> Published:
    """Owe the message to every subscriber of a FIFO topic that wants it, after all that it is owed already.

    A duplicate within five minutes is answered as the first was, and owed to nobody.
    """
    message, endpoint = draft.message, call.platform.limits.endpoint
    deduplication_id = deduplication_id_of(message)
    # Why a space: neither part can hold one.
    key = f"{message.group_id} {deduplication_id}" if topic.deduplicates_by_group else deduplication_id
    duplicate = store.find_duplicate(tx, topic, key)
    if duplicate is not None:
        return Published(*duplicate, 0)
    sequence = store.next_sequence(tx, topic)
    publication = Publication(
        topic, message, draft.message_id, draft.published_at, sequence, deduplication_id, endpoint
    )
    store.remember_duplicate(tx, topic, key, publication.message_id, sequence)
    subscribers = store.subscriptions_to(tx, topic)
    if "ArchivePolicy" in topic.attributes:
        archives.append(tx, publication)
        replaying = archive.replaying(tx, topic.arn)
        # Why: what is replayed comes first; the replay goes on until it has met the present.
        subscribers = [subscription for subscription in subscribers if subscription.arn not in replaying]
    wanting = takers(publication, subscribers)
    append_ordered(tx, publication, wanting, call.trace_id)
    return Published(publication.message_id, sequence, _filtered(subscribers, wanting))


def append_ordered(tx: Transaction, publication: Publication, wanting: list[Subscription], trace_id: str) -> None:
    """Owe a FIFO topic's message to subscriptions, after all that they are owed already."""
    for subscription in wanting:
        packed = packed_for(publication, [subscription], trace_id)
        delivery = delivery_to(packed, addressed(subscription))
        lane = f"{subscription.arn} {publication.message.group_id}"
        store.append_ordered(tx, lane, publication.sequence, _ordered(delivery))
        tx.wake(ORDERED_TOPIC)


def _filtered(subscribers: list[Subscription], wanting: list[Subscription]) -> int:
    return sum(not subscription.is_pending and subscription.filter is not None for subscription in subscribers) - sum(
        subscription.filter is not None for subscription in wanting
    )


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
            "operation": letter.target.operation,
            "account": letter.target.scope.account,
            "region": letter.target.scope.region,
            "request": letter.request,
        }
    return encode_request(owed)
