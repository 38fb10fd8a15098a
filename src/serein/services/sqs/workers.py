"""What SQS does without a request: redrives, and the deletion of what nobody will ever receive."""

from functools import partial

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.worker import Worker
from serein.services.sqs import moving, opening, receiving
from serein.services.sqs.metrics import MetricWriter
from serein.services.sqs.queues import Queue
from serein.services.sqs.store import counts, groups, messages, moves, queues, shared, unopened

_SWEEP_SECONDS = 3600.0
_CHUNK = 500


def workers(platform: Platform) -> list[Worker]:
    return [MoveWorker(platform), SweepWorker(platform), DiscardWorker(platform), MetricWriter(platform)]


class MoveWorker:
    """Carries out message move tasks, one batch of each at a time."""

    name = "sqs moves"
    topics: tuple[str, ...] = (moving.TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        running = await self._platform.database.read(moves.running_tasks)
        if not running:
            return None
        now = self._platform.clock.now()
        for task in running:
            if task.due_at <= now:
                await self._advance(task)
        return min(task.due_at for task in running)

    async def _advance(self, task: moves.MoveTask) -> None:
        await self._platform.database.write(lambda tx: moving.advance(tx, task))


class SweepWorker:
    """Deletes messages past their retention, the oldest of a queue first.

    Why hourly is enough: they are neither received nor counted any more; only the room they take is at stake.
    """

    name = "sqs retention"
    topics: tuple[str, ...] = ()

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        for queue in await self._platform.database.read(queues.all_queues):
            while await self._sweep(queue) == _CHUNK:
                pass
        await self._platform.database.write(shared.delete_unused)
        return self._platform.clock.now() + _SWEEP_SECONDS

    async def _sweep(self, queue: Queue) -> int:
        database = self._platform.database
        oldest = await database.read(lambda tx: receiving.oldest_sent_at(tx, queue))
        if oldest is None or oldest > self._platform.clock.now() - queue.retention_seconds:
            return 0
        return await database.write(lambda tx: _delete_expired(tx, queue))


def _delete_expired(tx: Transaction, queue: Queue) -> int:
    deleted = messages.delete_expired(tx, queue, _CHUNK)
    if queue.is_fifo:
        groups.refresh_groups(tx, queue, deleted)
        groups.delete_expired_duplicates(tx, queue)
    return max(len(deleted), opening.delete_expired(tx, queue, _CHUNK))


class DiscardWorker:
    """Deletes the rows that purged and deleted queues left behind."""

    name = "sqs discarded messages"
    topics: tuple[str, ...] = (queues.DISCARDED,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        database = self._platform.database
        for queue_id in await database.read(queues.discarded_ids):
            for delete_some in (messages.delete_some, unopened.delete_some):
                while await database.write(partial(delete_some, queue_id=queue_id, limit=_CHUNK)) == _CHUNK:
                    pass
            await database.write(partial(_forget, queue_id=queue_id))
        return None


def _forget(tx: Transaction, queue_id: int) -> None:
    groups.delete_groups(tx, queue_id)
    counts.delete_counts(tx, queue_id)
    queues.forget_discarded(tx, queue_id)
