"""The rows of messages that many queues share: one for a whole list of them."""

from typing import NamedTuple

from serein.kernel.arn import arn_of
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuids
from serein.kernel.scope import Scope
from serein.services.sqs.messages import Draft, Parcel
from serein.services.sqs.queues import Address, Queue, new_order, topic_of

_UNREAD = (
    "SELECT l.id, m.read_sequence, m.place, m.fill FROM sqs_list_members m JOIN sqs_lists l"
    " ON l.id = m.list_id WHERE m.queue_id = :queue_id AND l.last_sequence > m.read_sequence"
)


class Member(NamedTuple):
    """A queue of a list: where it is, and the size in bytes of what is its own in a body."""

    address: Address
    fill_bytes: int


class QueueList(NamedTuple):
    """A list of queues. Sizes in bytes: what fits into each queue, and the longest of what is filled in.

    `topics` wake the queues' receivers.
    """

    id: int
    least_bytes: int
    longest_fill: int
    members: tuple[Member, ...]
    topics: tuple[str, ...]


class Unread(NamedTuple):
    """What a queue has not read of a list: the messages after `read`. `place` is the queue's number in the list."""

    list_id: int
    read: int
    place: int
    fill: str


def find_list(tx: Transaction, scope: Scope, digest: str) -> QueueList | None:
    found: QueueList | None = tx.memo.get(("sqs list", scope, digest))
    if found is None:
        row = tx.one(
            "SELECT id, least_bytes FROM sqs_lists WHERE digest = :digest AND account = :account AND region = :region",
            digest=digest,
            account=scope.account,
            region=scope.region,
        )
        if row is None:
            return None
        members = _members_of(tx, row[0])
        topics = tuple(topic_of(arn_of("sqs", scope, member.address.name)) for member in members)
        longest = max(member.fill_bytes for member in members)
        found = tx.memo["sqs list", scope, digest] = QueueList(row[0], row[1], longest, members, topics)
    return found


def _members_of(tx: Transaction, list_id: int) -> tuple[Member, ...]:
    rows = tx.all(
        "SELECT q.account, q.region, q.name, m.fill FROM sqs_list_members m JOIN sqs_queues q ON q.id = m.queue_id"
        " WHERE m.list_id = :list_id",
        list_id=list_id,
    )
    return tuple(Member(Address(account, region, name), len(fill.encode())) for account, region, name, fill in rows)


def insert_list(tx: Transaction, scope: Scope, digest: str, members: list[tuple[Queue, str]]) -> None:
    """Make a list of queues and what is to be filled in for each."""
    list_id = new_order()
    tx.run(
        "INSERT INTO sqs_lists (id, account, region, digest, least_bytes, last_sequence)"
        " VALUES (:id, :account, :region, :digest, :least_bytes, 0)",
        id=list_id,
        account=scope.account,
        region=scope.region,
        digest=digest,
        least_bytes=min(queue.maximum_bytes for queue, _ in members),
    )
    for place, (queue, fill) in enumerate(members):
        tx.run(
            "INSERT INTO sqs_list_members (queue_id, list_id, place, fill, read_sequence)"
            " VALUES (:queue_id, :list_id, :place, :fill, 0)",
            queue_id=queue.id,
            list_id=list_id,
            place=place,
            fill=fill,
        )


def append_message(tx: Transaction, queues: QueueList, draft: Draft, head: str, tail: str, sender_id: str) -> None:
    """Put a message into all queues of a list."""
    row = tx.one(
        "UPDATE sqs_lists SET last_sequence = last_sequence + 1 WHERE id = :id RETURNING last_sequence", id=queues.id
    )
    assert row is not None, "whoever deletes a list clears the memo"
    tx.run(
        "INSERT INTO sqs_shared (id, list_id, sequence, sent_at, sender_id, trace_header, attributes, head, tail)"
        " VALUES (:id, :list_id, :sequence, :now, :sender_id, :trace_header, :attributes, :head, :tail)",
        id=new_order(),
        list_id=queues.id,
        sequence=row[0],
        now=tx.now,
        sender_id=sender_id,
        trace_header=draft.trace_header,
        attributes=draft.attributes,
        head=head,
        tail=tail,
    )


def unread_by(tx: Transaction, queue: Queue) -> list[Unread]:
    """The lists of which a queue has not read everything."""
    return [Unread(*row) for row in tx.all(_UNREAD, queue_id=queue.id)]


def turns_in(tx: Transaction, unread: Unread, limit: int) -> list[tuple[float, int, int]]:
    """When the next messages were sent, their ids and sequences, in order."""
    return tx.all(
        "SELECT sent_at, id, sequence FROM sqs_shared WHERE list_id = :list_id AND sequence > :read"
        " ORDER BY sequence LIMIT :limit",
        list_id=unread.list_id,
        read=unread.read,
        limit=limit,
    )


def take_messages(tx: Transaction, queue: Queue, unread: Unread, last: int) -> list[Parcel]:
    """Have a queue read up to a sequence; nothing when somebody else was faster. The last reader deletes the rows."""
    moved = tx.run(
        "UPDATE sqs_list_members SET read_sequence = :last"
        " WHERE queue_id = :queue_id AND list_id = :list_id AND read_sequence = :read",
        last=last,
        queue_id=queue.id,
        list_id=unread.list_id,
        read=unread.read,
    )
    if not moved:
        return []
    rows = tx.all(
        "SELECT id, head, tail, attributes, trace_header, sent_at, sender_id FROM sqs_shared"
        " WHERE list_id = :list_id AND sequence > :read AND sequence <= :last ORDER BY sequence",
        list_id=unread.list_id,
        read=unread.read,
        last=last,
    )
    _delete_read(tx, unread.list_id)
    return [
        Parcel(id + unread.place, message_id, head + unread.fill + tail, *rest)
        for message_id, (id, head, tail, *rest) in zip(new_uuids(len(rows)), rows, strict=True)
    ]


def expired_in(tx: Transaction, queue: Queue, unread: Unread) -> int:
    """The sequence of the last message past the queue's retention, 0 when none is."""
    row = tx.one(
        "SELECT MAX(sequence) FROM sqs_shared WHERE list_id = :list_id AND sent_at <= :cutoff",
        list_id=unread.list_id,
        cutoff=tx.now - queue.retention_seconds,
    )
    return int(row[0] or 0) if row else 0


def retire_lists(tx: Transaction, queue: Queue) -> None:
    """Have the lists that a queue is in get nothing more: it has changed."""
    tx.run(
        "UPDATE sqs_lists SET digest = ''"
        " WHERE id IN (SELECT list_id FROM sqs_list_members WHERE queue_id = :queue_id)",
        queue_id=queue.id,
    )
    tx.memo.clear()


def forget_queue(tx: Transaction, queue: Queue) -> None:
    """Retire the lists that a queue is in, and have it miss what it hasn't read."""
    retire_lists(tx, queue)
    lists = tx.all("DELETE FROM sqs_list_members WHERE queue_id = :queue_id RETURNING list_id", queue_id=queue.id)
    for (list_id,) in lists:
        _delete_read(tx, list_id)


def delete_unused(tx: Transaction) -> None:
    """Delete the lists of which everything has been read."""
    read = (
        "SELECT id FROM sqs_lists WHERE NOT EXISTS (SELECT 1 FROM sqs_list_members"
        " WHERE list_id = sqs_lists.id AND read_sequence < sqs_lists.last_sequence)"
    )
    for (list_id,) in tx.all(read):
        tx.run("DELETE FROM sqs_list_members WHERE list_id = :list_id", list_id=list_id)
        tx.run("DELETE FROM sqs_lists WHERE id = :list_id", list_id=list_id)
        tx.memo.clear()


def _delete_read(tx: Transaction, list_id: int) -> None:
    """Delete the messages of a list that all its queues have read."""
    row = tx.one("SELECT MIN(read_sequence) FROM sqs_list_members WHERE list_id = :list_id", list_id=list_id)
    least = None if row is None else row[0]
    if least is None:
        tx.run("DELETE FROM sqs_shared WHERE list_id = :list_id", list_id=list_id)
    else:
        tx.run("DELETE FROM sqs_shared WHERE list_id = :list_id AND sequence <= :least", list_id=list_id, least=least)
