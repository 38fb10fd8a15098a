"""Archives of FIFO topics and replays to their subscriptions.

AWS: https://docs.aws.amazon.com/sns/latest/dg/fifo-message-archiving-replay.html
"""

import json
from datetime import UTC, datetime

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.deliveries import decode_request, encode_request
from serein.services.sns.archive_policies import FOREVER, replay_span
from serein.services.sns.envelopes import Publication
from serein.services.sns.errors import invalid
from serein.services.sns.messages import Message
from serein.services.sns.store import archive
from serein.services.sns.topics import Topic

REPLAYS_TOPIC = "sns:replays"
_DAY = 86_400.0


def append(tx: Transaction, publication: Publication) -> None:
    """Keep a message for as long as its topic's policy says."""
    message = publication.message
    days = int(json.loads(publication.topic.attributes["ArchivePolicy"])["MessageRetentionPeriod"])
    text = encode_request(
        {
            "id": publication.message_id,
            "text": message.text,
            "by_protocol": message.by_protocol,
            "subject": message.subject,
            "attributes": message.attributes,
            "size_bytes": message.size_bytes,
            "group_id": message.group_id,
            "deduplication_id": publication.deduplication_id,
        }
    )
    archive.append(tx, publication.topic.arn, publication.sequence, tx.now + days * _DAY, text)


def publication_of(platform: Platform, topic: Topic, sequence: int, published_at: float, text: str) -> Publication:
    """An archived message, to be sent again."""
    kept = decode_request(text)
    message_id = kept.pop("id")
    message = Message(**kept)
    return Publication(
        topic,
        message,
        message_id,
        published_at,
        sequence,
        # Why the id: a queue knows the first copy for five minutes, and would drop the second.
        f"{message_id}-{sequence}",
        platform.limits.endpoint,
        is_replayed=True,
    )


def begin_replay(tx: Transaction, topic: Topic, subscription_arn: str, policy: str) -> None:
    """Owe a subscription what its policy names; without a policy, nothing more. Raises InvalidParameter."""
    if not policy:
        archive.end_replay(tx, subscription_arn)
        return
    if "ArchivePolicy" not in topic.attributes:
        raise invalid("ReplayPolicy: The topic must have an ArchivePolicy")
    archive.begin_replay(tx, subscription_arn, topic.arn, *replay_span(policy))
    tx.wake(REPLAYS_TOPIC)


def replay_status(tx: Transaction, subscription_arn: str) -> str:
    return "In progress" if archive.is_replaying(tx, subscription_arn) else "Completed"


def beginning_of(tx: Transaction, topic_arn: str) -> str:
    """When a topic's oldest archived message was published; now, when it has none."""
    oldest = archive.kept(tx, topic_arn, 0, 0.0, FOREVER, 1)
    moment = datetime.fromtimestamp(oldest[0][1] if oldest else tx.now, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
