"""Queues against a small model: any sequence of sends, receipts, deletions, changes of visibility and waits."""

from pathlib import Path
from typing import Any

import apsw
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from serein.services.sqs import leases, opening, receiving, sending
from serein.services.sqs.attributes import parse_attributes, with_defaults
from serein.services.sqs.messages import parse_draft
from serein.services.sqs.queues import Address, Queue
from serein.services.sqs.receipts import handle_of
from serein.services.sqs.store import counts, messages, queues, shared, unopened
from serein.storage.migrations import statements_of
from serein.storage.sqlite import SqliteDatabase, SqliteTransaction

SCHEMA = sorted((Path(sending.__file__).parent / "schema").glob("*.sql"))
RETENTION, DEDUPLICATION, MOST_RECEIVES = 3600, 300, 3
GROUPS = st.sampled_from("abc")


def empty_database() -> SqliteTransaction:
    connection = apsw.Connection(":memory:")
    for path in SCHEMA:
        for statement in statements_of(path):
            connection.execute(SqliteDatabase.dialect(statement))
    tx = SqliteTransaction(connection)
    tx.now = 1_000_000.0
    return tx


def made(tx: SqliteTransaction, name: str, **given: str) -> Queue:
    is_fifo = name.endswith(".fifo")
    address = Address("000000000000", "us-east-1", name)
    wanted = {"MessageRetentionPeriod": str(RETENTION), **({"FifoQueue": "true"} if is_fifo else {}), **given}
    queues.insert_queue(tx, address, with_defaults(parse_attributes(wanted, is_fifo=is_fifo), is_fifo=is_fifo), {})
    return queues.require_queue(tx, address)


class Message:
    """A message as the model knows it."""

    def __init__(self, body: str, group: str, sent_at: float, visible_at: float) -> None:
        self.body = body
        self.group = group
        self.sent_at = sent_at
        self.visible_at = visible_at
        self.receives = 0
        self.handle = ""


class Queues(RuleBasedStateMachine):
    """What holds for both kinds of queues."""

    suffix = ""

    @initialize()
    def begin(self) -> None:
        self.tx = empty_database()
        dead = made(self.tx, f"dead{self.suffix}")
        policy = f'{{"deadLetterTargetArn": "{dead.arn}", "maxReceiveCount": {MOST_RECEIVES}}}'
        self.queue = made(self.tx, f"orders{self.suffix}", RedrivePolicy=policy)
        self.dead = queues.require_queue(self.tx, dead.address)
        self.present: list[Message] = []
        self.dead_letters: list[str] = []
        self.sent = 0

    def living(self) -> list[Message]:
        return [message for message in self.present if message.sent_at > self.tx.now - RETENTION]

    def handled(self) -> list[Message]:
        return [message for message in self.living() if message.handle]

    def take(self, limit: int, visibility: int) -> list[Message]:
        """Receive, and find the model's messages that were received."""
        received = receiving.claim(self.tx, self.queue, limit, visibility)
        by_body = {message.body: message for message in self.living()}
        taken = [by_body[each.body] for each in received]
        for each, message in zip(received, taken, strict=True):
            message.receives += 1
            message.visible_at = self.tx.now + visibility
            message.handle = handle_of(self.queue, each.id, each.receive_count)
            assert each.receive_count == message.receives
        return taken

    @rule(seconds=st.sampled_from([1, 10, 31, 299, 301, 1801]))
    def wait(self, seconds: int) -> None:
        self.tx.now += seconds

    @precondition(lambda self: self.handled())
    @rule(data=st.data())
    def delete(self, data: Any) -> None:
        message = data.draw(st.sampled_from(self.handled()))
        refused = leases.delete(self.tx, self.queue, [message.handle])
        assert bool(refused) == (bool(self.suffix) and message.visible_at <= self.tx.now)
        if not refused:
            self.present.remove(message)

    @precondition(lambda self: self.handled())
    @rule(data=st.data(), seconds=st.sampled_from([0, 5, 600]))
    def change_visibility(self, data: Any, seconds: int) -> None:
        message = data.draw(st.sampled_from(self.handled()))
        refused = leases.change_visibility(self.tx, self.queue, [message.handle], [seconds])
        assert bool(refused) == (bool(self.suffix) and message.visible_at <= self.tx.now)
        if not refused:
            message.visible_at = self.tx.now + seconds

    @rule()
    def sweep(self) -> None:
        messages.delete_expired(self.tx, self.queue, 500)
        opening.delete_expired(self.tx, self.queue, 500)
        self.forget_expired()

    def forget_expired(self) -> None:
        self.present = self.living()

    @invariant()
    def counts_are_exact(self) -> None:
        now, living = self.tx.now, self.living()
        visible = sum(message.visible_at <= now for message in living)
        in_flight = sum(message.visible_at > now and message.receives > 0 for message in living)
        assert counts.count_messages(self.tx, self.queue) == (visible, in_flight, len(living) - visible - in_flight)
        total = self.tx.one("SELECT SUM(messages) FROM sqs_counts")
        rows = self.tx.one("SELECT COUNT(*) FROM sqs_messages")
        batches = self.tx.one("SELECT SUM(messages) FROM sqs_unopened")
        assert total is not None and rows is not None and batches is not None
        assert (total[0] or 0) == rows[0] + (batches[0] or 0)


class StandardQueues(Queues):
    """Standard queues: everything visible comes, and what is worn goes to the dead-letter queue."""

    @rule(count=st.integers(1, 5), delay=st.sampled_from([0, 0, 20]), group=st.sampled_from(["", "", "a", "b"]))
    def send(self, count: int, delay: int, group: str) -> None:
        bodies = [f"{self.sent + n}" for n in range(count)]
        entries = [{"MessageBody": body, "DelaySeconds": delay} for body in bodies]
        if group:
            entries = [{**entry, "MessageGroupId": group} for entry in entries]
        sending.append_messages(self.tx, self.queue, [parse_draft(entry) for entry in entries], "me")
        self.sent += count
        self.present += [Message(body, group, self.tx.now, self.tx.now + delay) for body in bodies]

    @rule(count=st.integers(1, 3))
    def share(self, count: int) -> None:
        scope = self.queue.scope
        if shared.find_list(self.tx, scope, "both") is None:
            shared.insert_list(self.tx, scope, "both", [(self.queue, "<orders>"), (self.dead, "<dead>")])
        both = shared.find_list(self.tx, scope, "both")
        assert both is not None
        for n in range(count):
            body = f"{self.sent + n}"
            shared.append_message(self.tx, both, parse_draft({"MessageBody": body}), f"{body}-", "-", "me")
            self.present.append(Message(f"{body}-<orders>-", "", self.tx.now, self.tx.now))
        self.sent += count

    @rule()
    def forget_lists(self) -> None:
        shared.retire_lists(self.tx, self.queue)
        shared.delete_unused(self.tx)

    @rule(limit=st.integers(1, 10), visibility=st.sampled_from([0, 30, 900]))
    def receive(self, limit: int, visibility: int) -> None:
        now = self.tx.now
        due = [message for message in self.living() if message.visible_at <= now]
        fresh = [message for message in due if message.receives < MOST_RECEIVES]
        since = {message.body: message.visible_at for message in fresh}
        taken = self.take(limit, visibility)
        assert len(taken) == min(limit, len(fresh)), "what is visible is received, as much as is asked for"
        assert all(message in fresh for message in taken)
        if not any(message.group for message in self.present):
            left = [since[message.body] for message in fresh if message not in taken]
            assert all(since[message.body] <= min(left, default=now) for message in taken), "first come, first served"
        rows = self.tx.all("SELECT body FROM sqs_messages WHERE queue_id = :id", id=self.dead.id)
        moved = {row[0] for row in rows}
        gone = [message for message in self.present if message.body in moved]
        assert all(message.receives == MOST_RECEIVES and message in due for message in gone)
        self.present = [message for message in self.present if message not in gone]


class FifoQueues(Queues):
    """FIFO queues: each group in order, up to its first message in flight; duplicates once in five minutes."""

    suffix = ".fifo"

    @initialize()
    def remember_nothing(self) -> None:
        self.known: dict[str, tuple[float, str]] = {}

    @rule(count=st.integers(1, 5), group=GROUPS, repeats=st.booleans(), data=st.data())
    def send(self, count: int, group: str, repeats: bool, data: Any) -> None:
        bodies = [f"{self.sent + n}" for n in range(count)]
        if repeats and self.known:
            bodies.append(data.draw(st.sampled_from(sorted(self.known))))
            bodies.append(bodies[0])
        self.sent += count
        entries = [
            {"MessageBody": f"{body}@{self.tx.now}", "MessageGroupId": group, "MessageDeduplicationId": body}
            for body in bodies
        ]
        answers = sending.append_messages(self.tx, self.queue, [parse_draft(entry) for entry in entries], "me")
        for body, entry, answer in zip(bodies, entries, answers, strict=True):
            sent_at, message_id = self.known.get(body, (0.0, ""))
            if sent_at > self.tx.now - DEDUPLICATION:
                assert answer.message_id == message_id, "a duplicate is answered as the first was"
                continue
            assert answer.message_id != message_id
            self.known[body] = (self.tx.now, answer.message_id)
            self.present.append(Message(entry["MessageBody"], group, self.tx.now, self.tx.now))

    @rule(limit=st.integers(1, 10), visibility=st.sampled_from([0, 30, 900]))
    def receive(self, limit: int, visibility: int) -> None:
        now = self.tx.now
        available = {group: self.available(group) for group in "abc"}
        taken = self.take(limit, visibility)
        for group, expected in available.items():
            found = [message for message in taken if message.group == group]
            assert found == expected[: len(found)], "a group is received from its first message on"
            if 0 < len(found) < len(expected):
                assert len(taken) == limit, "a group is received as far as it goes"
        if len(taken) < limit:
            assert len(taken) == sum(map(len, available.values())), "no group blocks another"
        rows = self.tx.all("SELECT body FROM sqs_messages WHERE queue_id = :id ORDER BY sequence", id=self.dead.id)
        dead = [row[0] for row in rows]
        gone = [message for message in self.present if message.body in dead]
        assert all(message.receives == MOST_RECEIVES and message.visible_at <= now for message in gone)
        for group in "abc":
            bodies = [message.body for message in gone if message.group == group]
            assert bodies == [body for body in dead if body in bodies], "dead letters keep their order"
        self.present = [message for message in self.present if message not in gone]

    def available(self, group: str) -> list[Message]:
        """What can be received of a group: its visible messages up to the first hidden one, without the worn ones."""
        found: list[Message] = []
        for message in self.present:
            if message.group != group:
                continue
            if message.visible_at > self.tx.now:
                break
            if message.sent_at > self.tx.now - RETENTION and message.receives < MOST_RECEIVES:
                found.append(message)
        return found

    @rule()
    def sweep(self) -> None:
        self.tx.memo.clear()
        deleted = messages.delete_expired(self.tx, self.queue, 500)
        receiving.groups.refresh_groups(self.tx, self.queue, deleted)
        self.forget_expired()


TestStandardQueues = StandardQueues.TestCase
TestFifoQueues = FifoQueues.TestCase
for case in (TestStandardQueues, TestFifoQueues):
    case.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


def test_a_message_whose_id_is_taken_gets_another() -> None:
    tx = empty_database()
    queue = made(tx, "orders")
    drafts = [parse_draft({"MessageBody": f"{number} in a batch"}) for number in range(3)]
    sending.append_messages(tx, queue, drafts, "me")
    (batch,) = unopened.first_batches(tx, queue, 1)
    sending.append_messages(tx, queue, [parse_draft({"MessageBody": "alone"})], "me")
    tx.run("UPDATE sqs_messages SET id = :id", id=batch.id + 1)
    claimed = receiving.claim(tx, queue, 10, 30)
    assert sorted(message.body for message in claimed) == [*(draft.body for draft in drafts), "alone"]
    assert len({message.id for message in claimed}) == 4
