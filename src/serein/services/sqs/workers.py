"""What SQS does without a request: redrives, and the deletion of what nobody will ever receive."""

from serein.kernel.call import Platform
from serein.kernel.worker import Worker
from serein.services.sqs import moving
from serein.services.sqs.queues import Queue
from serein.services.sqs.store import groups, messages, moves, queues

_SWEEP_SECONDS = 3600.0
_CHUNK = 500


def workers(platform: Platform) -> list[Worker]:
    return [MoveWorker(platform), SweepWorker(platform)]


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
    """Deletes messages past their retention.

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
        return self._platform.clock.now() + _SWEEP_SECONDS

    async def _sweep(self, queue: Queue) -> int:
        database = self._platform.database
        if queue.is_fifo:
            return await database.write(lambda tx: groups.delete_expired(tx, queue, _CHUNK))
        oldest = await database.read(lambda tx: messages.next_visible_at(tx, queue))
        if oldest is None or oldest > self._platform.clock.now() - queue.retention_seconds:
            return 0
        return await database.write(lambda tx: messages.delete_expired(tx, queue, _CHUNK))
